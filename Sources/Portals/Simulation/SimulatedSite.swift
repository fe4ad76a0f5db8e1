// A whole durable site on one thread: workers, the journal's writer and recovery take turns by a
// seed, so that it can crash anywhere and be run again.

/// The simulation driver of a site with a journal.
///
/// ```swift
/// let site = try SimulatedSite(options, seed: 7, journal: journal, applications: [shop])
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

    /// It has not yet come to the end of its journal.
    public var isRecovering: Bool { recovery != nil }

    /// Launches applications on a journal, new or with the record of an earlier run.
    ///
    /// - Parameter seed: picks the schedule; nil lets all take turns.
    /// - Errors: `LaunchError` of the applications, ``RecoveryError`` of the record.
    public init(
        _ options: EngineOptions, seed: UInt64?, journal: any Journal,
        blockByteCountMax: Int = 1 << 16, applications: [Application]
    ) throws {
        stepped = SteppedSite(options, seed: seed)
        try stepped.engine.launch(applications)
        writer = CommitWriter(
            engine: stepped.engine, journal: journal, blockByteCountMax: blockByteCountMax)
        let recovery = try Recovery(stepped.engine, journal: journal, path: "the simulation")
        stepped.advance(to: recovery.lastTime)
        self.recovery = recovery
    }

    /// Lets one worker, or the writer, do one thing; false if none has anything to do.
    ///
    /// - Errors: of the journal; the site must not be used after one.
    public func step() throws -> Bool {
        if let failure { throw failure }
        if let recovery {
            if !recovery.isDone && stepped.step() { return true }
            cutSteps = try recovery.end(writer)
            recoveredSteps = recovery.recordedSteps - cutSteps
            self.recovery = nil
            stepped.companions = [{ [unowned self] in self.write() }]
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
