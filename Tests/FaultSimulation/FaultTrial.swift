// Runs a trial: life after life of a site over one disk, and compares what the outside saw with a
// run without crashes.
import Portals
import RandomApplications

/// What a trial found wrong.
public struct Finding: Error, CustomStringConvertible {
    /// What to branch on: shrinking keeps to it, or it ends at another fault than it began with.
    public enum Kind: Sendable {
        case contradiction, otherOutputs, otherThanModel, timeGoesBack, notAtRest, notFollowed
        case unexpectedError, errorNotReported, damageNotReported, fence, refusedSnapshot
        case otherState, otherOrder, endedTooEarly, strayNotNamed
    }
    public var kind: Kind
    var text: String

    public var description: String { text }
}

/// One trial on its way.
///
/// The oracle: the outside saw what one worker without a journal shows that follows the order which
/// the last life ended with; no place twice with different events; times never go back; and random
/// applications did what the reference model says.
public final class FaultTrial {
    let plan: FaultPlan
    let disk: SimulatedDisk
    let world = OutsideWorld()
    var storage: SimulatedStorage
    var coverage = FaultCoverage()
    /// What all lives have decided until now, as far as the last one went on from it.
    private(set) var order: RecordedOrder?
    /// Snapshots that are damaged for good, by their names.
    var spoiledSnapshots: Set<String> = []
    /// A life before has cut decisions away.
    private var hasCut = false
    /// Snapshots of one life: without a bound time would never pass, since it waits for idleness.
    static let snapshotsMax = 12
    /// A bound of steps for one life: what is not at rest then never will be.
    static let stepsMax = 400_000

    private init(_ plan: FaultPlan) {
        self.plan = plan
        disk = SimulatedDisk(seed: UInt64(plan.segmentPages))
        storage = disk.storage()
    }

    /// What is wrong after the trial; nil if nothing is.
    public static func failure(of plan: FaultPlan) -> Finding? {
        var coverage = FaultCoverage()
        return failure(of: plan, &coverage)
    }

    /// The same, and what it met.
    public static func failure(of plan: FaultPlan, _ coverage: inout FaultCoverage) -> Finding? {
        if plan.strays {
            coverage.strays += 1
            return StrayTrial.failure(plan)
        }
        let trial = FaultTrial(plan)
        defer { coverage += trial.coverage }
        do {
            for (number, life) in plan.lives.enumerated() { try trial.live(life, number) }
            return nil
        } catch let finding as Finding {
            return finding
        } catch {
            return Finding(kind: .unexpectedError, text: "\(error)")
        }
    }

    // MARK: A life

    /// A site that runs.
    struct Running {
        let site: SimulatedSite
        let journal: SegmentJournal<SimulatedStorage>
        let schedule: StallingSchedule
    }

    private func live(_ life: FaultPlan.Life, _ number: Int) throws {
        let firstSynchronization = disk.synchronizationCount
        prepareFaults(life.end)
        var running: Running?
        var failure: (any Error)?
        do {
            let started = try start(life, on: storage)
            running = started
            try run(started, life)
            if case .closed = life.end { try started.journal.close() }
        } catch let finding as Finding {
            throw Finding(kind: finding.kind, text: "life \(number): \(finding.text)")
        } catch {
            failure = error
        }
        if let running { try remember(running.site, number) }
        try expect(failure, running?.site, life.end, number, since: firstSynchronization)
        if case .rest = life.end {
            guard let running else {
                preconditionFailure("the last life ended without an error, and did not start")
            }
            return try compare(running)
        }
        note(running)
        try end(life, number, running)
        try firstFault(number)
        running = nil
        if life.flips > 0 {
            try flipSnapshotBits(life, number)
            try flipBits(life, number)
        }
        if life.spoilsSnapshot { try spoilSnapshot(life) }
    }

    /// Adds what a site has decided since the snapshot, or the beginning, that it began from.
    ///
    /// One that still recovers has decided nothing, and is not at the end of what is recorded: a
    /// snapshot further on, of a site that it took over from, may be what the next life begins
    /// with. What it has followed must be what others decided.
    private func remember(_ site: SimulatedSite, _ number: Int) throws {
        coverage.snapshots += site.snapshots.count
        coverage.increments += site.snapshots.count { !$0.isFull }
        if site.restoredSnapshot != nil { coverage.restoredSnapshots += 1 }
        let run = site.engine.recordedOrder
        guard var known = order else {
            order = run
            return
        }
        do {
            guard site.isRecovering else {
                try known.replaceTail(by: run)
                order = known
                return
            }
            if let (element, step) = try known.difference(run) {
                throw Finding(
                    kind: .otherOrder,
                    text: "life \(number): step \(step) of element \(element) was followed "
                        + "otherwise than it was decided")
            }
        } catch let error as RecordError {
            throw Finding(kind: .otherOrder, text: "life \(number): \(error)")
        }
    }

