// What happens to a site in one trial, as plain data: drawn from a seed, run, shrunk, printed.
import RandomApplications

/// One trial: what runs, and the lives of its site, each but the last ending in a fault.
public struct FaultPlan: Sendable, CustomStringConvertible {
    public var program: FaultProgram
    public var partitions: Int
    public var sourceWindow: Int
    /// Pages of 4 KiB in a segment of the journal.
    public var segmentPages: Int
    public var lives: [Life]
    /// In its place a trial of a task that is not deterministic, on a disk without faults.
    public var strays = false

    /// The site from one start to its end.
    public struct Life: Sendable {
        public var workers = 1
        /// Elements begin on different workers, so that their leaders depend on each other's
        /// records.
        public var isSpread = false
        public var ringCapacity = 64
        public var recordCapacity = 4_096
        public var blockBytes = 65_536
        /// Picks the schedule.
        public var seed: UInt64 = 0
        /// In so many of a hundred turns one worker, or the writer, begins to be held back.
        public var stallPercent = 0
        /// It is, for less than two to this power of turns.
        public var stallBits = 0
        /// The one that is held back is always the writer: between its looks at two records much
        /// happens.
        public var stallsWriter = false
        /// After so many steps, or at rest, comes the end.
        public var steps = Int.max
        /// Or right after so many releases that told the outside something new: then a lost record
        /// shows. Where there are stalls, releases count that were made while one is held back.
        public var releases = Int.max
        /// Or when so many times blocks were written, right before they are synchronized.
        public var commits = Int.max
        /// Or with the first commit after so many elements have decided to end.
        public var ends = Int.max
        public var synchronizeTurns = 0
        public var commitTurns = 0
        /// Before so many of a hundred steps the clock jumps ahead.
        public var jumpsPercent = 0
        /// A jump is below two to this power, in nanoseconds.
        public var jumpBits = 0
        /// A snapshot is asked for after each so many steps; 0: none.
        public var snapshotEvery = 0
        /// The disk does not take the snapshot of this number, counted from 1 in this life; 0: all.
        public var lostSnapshot = 0
        /// When it has ended, a bit of the newest snapshot is turned over for good.
        public var spoilsSnapshot = false
        /// Bits that are turned over, one at a time, when it has ended.
        public var flips = 0
        public var end = End.rest

        public init() {}
    }

    /// How a life ends.
    public enum End: Sendable {
        /// At rest; only the last.
        case rest
        /// The process is killed: the page cache stays.
        case kill
        /// The power fails between two steps; the seed picks what the disk has kept.
        case power(seed: UInt64)
        /// The power fails at an operation on the disk, perhaps while the site starts.
        case powerAt(operation: Int, seed: UInt64)
        /// A synchronization fails; the process ends, then perhaps the power fails.
        case failedSynchronization(number: Int, thenPower: UInt64?)
        /// The disk is full after so many more bytes; there is room again for the next life.
        case full(bytes: Int, thenPower: UInt64?)
        /// Another process takes the journal over, and both go on for so many steps.
        case takenOver(steps: Int)
        /// The journal is closed; then the power fails.
        case closed(power: UInt64)
    }

    /// The trial of a seed; always the same.
    public static func random(seed: UInt64) -> FaultPlan {
        var numbers = Draw(seed: seed)
        let program = FaultProgram.random(&numbers)
        var plan = FaultPlan(
            program: program, partitions: program.partitions ?? 1 + numbers.below(3),
            sourceWindow: 1 + numbers.below(6), segmentPages: numbers.pick([2, 3, 4, 8, 64]),
            lives: [])
        // Drains that fill many blocks, of which a crash keeps some: what is lost then, others
        // depend on.
        let tears = numbers.chance(40)
        let snaps = numbers.chance(60)
        if tears { plan.segmentPages = 64 }
        if snaps && !tears, case .fixed(let program, let atoms) = plan.program {
            plan.program = .fixed(program, atoms: atoms * 2)
        }
        for _ in 0..<numbers.below(8) {
            var life = Life.random(&numbers)
            life.end = End.random(&numbers)
            if tears { life.tear(&numbers) }
            if case .fixed(.endings, _) = program, numbers.chance(70) { life.loseEnds(&numbers) }
            if snaps && program.takesSnapshots {
                life.snapshotEvery = numbers.pick([0, 10, 20, 60, 200])
                // Long enough for several, with something left to do after them.
                if !tears && numbers.chance(60) {
                    life.steps = max(life.steps, 600)
                    life.releases = .max
                    life.commits = .max
                    life.ends = .max
                }
                if numbers.chance(40) { life.lostSnapshot = 1 + numbers.below(4) }
                life.spoilsSnapshot = numbers.chance(20)
            }
            plan.lives.append(life)
        }
        var last = Life.random(&numbers)
        last.steps = .max
        last.releases = .max
        last.commits = .max
        last.ends = .max
        last.flips = 0
        plan.lives.append(last)
        plan.strays = numbers.chance(3)
        return plan
    }

