// A worker's part of a snapshot: it copies what a cut has to say with the steps that follow.
import Synchronization

extension Worker {
    /// Groups copied by a step that has nothing else to do: 256 of some 300 bytes, 10 to 30 µs as
    /// the table lies in the cache or not.
    private static let groupsPerIdleStep = 256
    /// Groups copied beside work: 1 to 4 µs. A step of 64 events takes about as long: with 256, what
    /// came at a quarter of the saturated rate waited until all was copied.
    private static let groupsPerStep = 32

    func beginCut() { cutStates = [] }

    /// A state of its partitions belongs to the cut.
    func cut(_ state: NodeState) { cutStates.append(state) }

    /// From now on it copies some with each step.
    func openCut() {
        isCutting = true
        cutCopied.store(false, ordering: .relaxed)
    }

    /// All of its states are copied; any thread may ask, and reads them if so.
    var isCutCopied: Bool { cutCopied.load(ordering: .acquiring) }

    func copyCut(besideWork: Bool) -> Bool {
        let most = besideWork ? Self.groupsPerStep : Self.groupsPerIdleStep
        var copied = 0
        // A simulation lets changes come before the copies.
        if chooses, let choose, choose(2) == 0 { return true }
        while let state = cutStates.last {
            if state.isCopying {
                copied += state.tracker?.copyNext(unitsMax: most - copied) ?? 0
                if state.isCopying { return true }
            }
            cutStates.removeLast()
        }
        isCutting = false
        // Releases what was copied to whoever takes the cut.
        cutCopied.store(true, ordering: .releasing)
        return true
    }
}
