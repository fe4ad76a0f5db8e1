// The thread of the journal's writer: decides when to commit, and sleeps between.
import Platform
import Synchronization

/// Runs a ``CommitWriter`` on a thread of its own, which is pinned nowhere: it sleeps in the disk
/// most of the time, and workers never wait for it.
final class CommitThread: Sendable {
    private let thread: PinnedThread
    private let state: State

    /// What the writer has come to; read by any thread.
    private final class State: Sendable {
        let failure = Mutex<JournalError?>(nil)
        let commits = Atomic<Int>(0)
        let byteCount = Atomic<Int>(0)
    }

    /// The longest sleep while nothing is to be written: a bound on how late a record is seen whose
    /// worker did not become idle.
    private static let sleepNanosecondsMax: UInt64 = 500_000

    /// - Parameter wake: called when the durable mark has moved; workers may sleep.
    /// - Parameter fail: called once, on the writer's thread, when the journal has failed.
    init(
        _ handed: HandOver, limits: CommitLimits, signal: CommitSignal,
        clock: @escaping @Sendable () -> UInt64,
        wake: @escaping @Sendable () -> Void, fail: @escaping @Sendable () -> Void
    ) throws(PlatformError) {
        let state = State()
        self.state = state
        thread = try PinnedThread(name: "portals-commit") {
            do throws(JournalError) {
                try Self.run(handed, state, limits, signal, clock, wake)
            } catch {
                state.failure.withLock { $0 = error }
                fail()
            }
        }
    }

    /// What the thread owns from its start on.
    struct HandOver: @unchecked Sendable {  // Used by the new thread alone.
        let writer: CommitWriter
        let journal: any Journal
    }

    private static func run(
        _ handed: HandOver, _ state: State, _ limits: CommitLimits, _ signal: CommitSignal,
        _ clock: () -> UInt64, _ wake: () -> Void
    ) throws(JournalError) {
        let writer = handed.writer
        var lastCommit = clock()
        var isPrepared = false
        while true {
            let isEnding = signal.isEnding
            if writer.hasWork {
                let now = clock()
                let due = lastCommit &+ limits.nanoseconds
                if isEnding || now >= due || writer.waitingWordCount * 8 >= limits.byteCount
                    || limits.commitsWhenIdle && signal.areAllIdle
                {
                    lastCommit = now
                    repeat { _ = try writer.step() } while !writer.isWaiting
                    state.commits.store(writer.commits, ordering: .relaxed)
                    state.byteCount.store(writer.byteCount, ordering: .relaxed)
                    isPrepared = false
                    wake()
                    continue
                }
                sleep(signal, writer, min(due - now, sleepNanosecondsMax), limits)
            } else if isEnding {
                return try handed.journal.close()
            } else {
                if !isPrepared {
                    try handed.journal.prepare()
                    isPrepared = true
                }
                sleep(signal, writer, sleepNanosecondsMax, limits)
            }
        }
    }

    /// Sleeps until workers become idle, or for so long.
    private static func sleep(
        _ signal: CommitSignal, _ writer: CommitWriter, _ nanoseconds: UInt64,
        _ limits: CommitLimits
    ) {
        signal.parker.announce()
        // Between the last look and the announcement they may have become so.
        let isDue = limits.commitsWhenIdle && signal.areAllIdle && writer.hasWork
        if isDue || signal.isEnding { return signal.parker.withdraw() }
        signal.parker.park(timeoutNanoseconds: nanoseconds)
    }

    var failure: JournalError? { state.failure.withLock { $0 } }
    /// Commits made so far.
    var commits: Int { state.commits.load(ordering: .relaxed) }
    /// Bytes committed so far.
    var byteCount: Int { state.byteCount.load(ordering: .relaxed) }

    func join() { thread.join() }
}