    public var description: String {
        var lines = strays ? ["a task that is not deterministic, in place of:"] : []
        lines += [
            "\(program)",
            "\(partitions) partitions, window \(sourceWindow), segments of \(segmentPages) pages",
        ]
        for life in lives {
            let steps = life.steps == .max ? "all steps" : "\(life.steps) steps"
            let releases = life.releases == .max ? "" : " or \(life.releases) releases"
            let commits = life.commits == .max ? "" : " or \(life.commits) commits"
            let writer = life.stallsWriter ? " of the writer" : ""
            let ends = life.ends == .max ? "" : " or the commit after \(life.ends) ends"
            lines.append(
                "- \(life.workers) workers\(life.isSpread ? ", spread" : ""), "
                    + "rings of \(life.ringCapacity), records of \(life.recordCapacity), "
                    + "blocks of \(life.blockBytes), schedule \(life.seed), "
                    + "stalls\(writer) \(life.stallPercent) % below 2^\(life.stallBits), "
                    + "\(steps)\(releases)\(commits)\(ends), "
                    + "commits after \(life.commitTurns) turns and "
                    + "\(life.synchronizeTurns) of the disk, jumps \(life.jumpsPercent) % "
                    + "below 2^\(life.jumpBits), snapshots every \(life.snapshotEvery) steps"
                    + (life.lostSnapshot > 0 ? " but the \(life.lostSnapshot)., " : ", ")
                    + (life.spoilsSnapshot ? "the newest spoiled, " : "")
                    + "\(life.flips) flips: \(life.end)")
        }
        return lines.joined(separator: "\n")
    }
}

extension FaultPlan.Life {
    static func random(_ numbers: inout Draw) -> Self {
        var life = Self()
        life.workers = 1 + numbers.below(4)
        life.isSpread = numbers.chance(70)
        life.ringCapacity = numbers.pick([1, 2, 8, 64])
        life.recordCapacity = numbers.pick([1_024, 1_024, 4_096])
        // The smallest often: what a crash keeps of one drain and loses of it is then a record.
        life.blockBytes = 64 << (numbers.chance(60) ? numbers.below(3) : numbers.below(9))
        life.seed = numbers.next()
        life.steps = (1 << (2 + numbers.below(9))) + numbers.below(64)
        life.synchronizeTurns = numbers.pick([0, 0, 2, 10, 40])
        life.commitTurns = numbers.pick([0, 0, 10, 40, 160])
        life.jumpsPercent = numbers.pick([0, 0, 5, 40])
        life.jumpBits = numbers.pick([8, 16, 33, 37])
        life.stallPercent = numbers.pick([0, 1, 5, 20])
        life.stallBits = 4 + numbers.below(6)
        switch numbers.below(4) {
        case 0: life.releases = 1 + numbers.below(1 << (1 + numbers.below(6)))
        case 1: life.commits = 1 + numbers.below(1 << (1 + numbers.below(4)))
        case 2:
            life.ends = 1 + numbers.below(5)
            life.steps = .max
        default: break
        }
        life.flips = numbers.pick([0, 0, 0, 4])
        return life
    }

    fileprivate mutating func tear(_ numbers: inout Draw) {
        workers = 2 + numbers.below(3)
        isSpread = true
        blockBytes = 64 << numbers.below(2)
        commitTurns = 20 << numbers.below(4)
        steps = .max
        if numbers.chance(60) { end = .power(seed: numbers.next()) }
        if releases == .max, ends == .max, numbers.chance(80) { commits = 1 + numbers.below(4) }
    }
}

extension FaultPlan.Life {
    /// A drain of many turns, in which elements end, is the last.
    fileprivate mutating func loseEnds(_ numbers: inout Draw) {
        workers = 2 + numbers.below(3)
        isSpread = true
        stallsWriter = true
        stallPercent = 20
        stallBits = 4 + numbers.below(4)
        jumpsPercent = 40
        steps = .max
        releases = .max
        commits = .max
        ends = 1 + numbers.below(5)
    }
}

extension FaultPlan.End {
    static func random(_ numbers: inout Draw) -> Self {
        let power = numbers.chance(60) ? numbers.next() : nil
        switch numbers.below(12) {
        case 0, 1: return .kill
        case 2, 3, 4, 5: return .power(seed: numbers.next())
        case 6: return .powerAt(operation: 1 + numbers.below(120), seed: numbers.next())
        case 7, 8: return .failedSynchronization(number: 1 + numbers.below(16), thenPower: power)
        case 9: return .full(bytes: numbers.below(16) * 4_096, thenPower: power)
        case 10: return .takenOver(steps: 1 + numbers.below(200))
        default: return .closed(power: numbers.next())
        }
    }
}