    /// What a life came to before its end.
    private func note(_ running: Running?) {
        coverage.faults += 1
        guard let site = running?.site else { return }
        if site.engine.isAtRest { coverage.faultsAtRest += 1 }
        if site.isRecovering {
            coverage.crashesInRecovery += 1
        } else if site.recoveredSteps + site.cutSteps > 0 {
            coverage.recoveries += 1
            if hasCut { coverage.recoveriesOverCuts += 1 }
            if site.cutSteps > 0 {
                coverage.cuts += 1
                hasCut = true
            }
        }
    }

    func firstFault(_ number: Int) throws {
        if let fault = world.faults.first {
            throw Finding(kind: .contradiction, text: "life \(number): \(fault)")
        }
    }

    private func prepareFaults(_ end: FaultPlan.End) {
        var faults = StorageFaults()
        switch end {
        case .powerAt(let operation, _):
            faults.powerFailsAtOperation = disk.operationCount + operation
        case .failedSynchronization(let number, _):
            faults.failingSynchronizations = [disk.synchronizationCount + number]
        case .full(let bytes, _): faults.capacityBytes = disk.usedBytes + bytes
        case .rest, .kill, .power, .takenOver, .closed: break
        }
        disk.faults = faults
    }

    func open(_ storage: SimulatedStorage) throws -> SegmentJournal<SimulatedStorage> {
        var options = JournalOptions()
        options.segmentBytes = plan.segmentPages * SimulatedDisk.pageBytes
        options.salt = 99
        let journal = try SegmentJournal(
            opening: storage, application: JournalApplication(name: "faults"), options: options)
        if journal.cut != nil { coverage.tornTails += 1 }
        return journal
    }

    private func start(_ life: FaultPlan.Life, on storage: SimulatedStorage) throws -> Running {
        let journal = try open(storage)
        try journal.fence()
        let applications = plan.program.build(world.run()).applications
        var options = options
        options.workers = life.workers
        options.placement = life.isSpread ? .spread : .shared
        options.ringCapacity = life.ringCapacity
        options.recordCapacity = life.recordCapacity
        options.commit = .durable
        let site = try SimulatedSite(
            options, seed: life.seed, journal: journal, blockByteCountMax: life.blockBytes,
            snapshotsIn: storage, applications: applications)
        let refused = site.refusedSnapshots.first { refused in
            !spoiledSnapshots.contains { refused.contains($0) }
        }
        if let refused {
            throw Finding(kind: .refusedSnapshot, text: "a snapshot that was taken: \(refused)")
        }
        site.synchronizeTurns = life.synchronizeTurns
        site.commitTurns = life.commitTurns
        let schedule = StallingSchedule(life)
        site.schedule { schedule.next($0) }
        return Running(site: site, journal: journal, schedule: schedule)
    }

    var options: EngineOptions {
        var options = EngineOptions()
        options.partitions = plan.program.partitions ?? plan.partitions
        options.sourceWindow = plan.sourceWindow
        options.recordsOrder = true
        return options
    }

