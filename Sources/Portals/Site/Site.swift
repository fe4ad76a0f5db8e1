// A running process that hosts applications, on threads.
import Platform
import Synchronization

/// How a site uses its machine, besides how its engine is laid out.
public struct SiteOptions: Sendable {
    /// Workers, partitions, rings, placement, seed.
    public var engine = EngineOptions()
    /// Each worker on a processor of its own. Off where others place threads.
    public var pins = true
    /// What a worker does that has nothing to do: spin for the lowest latency, park to leave the
    /// processor to others.
    public var idle = IdleStrategy.park
    /// Memory of workers on their NUMA node; nil where the machine has several and allows it.
    public var usesNuma: Bool?
    /// What survives a crash, and where; nil for nothing.
    public var journal: SiteJournal?

    /// It repeats what was recorded: nothing is written down, but states and digests are kept.
    var isReplay = false

    /// The defaults, with so many workers.
    public init(workers: Int = 1) { engine.workers = workers }
}

/// One process that hosts applications: the threads driver.
///
/// ```swift
/// let site = try Site(.threads(2))
/// try site.launch(shop)
/// try site.awaitRest()
/// ```
/// - Ownership: one thread at a time calls it. Its workers end with it.
public final class Site {
    /// How to drive the engine.
    public enum Driver: Sendable {
        /// Pinned threads, as many as there are workers, with the default options.
        case threads(Int)
        /// Pinned threads, as the options say.
        case configured(SiteOptions)
    }

    /// What its workers drive; look at it while they stand still, or at rest.
    public let engine: Engine
    /// As it was made.
    public let options: SiteOptions
    /// Where each worker runs.
    public let placement: [WorkerPlacement]
    /// The machine, as it was read before the first thread was pinned.
    public let topology: Topology
    /// What the launch found in the journal; nil before, and where there is none.
    public private(set) var recovery: SiteRecovery?
    private let control = ThreadControl()
    private var threads: [WorkerThread] = []
    private let clock: SiteClock
    private let commit: SiteCommit?
    private let stand: Standing
    /// Commits before the account was reset.
    private var accountedCommits = (commits: 0, byteCount: 0)

    /// Starts the workers; they stand still until the first launch.
    ///
    /// - Parameter journal: what survives a crash, and where; nil for what the options say.
    /// - Errors: `PlatformError` where the machine's topology can't be read.
    public init(_ driver: Driver, journal: SiteJournal? = nil) throws {
        var options: SiteOptions
        switch driver {
        case .threads(let workers): options = SiteOptions(workers: workers)
        case .configured(let configured): options = configured
        }
        if let journal { options.journal = journal }
        options.engine.commit = options.journal?.mode ?? (options.isReplay ? .asynchronous : .none)
        if let journal = options.journal {
            options.engine.digestInterval = journal.digests.interval
        }
        self.options = options
        topology = try Topology.read()
        placement = WorkerPlacement.plan(
            workers: options.engine.workers, topology: topology, pins: options.pins,
            usesNuma: options.usesNuma)
        let clock = SiteClock()
        self.clock = clock
        let places = placement
        engine = Engine(
            options: options.engine, memory: { places[$0].arena.source },
            clock: { clock.nanoseconds })
        // A spinning thread without a processor of its own would keep the others from theirs.
        let idle: IdleStrategy =
            options.idle == .spin && placement.contains { $0.processor == nil } && options.pins
            ? .yield : options.idle
        let waiting = CommitThread.Waiting(
            workers: options.engine.workers, processors: topology.allowed.count, idle: idle)
        commit =
            options.journal.map { [engine] in
                $0.mode == .none ? nil : SiteCommit($0, engine: engine, waiting: waiting)
            } ?? nil
        for worker in engine.workers {
            threads.append(
                try WorkerThread(
                    worker: worker, processor: placement[worker.index].processor, idle: idle,
                    control: control, signal: commit?.signal, clock: { clock.nanoseconds }))
        }
        for worker in engine.workers { worker.halt = { [control] in control.fail() } }
        let parkers = threads.map(\.parker)
        stand = Standing(control: control, parkers: parkers)
        if idle == .park {
            for worker in engine.workers { worker.wake = { parkers[$0].unparkIfAnnounced() } }
        }
    }

