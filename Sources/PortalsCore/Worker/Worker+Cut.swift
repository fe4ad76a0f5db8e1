// A worker's part of a snapshot: it copies what a cut has to say with the steps that follow.
import Synchronization

extension Worker {
    /// Groups copied with one step: 256 of some 300 bytes, about 10 µs.
    private static let groupsPerStep = 256

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

    func copyCut() -> Bool {
        var copied = 0
        // A simulation lets changes come before the copies.
        if chooses, let choose, choose(2) == 0 { return true }
        while let state = cutStates.last {
            if state.isCopying {
                copied += state.tracker?.copyNext(unitsMax: Self.groupsPerStep - copied) ?? 0
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
