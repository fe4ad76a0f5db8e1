// Makes a failing trial smaller while it fails: the smallest is what a person reads.
import RandomApplications

extension FaultPlan {
    /// The smallest trial reached by taking things away that fails in the same way.
    public func shrunk(trialsMax: Int = 600) -> FaultPlan {
        guard let kind = FaultTrial.failure(of: self)?.kind else { return self }
        return shrunk(trialsMax: trialsMax) { FaultTrial.failure(of: $0)?.kind == kind }
    }

    /// The smallest trial reached by taking things away, one after another, that fails.
    ///
    /// - Parameter trialsMax: a bound of trials that are run.
    public func shrunk(
        trialsMax: Int = 600, fails: (FaultPlan) -> Bool
    ) -> FaultPlan {
        var smallest = self
        var trials = 0
        var shrinks = true
        while shrinks && trials < trialsMax {
            shrinks = false
            for candidate in smallest.smaller where trials < trialsMax {
                trials += 1
                if fails(candidate) {
                    smallest = candidate
                    shrinks = true
                    break
                }
            }
        }
        return smallest
    }

    /// Trials with one thing less, the largest things first.
    private var smaller: [FaultPlan] {
        var candidates: [FaultPlan] = []
        func add(_ change: (inout FaultPlan) -> Void) {
            var candidate = self
            change(&candidate)
            candidates.append(candidate)
        }
        for index in lives.indices.dropLast() { add { $0.lives.remove(at: index) } }
        for program in program.smaller { add { $0.program = program } }
        if partitions > 1, program.partitions == nil { add { $0.partitions -= 1 } }
        for index in lives.indices {
            let life = lives[index]
            switch life.end {
            case .rest, .power: break
            default: add { $0.lives[index].end = .power(seed: 0) }
            }
            if life.flips > 0 { add { $0.lives[index].flips = 0 } }
            if life.jumpsPercent > 0 { add { $0.lives[index].jumpsPercent = 0 } }
            if life.synchronizeTurns > 0 { add { $0.lives[index].synchronizeTurns = 0 } }
            if life.snapshotEvery > 0 { add { $0.lives[index].snapshotEvery = 0 } }
            if life.lostSnapshot > 0 { add { $0.lives[index].lostSnapshot = 0 } }
            if life.spoilsSnapshot { add { $0.lives[index].spoilsSnapshot = false } }
            if life.stallPercent > 0 { add { $0.lives[index].stallPercent = 0 } }
            if life.isSpread { add { $0.lives[index].isSpread = false } }
            if life.commitTurns > 0 { add { $0.lives[index].commitTurns = 0 } }
            if life.workers > 1 { add { $0.lives[index].workers -= 1 } }
            if life.ringCapacity < 64 { add { $0.lives[index].ringCapacity = 64 } }
            if life.blockBytes < 65_536 { add { $0.lives[index].blockBytes = 65_536 } }
            if life.recordCapacity < 4_096 { add { $0.lives[index].recordCapacity = 4_096 } }
            if life.releases != .max {
                add { $0.lives[index].releases = .max }
                if life.releases > 1 { add { $0.lives[index].releases /= 2 } }
            }
            if life.commits != .max {
                add { $0.lives[index].commits = .max }
                if life.commits > 1 { add { $0.lives[index].commits -= 1 } }
            }
            if life.stallsWriter { add { $0.lives[index].stallsWriter = false } }
            if life.ends != .max { add { $0.lives[index].ends = .max } }
            if life.steps != .max {
                if life.steps > 1 { add { $0.lives[index].steps = life.steps / 2 } }
                if life.steps > 8 { add { $0.lives[index].steps = life.steps * 7 / 8 } }
            }
        }
        return candidates
    }
}
