// The durable side of a site on threads: its journal, its recovery, and the thread that writes.
import Platform

/// What a site with a journal holds besides its workers.
final class SiteCommit {
    private let options: SiteJournal
    private let engine: Engine
    let signal: CommitSignal
    private var journal: SegmentJournal<FileStorage>?
    private var writer: CommitWriter?
    private var recovery: Recovery?
    private var thread: CommitThread?
    private var tornByteCount: UInt64 = 0

    init(_ options: SiteJournal, engine: Engine) {
        self.options = options
        self.engine = engine
        signal = CommitSignal(workerCount: engine.workers.count)
    }

    /// The site has launched what it hosts.
    var isLaunched: Bool { journal != nil }

    var failure: JournalError? { thread?.failure }
    var commits: Int { thread?.commits ?? 0 }
    var byteCount: Int { thread?.byteCount ?? 0 }

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
        let recovery = try Recovery(engine, journal: journal, path: options.path)
        writer = CommitWriter(
            engine: engine, journal: journal, blockByteCountMax: options.limits.byteCount)
        self.journal = journal
        self.recovery = recovery
        return recovery.lastTime
    }

    /// All that was recorded was done again.
    var isRecovered: Bool { recovery?.isDone ?? true }
    /// How many recorded steps were done again until now.
    var followedSteps: Int { engine.followedSteps }

    /// Ends the recovery and starts the writer. All workers stand still.
    func go(
        clock: @escaping @Sendable () -> UInt64, wake: @escaping @Sendable () -> Void,
        fail: @escaping @Sendable () -> Void
    ) throws -> SiteRecovery {
        guard let recovery, let writer, let journal else {
            preconditionFailure("a journal is begun before it goes")
        }
        let cutSteps = try recovery.end(writer)
        self.recovery = nil
        self.writer = nil
        thread = try CommitThread(
            CommitThread.HandOver(writer: writer, journal: journal), limits: options.limits,
            signal: signal, clock: clock, wake: wake, fail: fail)
        return SiteRecovery(
            steps: recovery.recordedSteps - cutSteps, cutSteps: cutSteps,
            tornByteCount: tornByteCount, nanoseconds: 0)
    }

    /// Writes down what is left, when the workers have ended.
    func end() {
        signal.end()
        thread?.join()
    }
}
