// The thread of the journal's writer: decides when to commit, and sleeps between.
import CPlatform
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
        let nanosecondsMax = Atomic<UInt64>(0)

        /// A commit is done. On the writer's thread.
        func note(_ writer: CommitWriter, nanoseconds: UInt64) {
            commits.store(writer.commits, ordering: .relaxed)
            byteCount.store(writer.byteCount, ordering: .relaxed)
            if nanoseconds > nanosecondsMax.load(ordering: .relaxed) {
                nanosecondsMax.store(nanoseconds, ordering: .relaxed)
            }
        }
    }

    /// How it waits between two commits.
    struct Waiting: Sendable {
        /// While all workers are idle. Never `spin`: it is pinned nowhere, and threads of sources
        /// and clients are to find a processor.
        var strategy: IdleStrategy
        /// There is a processor without a worker, so looking for work takes nothing from one.
        var hasProcessor: Bool
        /// Looks before it yields, as ``IdleState/spinCount``.
        var spinCount = 1_000
        /// The longest sleep while nothing is to be written, or much is: a bound on how late a
        /// record is seen whose worker did not become idle.
        var sleepNanosecondsMax: UInt64 = 500_000

        /// For workers that idle so.
        ///
        /// Where workers spin for the shortest latency and leave a processor, it looks all the time
        /// too: a thread that is woken starts 20 to 60 µs later, half of a synchronization. Where
        /// they spin on all processors it sleeps at once, or it would take a worker's.
        init(workers: Int, processors: Int, idle: IdleStrategy) {
            hasProcessor = processors > workers
            strategy = idle == .park || !hasProcessor ? .park : .yield
            if idle != .park && !hasProcessor { spinCount = 0 }
        }
    }

    /// - Parameter wake: called when the durable mark has moved; workers may sleep.
    /// - Parameter fail: called once, on the writer's thread, when the journal has failed.
    init(
        _ handed: HandOver, limits: CommitLimits, signal: CommitSignal, waiting: Waiting,
        clock: @escaping @Sendable () -> UInt64,
        wake: @escaping @Sendable () -> Void, fail: @escaping @Sendable () -> Void
    ) throws(PlatformError) {
        let state = State()
        self.state = state
        thread = try PinnedThread(name: "portals-commit") {
            do throws(JournalError) {
                try Self.run(handed, state, limits, signal, waiting, clock, wake)
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
        _ waiting: Waiting, _ clock: () -> UInt64, _ wake: () -> Void
    ) throws(JournalError) {
        let writer = handed.writer
        var lastCommit = clock()
        var lastEnd = lastCommit
        var isPrepared = false
        var pauses = 0
        var idling = IdleState(
            waiting.strategy, parker: signal.parker, spinCount: waiting.spinCount,
            yieldCount: waiting.spinCount == 0 ? 0 : 50,
            parkNanosecondsMax: waiting.sleepNanosecondsMax)
        // A turn that finds nothing to do ends with `idled`, which announces a sleep and returns:
        // the next turn is the look that finds what was published before the announcement.
        while true {
            let isEnding = signal.isEnding
            if writer.hasWork {
                idling.worked()
                let now = clock()
                let due = lastCommit &+ limits.nanoseconds
                if isEnding || now >= due || writer.waitingWordCount * 8 >= limits.byteCount
                    || limits.commitsWhenIdle && signal.areAllIdle
                {
                    lastCommit = now
                    repeat { _ = try writer.step() } while !writer.isWaiting
                    wake()
                    lastEnd = clock()
                    state.note(writer, nanoseconds: lastEnd &- now)
                    isPrepared = false
                    continue
                }
                // Its workers' records are not looked at again: each look takes a line from them.
                if waiting.hasProcessor && limits.commitsWhenIdle && becomesIdle(signal) {
                    continue
                }
                // Little waits after the length of a commit, so too much won't at the next.
                let isLittle = writer.waitingWordCount * 8 <= limits.byteCount / 8
                let longest = isLittle ? Self.dueSleepNanosecondsMax : waiting.sleepNanosecondsMax
                sleep(signal, min(due - now, longest), limits)
                continue
            } else if isEnding {
                idling.worked()
                return try handed.journal.close()
            } else if !isPrepared
                || clock() &- lastEnd >= Self.quietNanoseconds && pauses < Self.pausesMax
            {
                idling.worked()
                try handed.journal.prepare()
                pauses = isPrepared ? pauses + 1 : 0
                isPrepared = true
                lastEnd = clock()
                continue
            }
            if !waiting.hasProcessor && !signal.areAllIdle { idling.skipToSleep() }
            idling.idled()
        }
    }

    /// The longest sleep while little waits to be written. 1 ms, as long as a commit is put off
    /// when unsure, so that it is slept for once: a thread that is woken takes a processor from a
    /// worker where there is none without one. Where more than an eighth of a commit's bytes
    /// waits, it looks more often (`sleepNanosecondsMax`), so that a record finds room.
    private static let dueSleepNanosecondsMax: UInt64 = 1_000_000

    /// After so long without work the next may be far off, and the journal prepares more. 0.5 ms:
    /// three synchronizations.
    private static let quietNanoseconds: UInt64 = 500_000
    /// Times that it does so between two commits: 16 of 256 KiB are more than is ever done ahead.
    private static let pausesMax = 16

    /// Looks for a short time whether workers that have recorded something become idle.
    ///
    /// 400 looks, 10 to 20 µs: longer than the steps of a lone operation, some µs, and 4 % of the
    /// sleep after it where they stay busy.
    private static func becomesIdle(_ signal: CommitSignal) -> Bool {
        for _ in 0..<400 {
            if signal.areAllIdle || signal.isEnding { return true }
            portals_pause()
        }
        return false
    }

    /// Something waits to be written and is not due: sleeps until workers become idle, or for so
    /// long.
    private static func sleep(
        _ signal: CommitSignal, _ nanoseconds: UInt64, _ limits: CommitLimits
    ) {
        signal.parker.announce()
        // Between the last look and the announcement they may have become so.
        let isDue = limits.commitsWhenIdle && signal.areAllIdle
        if isDue || signal.isEnding { return signal.parker.withdraw() }
        signal.parker.park(timeoutNanoseconds: nanoseconds)
    }

    var failure: JournalError? { state.failure.withLock { $0 } }
    /// Commits made so far.
    var commits: Int { state.commits.load(ordering: .relaxed) }
    /// Bytes committed so far.
    var byteCount: Int { state.byteCount.load(ordering: .relaxed) }

    /// How long the longest commit took, most of it in the disk.
    var commitNanosecondsMax: UInt64 { state.nanosecondsMax.load(ordering: .relaxed) }

    func join() { thread.join() }
}
