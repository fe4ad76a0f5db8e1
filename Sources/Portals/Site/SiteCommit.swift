// The durable side of a site on threads: its journal, its recovery, and the thread that writes.
import Platform

/// What a site with a journal holds besides its workers.
final class SiteCommit {
    private let options: SiteJournal
    private let engine: Engine
    let signal: CommitSignal
    private let waiting: CommitThread.Waiting
    private var journal: SegmentJournal<FileStorage>?
    private var writer: CommitWriter?
    private var recovery: Recovery?
    private var thread: CommitThread?
    private var store: SnapshotStore<FileStorage>?
    private var snapshotThread: SnapshotThread?
    private var restored: (number: UInt64?, refused: [String]) = (nil, [])
    private var restoreNanoseconds: UInt64 = 0
    private var tornByteCount: UInt64 = 0

    init(_ options: SiteJournal, engine: Engine, waiting: CommitThread.Waiting) {
        self.options = options
        self.waiting = waiting
        self.engine = engine
        signal = CommitSignal(workerCount: engine.workers.count)
    }

    /// The site has launched what it hosts.
    var isLaunched: Bool { journal != nil }

    var failure: JournalError? { thread?.failure }
    var commits: Int { thread?.commits ?? 0 }
    var byteCount: Int { thread?.byteCount ?? 0 }
    var commitNanosecondsMax: UInt64 { thread?.commitNanosecondsMax ?? 0 }

    /// Opens the journal and hands its record to the workers, which stand still.
    ///
    /// - Returns: the time from which the site's clock goes on.
    func begin(_ applications: [Application]) throws -> UInt64 {
        let name = applications.map(\.name).joined(separator: "+")
        let storage = try FileStorage(path: options.path)
        let journal = try SegmentJournal(
            opening: storage, application: JournalApplication(name: name), options: options.files)
        try journal.fence()
        tornByteCount = journal.cut?.byteCount ?? 0
        let store = SnapshotStore(storage, epoch: journal.epoch)
        let start = MonotonicClock.nanoseconds()
        let found = try store.newest()
        let read = MonotonicClock.nanoseconds() &- start
        restored = (found.snapshot?.number, found.refused)
        let recovery = try Recovery(
            engine, journal: journal, path: options.path, snapshot: found.snapshot,
            refused: found.refused, onDifference: options.digests.onDifference,
            clock: { MonotonicClock.nanoseconds() })
        if found.snapshot != nil { restoreNanoseconds = read &+ recovery.restoreNanoseconds }
        self.store = store
        writer = CommitWriter(
            engine: engine, journal: journal, blockByteCountMax: options.limits.byteCount)
        self.journal = journal
        self.recovery = recovery
        return recovery.lastTime
    }

    /// All that was recorded was done again.
    var isRecovered: Bool { recovery?.isDone ?? true }
    /// It can't be: something was made otherwise.
    var isRefused: Bool { recovery?.isRefused ?? false }
    /// How many recorded steps were done again until now.
    var followedSteps: Int { engine.followedSteps }

    /// Ends the recovery and starts writer and snapshots. All workers stand still.
    func go(
        clock: @escaping @Sendable () -> UInt64, stand: Standing,
        fail: @escaping @Sendable () -> Void
    ) throws -> SiteRecovery {
        guard let recovery, let writer, let journal, let store else {
            preconditionFailure("a journal is begun before it goes")
        }
        let cutSteps = try recovery.end(writer)
        self.recovery = nil
        self.writer = nil
        self.store = nil
        let places = writer.places
        let thread = try CommitThread(
            CommitThread.HandOver(writer: writer, journal: journal), limits: options.limits,
            signal: signal, waiting: waiting, clock: clock, wake: { stand.wake() }, fail: fail)
        self.thread = thread
        let engine = self.engine
        let options = self.options.snapshots
        snapshotThread = try SnapshotThread(
            SnapshotThread.HandOver { done in
                SnapshotTaker(
                    engine: engine, keeper: store, places: places, options: options,
                    driver: SnapshotTaker.Driver(
                        clock: clock, stand: { stand($0) }, wake: { stand.wake() },
                        committedByteCount: { thread.byteCount }, done: done))
            })
        return SiteRecovery(
            snapshot: restored.number, refusedSnapshots: restored.refused,
            steps: recovery.recordedSteps - cutSteps, cutSteps: cutSteps,
            comparedDigests: engine.comparedDigests, differences: engine.differences,
            tornByteCount: tornByteCount, restoreNanoseconds: restoreNanoseconds, nanoseconds: 0)
    }

    func snapshot() throws(SnapshotError) -> SnapshotReport {
        guard let snapshotThread else { throw .ended }
        return try snapshotThread.take()
    }

    var snapshots: [SnapshotReport] { snapshotThread?.reports ?? [] }
    var snapshotFailure: SnapshotError? { snapshotThread?.failure }

    /// Ends the snapshots, while workers still run.
    func endSnapshots() { snapshotThread?.end() }

    /// Writes down what is left, when the workers have ended.
    func end() {
        engine.publishRecords()
        signal.end()
        thread?.join()
    }
}
