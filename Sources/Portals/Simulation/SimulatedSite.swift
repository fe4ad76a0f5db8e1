// A whole durable site on one thread: workers, the journal's writer and recovery take turns by a
// seed, so that it can crash anywhere and be run again.

/// The simulation driver of a site with a journal.
///
/// ```swift
/// let site = try SimulatedSite(
///     options, seed: 7, journal: journal, snapshotsIn: storage, applications: [shop])
/// try site.run()
/// ```
/// To crash it, drop it, let its storage forget what was not synchronized, open the journal again
/// and make another one.
public final class SimulatedSite {
    /// The workers, and what runs on them.
    public var engine: Engine { stepped.engine }
    private let stepped: SteppedSite
    private let writer: CommitWriter
    private var recovery: Recovery?
    /// It still does again what its record says.
    public var isRecovering: Bool { recovery != nil }
    private var failure: (any Error)?
    /// Turns that the disk takes to synchronize, while workers go on: a slow disk has many.
    public var synchronizeTurns = 0
    /// Turns that the writer lets pass before it commits what waits, as its limits have it do.
    public var commitTurns = 0
    private var waitedTurns = 0
    /// Recorded decisions that the recovery cut away, because what they depend on was lost.
    public private(set) var cutSteps = 0
    /// Recorded decisions that the recovery followed.
    public private(set) var recoveredSteps = 0

    /// Blocks are written that the disk has not been asked to synchronize.
    public var hasUnsynchronizedBlocks: Bool { writer.isSynchronizing }

    /// Blocks, or several at once, that it has made durable.
    public var commits: Int { writer.commits }

    private var taker: SnapshotTaker?
    private let keeper: (any SnapshotKeeping)?
    private let snapshotOptions: SnapshotOptions
    /// Snapshots that were taken.
    public private(set) var snapshots: [SnapshotReport] = []
    /// Snapshots that were not taken, and why.
    public private(set) var snapshotFailures: [SnapshotError] = []
    /// The snapshot that the recovery began from.
    public private(set) var restoredSnapshot: UInt64?
    /// Newer snapshots that could not be used, each with its reason.
    public private(set) var refusedSnapshots: [String] = []

    /// Launches applications on a journal, new or with the record of an earlier run.
    ///
    /// - Parameter seed: picks the schedule; nil lets all take turns.
    /// - Parameter onDifference: what it does where a task is not deterministic.
    /// - Errors: `LaunchError` of the applications, ``RecoveryError`` of the record.
    public init(
        _ engineOptions: EngineOptions, seed: UInt64?, journal: any Journal,
        blockByteCountMax: Int = 1 << 16, snapshotsIn directory: (any Storage)? = nil,
        snapshots options: SnapshotOptions = .onRequest,
        onDifference: DifferencePolicy = .refuse, applications: [Application]
    ) throws {
        stepped = SteppedSite(engineOptions, seed: seed)
        try stepped.engine.launch(applications)
        writer = CommitWriter(
            engine: stepped.engine, journal: journal, blockByteCountMax: blockByteCountMax)
        snapshotOptions = options
        let found = try directory.map { try Self.open($0, journal.epoch) }
        keeper = found?.keeper
        restoredSnapshot = found?.snapshot?.number
        refusedSnapshots = found?.refused ?? []
        let recovery = try Recovery(
            stepped.engine, journal: journal, path: "the simulation", snapshot: found?.snapshot,
            refused: refusedSnapshots, onDifference: onDifference)
        stepped.advance(to: recovery.lastTime)
        self.recovery = recovery
    }

    private static func open<Directory: Storage>(
        _ directory: Directory, _ epoch: JournalEpoch
    ) throws -> (keeper: any SnapshotKeeping, snapshot: Snapshot?, refused: [String]) {
        let store = SnapshotStore(directory, epoch: epoch)
        let found = try store.newest()
        return (store, found.snapshot, found.refused)
    }

    /// Takes a snapshot as soon as all that is in flight has come to an end.
    public func snapshot() { taker?.request() }

    private func startSnapshots() {
        guard let keeper else { return }
        let stepped = self.stepped
        let writer = self.writer
        let taker = SnapshotTaker(
            engine: engine, keeper: keeper, places: writer.places, options: snapshotOptions,
            driver: SnapshotTaker.Driver(
                clock: { [unowned stepped] in stepped.now }, stand: { $0() },
                wake: {},
                committedByteCount: { writer.byteCount },
                done: { [unowned self] result in
                    switch result {
                    case .success(let report): snapshots.append(report)
                    case .failure(let error): snapshotFailures.append(error)
                    }
                }))
        self.taker = taker
        stepped.companions.append { taker.step() }
    }

    /// Lets one worker, the writer, or the taker of snapshots do one thing; false if none has
    /// anything to do.
    ///
    /// - Errors: of the journal; the site must not be used after one.
    public func step() throws -> Bool {
        if let failure { throw failure }
        if let recovery {
            try recovery.check()
            if !recovery.isDone && stepped.step() { return true }
            cutSteps = try recovery.end(writer)
            recoveredSteps = recovery.recordedSteps - cutSteps
            self.recovery = nil
            stepped.companions = [{ [unowned self] in self.write() }]
            startSnapshots()
            return true
        }
        let worked = stepped.step()
        if let failure { throw failure }
        return worked
    }

    private func write() -> Bool {
        let turns = writer.isSynchronizing ? synchronizeTurns : commitTurns
        if writer.isSynchronizing || writer.isWaiting && writer.hasWork, waitedTurns < turns {
            waitedTurns += 1
            return true
        }
        waitedTurns = 0
        do {
            return try writer.step()
        } catch {
            failure = error
            return false
        }
    }

    /// Replaces the seed: says which of so many takes the next turn, workers and then the writer.
    public func schedule(_ choose: @escaping (_ count: Int) -> Int) { stepped.choose = choose }

    /// Lets its clock jump ahead by so many nanoseconds.
    public func advance(by nanoseconds: UInt64) { stepped.advance(to: stepped.now &+ nanoseconds) }

    /// Runs until nothing is left to do, or so many steps were made; true if nothing is left.
    @discardableResult
    public func run(stepsMax: Int = .max) throws -> Bool {
        for _ in 0..<stepsMax where try !step() {
            precondition(
                engine.isAtRest,
                "the workers are idle, but the system is not at rest: a lost message")
            return true
        }
        return false
    }
}