    deinit {
        commit?.endSnapshots()
        control.give(.end)
        for thread in threads { thread.parker.unpark() }
        for thread in threads { thread.join() }
        commit?.end()
    }

    /// Nanoseconds since the site began; with a journal, since it began first.
    public var nanoseconds: UInt64 { clock.nanoseconds }

    /// Commits to the journal, and bytes of their records, since the launch.
    public var committed: (commits: Int, byteCount: Int) {
        (commit?.commits ?? 0, commit?.byteCount ?? 0)
    }

    /// What the runtime has done by task, workflow, worker and ring, since the launch or since
    /// ``resetAccount()``; nil unless `options.engine.accountInterval` asks for it.
    ///
    /// - Cost: the workers stand still while it is read.
    public func account() -> EngineAccount? {
        guard var account = standing({ engine.account() }) else { return nil }
        if commit != nil {
            account.commits = committed.commits - accountedCommits.commits
            account.committedByteCount = committed.byteCount - accountedCommits.byteCount
        }
        return account
    }

    /// Begins the account and all other metrics of the workers anew.
    public func resetAccount() {
        standing {
            for worker in engine.workers { worker.resetMetrics() }
            accountedCommits = committed
        }
    }

    /// How long the longest commit since the launch took, nanoseconds; most of it in the disk.
    public var commitNanosecondsMax: UInt64 { commit?.commitNanosecondsMax ?? 0 }

    /// Whether each worker's thread is where it was to be.
    public var pinnings: [PinnedThread.Pinning] { threads.map(\.pinning) }

    /// Launches applications together, while others run: all, or, with every fault named, none.
    public func launch(_ applications: Application...) throws {
        try launch(applications)
    }

    /// Launches applications together, while others run: all, or, with every fault named, none.
    ///
    /// A site with a journal does again first what its record says, and returns when that is done.
    ///
    /// - Errors: `LaunchError` with all faults; of a journal ``RecoveryError``, ``JournalError``,
    ///   ``StorageError``; `SiteError.launchedAlready` for a second launch on a journal.
    public func launch(_ applications: [Application]) throws {
        guard let commit else { return try standing { try engine.launch(applications) } }
        if commit.isLaunched {
            throw SiteError.launchedAlready(path: options.journal?.path ?? "")
        }
        // Not the site's clock, which goes on where the record ends.
        let start = MonotonicClock.nanoseconds()
        try standing {
            try engine.launch(applications)
            clock.advance(to: try commit.begin(applications))
            if commit.isRecovered { try go(commit, since: start) }
        }
        if recovery != nil { return }
        var followed = commit.followedSteps
        while !commit.isRecovered && !commit.isRefused {
            Self.sleep(nanoseconds: 500_000)
            let now = commit.followedSteps
            if now == followed && standing({ isStuck }) { break }
            followed = now
        }
        try standing { try go(commit, since: start) }
    }

    /// No worker finds anything to do, whoever calls it. All stand still.
    var isStuck: Bool {
        let before = engine.followedSteps
        while engine.workers.reduce(false, { $1.step() || $0 }) {}
        return engine.followedSteps == before
    }

    private func go(_ commit: SiteCommit, since start: UInt64) throws {
        recovery = try commit.go(
            clock: { [clock] in clock.nanoseconds }, stand: stand,
            fail: { [control] in control.fail() })
        recovery?.nanoseconds = MonotonicClock.nanoseconds() &- start
    }

    /// Takes a snapshot and waits until it is durable; the workers go on meanwhile.
    ///
    /// Snapshots are also taken of themselves, as the options of the journal say.
    ///
    /// - Returns: what it cost.
    /// - Errors: ``SnapshotError``; the site goes on after it.
    @discardableResult
    public func snapshot() throws(SnapshotError) -> SnapshotReport {
        guard let commit else { throw .noJournal }
        return try commit.snapshot()
    }

