// A worker's part of a snapshot: it copies what a cut has to say with the steps that follow.
import Synchronization

extension Worker {
    /// Groups between two looks at the clock: some 300 bytes each, together about 1 µs.
    private static let groupsPerLook = 8
    /// Groups copied in one turn, whatever the clock says: a simulation's stands still meanwhile.
    private static let groupsPerTurn = 256
    /// What copies while nothing else is to be done may hold up what arrives.
    private static let idleNanoseconds = 10_000
    /// Of the time that steps take, copying takes at most this part more: atoms wait no longer
    /// than they would at five quarters of the load, and it ends though work never does.
    private static let copyShare = 4

    func beginCut() { cutStates = [] }

    /// Begins the cut of a state of its partitions.
    func cut(_ state: NodeState) {
        state.cut(cutPool)
        cutStates.append(state)
    }

    /// From now on it copies some with each step.
    func openCut() {
        isCutting = true
        cutCopied.store(false, ordering: .relaxed)
    }

    /// All of its states are copied; any thread may ask, and reads them if so.
    var isCutCopied: Bool { cutCopied.load(ordering: .acquiring) }

    /// Does what a step has to do, and copies: a part of the time that this took, or, if there was
    /// nothing to do, some microseconds long.
    @inline(never)
    func actAndCopy() -> Bool {
        let begin = clock()
        if actAlone() {
            let end = clock()
            copyCredit += Int(truncatingIfNeeded: end &- begin) / Self.copyShare
            // What one copy took too long is made up for by the next ones.
            if copyCredit >= 0 { copyCredit -= copyCut(copyCredit, since: end) }
        } else {
            copyCredit = 0
            _ = copyCut(Self.idleNanoseconds, since: begin)
        }
        return true
    }

    /// Copies so many nanoseconds long, at least one look, at most one turn.
    ///
    /// - Returns: how long it took.
    private func copyCut(_ nanosecondsMax: Int, since begin: UInt64) -> Int {
        // A simulation lets changes come before the copies.
        if chooses, let choose, choose(2) == 0 { return 0 }
        var left = Self.groupsPerTurn
        while left > 0 {
            if !copyGroups(&left) {
                isCutting = false
                // Releases what was copied to whoever takes the cut.
                cutCopied.store(true, ordering: .releasing)
                break
            }
            let taken = Int(truncatingIfNeeded: clock() &- begin)
            if taken > nanosecondsMax { return taken }
        }
        return Int(truncatingIfNeeded: clock() &- begin)
    }

    /// Copies some groups; false if there are no more.
    private func copyGroups(_ left: inout Int) -> Bool {
        var look = min(left, Self.groupsPerLook)
        while let state = cutStates.last {
            if state.isCopying {
                let copied = state.tracker?.copyNext(unitsMax: look) ?? 0
                look -= copied
                left -= copied
                if state.isCopying { return true }
            }
            cutStates.removeLast()
        }
        return false
    }
}