    private func run(_ running: Running, _ life: FaultPlan.Life) throws {
        let site = running.site
        var clock = Draw(seed: life.seed ^ 0xC10C)
        var releasesBefore = world.newReleaseCount
        var releases = 0
        var commits = 0
        var wasCommitting = false
        var commitsAtEnds = Int.max
        for step in 1...min(life.steps, Self.stepsMax) {
            // Only the taker of snapshots may have noticed.
            if !disk.hasPower { return }
            if life.snapshotEvery > 0, step % life.snapshotEvery == 0,
                step / life.snapshotEvery <= Self.snapshotsMax
            {
                site.snapshot()
            }
            disk.faults.failingFiles = failingFiles(site, life)
            if world.newReleaseCount > releasesBefore && running.schedule.counts { releases += 1 }
            releasesBefore = world.newReleaseCount
            if releases >= life.releases { return }
            if site.hasUnsynchronizedBlocks && !wasCommitting {
                commits += 1
                if commits >= life.commits { return }
            }
            if life.ends != .max {
                if site.commits > commitsAtEnds { return }
                let hasEnds = site.engine.endedElements >= life.ends
                if hasEnds && commitsAtEnds == .max { commitsAtEnds = site.commits }
            }
            wasCommitting = site.hasUnsynchronizedBlocks
            if life.jumpsPercent > 0 && clock.chance(life.jumpsPercent) {
                site.advance(by: clock.next() >> UInt64(64 - life.jumpBits))
            }
            let wasRecovering = site.isRecovering
            let worked = try site.step()
            if wasRecovering && !site.isRecovering, let text = site.engine.endedTooEarly {
                throw Finding(kind: .endedTooEarly, text: "recovered: \(text)")
            }
            if !worked {
                if site.engine.isAtRest { return }
                throw Finding(kind: .notAtRest, text: "all are idle, but the system is not at rest")
            }
        }
        if life.steps > Self.stepsMax {
            throw Finding(kind: .notAtRest, text: "\(Self.stepsMax) steps, and no rest")
        }
    }

    /// The snapshots, while the one is taken that the disk is to lose.
    private func failingFiles(_ site: SimulatedSite, _ life: FaultPlan.Life) -> String? {
        let taken = site.snapshots.count + site.snapshotFailures.count
        return taken + 1 == life.lostSnapshot ? "snapshot-" : nil
    }

    /// Throws where an error, or none, is not what the end of a life gives.
    private func expect(
        _ error: (any Error)?, _ site: SimulatedSite?, _ end: FaultPlan.End, _ number: Int,
        since first: Int
    ) throws {
        var isSnapshotLost = false
        for failure in site?.snapshotFailures ?? [] {
            switch failure {
            case .storage:
                isSnapshotLost = true
                coverage.lostSnapshots += 1
            case .notQuiet: break
            case .noJournal, .refused, .ended, .sink:
                throw Finding(kind: .unexpectedError, text: "life \(number): \(failure)")
            }
        }
        guard let error else {
            // A snapshot that the disk does not take costs a longer recovery, and no more.
            if isSnapshotLost { return }
            if case .failedSynchronization(let failing, _) = end,
                disk.synchronizationCount >= first + failing
            {
                throw Finding(
                    kind: .errorNotReported,
                    text: "life \(number): the disk could not synchronize, and the site went on")
            }
            return
        }
        let storage: StorageError? =
            switch error as? JournalError {
            case .storage(let error), .failed(let error): error
            default: error as? StorageError
            }
        switch (end, storage?.code) {
        case (.powerAt, .closed) where !disk.hasPower: return
        case (.failedSynchronization, .device), (.full, .diskFull): coverage.diskErrors += 1
        default: throw Finding(kind: .unexpectedError, text: "life \(number): \(error)")
        }
    }

    private func end(_ life: FaultPlan.Life, _ number: Int, _ running: Running?) throws {
        switch life.end {
        case .rest: break
        case .kill: storage = disk.kill()
        case .power(let seed), .powerAt(_, let seed), .closed(let seed):
            storage = disk.crash(seed: seed)
        case .failedSynchronization(_, let power), .full(_, let power):
            storage = power.map { disk.crash(seed: $0) } ?? disk.kill()
        case .takenOver(let steps):
            try takeOver(running, life, number, steps)
            storage = disk.kill()
        }
        disk.faults = StorageFaults()
    }

    /// Another process fences the journal and goes on from it, on a file system whose locks hold
    /// nobody off; the one before notices when it would write or release more.
    private func takeOver(
        _ running: Running?, _ life: FaultPlan.Life, _ number: Int, _ steps: Int
    ) throws {
        disk.faults.ignoresLocks = true
        disk.faults.failingFiles = nil
        var life = life
        life.seed = ~life.seed
        let other = try start(life, on: disk.storage()).site
        var numbers = Draw(seed: life.seed)
        var site = running?.site
        let snapshots = site?.snapshots.count ?? 0
        defer { coverage.fencedSnapshots += (running?.site.snapshots.count ?? 0) - snapshots }
        for _ in 0..<steps {
            guard let old = site, numbers.chance(50) else {
                _ = try other.step()
                continue
            }
            do {
                _ = try old.step()
            } catch JournalError.fenced {
                site = nil
                coverage.fencedSites += 1
            } catch {
                throw Finding(
                    kind: .fence, text: "the one that was fenced off failed otherwise: \(error)")
            }
        }
        try remember(other, number)
    }
}