    /// The snapshots taken since the launch, oldest first; the last thousand of them.
    public var snapshots: [SnapshotReport] { commit?.snapshots ?? [] }

    /// Why the last snapshot was not taken; nil if it was.
    public var snapshotFailure: SnapshotError? { commit?.snapshotFailure }

    /// Runs a closure while all workers stand still, between two of their steps.
    public func standing<Result>(_ body: () throws -> Result) rethrows -> Result {
        try stand(body)
    }

    /// Waits until nothing is left to do: sources have ended, and all that followed from them is
    /// done.
    ///
    /// - Errors: `SiteError.stopped` if a failure stopped an application; `SiteError.timedOut`.
    public func awaitRest(timeoutSeconds: Double = .infinity) throws {
        let start = nanoseconds
        while true {
            if let failure = commit?.failure { throw SiteError.journalFailed(failure) }
            if control.isFailed, let failed = standing({ engine.sinkFailures.first }) {
                throw SiteError.sinkFailed(path: failed.path, reason: failed.reason)
            }
            if engine.hasNothingInFlight, standing({ engine.isAtRest }) { break }
            if Double(nanoseconds - start) > timeoutSeconds * 1e9 { throw SiteError.timedOut }
            Self.sleep(nanoseconds: 200_000)
        }
        if let failed = standing({ engine.feedFailures.first }) {
            throw SiteError.sourceFailed(path: failed.path, reason: failed.reason)
        }
        let stopped = engine.stoppedApplications
        if !stopped.isEmpty {
            throw SiteError.stopped(applications: stopped, failures: engine.deadLetters)
        }
    }

    /// Lets sources run for a time, then ends those without an end and waits for rest.
    public func run(seconds: Double) throws {
        Self.sleep(nanoseconds: UInt64(seconds * 1e9))
        engine.stopSources()
        try awaitRest()
    }

    /// Lets the calling thread wait while the workers go on.
    public func sleep(seconds: Double) { Self.sleep(nanoseconds: UInt64(seconds * 1e9)) }

    private static func sleep(nanoseconds: UInt64) {
        ThreadSleep.sleep(nanoseconds: nanoseconds)
    }
}

/// Why a wait on a site ended otherwise than at rest.
public enum SiteError: Error, CustomStringConvertible {
    /// Handlers threw in workflows whose failure policy stops the application.
    case stopped(applications: [String], failures: [DeadLetter])
    case timedOut
    /// A source from outside can't go on; all that it gave before is done.
    case sourceFailed(path: String, reason: String)
    /// A sink could take no more: the workers stand still. What it did not take comes again when
    /// the site is started anew.
    case sinkFailed(path: String, reason: String)
    /// The journal can't be written: the workers stand still, and no output goes out any more.
    case journalFailed(JournalError)
    /// A site with a journal launches all that it hosts at once.
    case launchedAlready(path: String)

    /// What happened, in words: for a stop, with the last three failures.
    public var description: String {
        switch self {
        case .stopped(let applications, let failures):
            "stopped by a failure: \(applications.joined(separator: ", "))"
                + failures.suffix(3).map { "\n  \($0.task), step \($0.step): \($0.error)" }.joined()
        case .timedOut: "the site did not come to rest in time"
        case .sinkFailed(let path, let reason):
            "the site has stopped, because \(path) can't take its outputs: \(reason)"
        case .sourceFailed(let path, let reason): "\(path) can't go on: \(reason)"
        case .journalFailed(let error):
            "the site has stopped, because its journal can't be written: \(error). What was not "
                + "durable was not shown; start it again when that is mended"
        case .launchedAlready(let path):
            "the site with the journal in \(path) has launched already: give all applications to "
                + "one launch; adding more while it runs is not built yet"
        }
    }
}
