// The thread that takes a site's snapshots, and what it tells those who wait for one.
import Platform
import Synchronization

/// Runs a ``SnapshotTaker`` on a thread of its own, pinned nowhere.
final class SnapshotThread: Sendable {
    private let thread: PinnedThread
    private let state: State

    private final class State: Sendable {
        struct Outcomes {
            var requested = 0
            /// Requests that the snapshots begun until now answer.
            var taken = 0
            var answered = 0
            var reports: [SnapshotReport] = []
            var failure: SnapshotError?
            var hasEnded = false
        }
        let outcomes = Mutex(Outcomes())
        let ends = Atomic<Bool>(false)
    }

    /// Reports that are kept: one each ten seconds for almost three hours.
    private static let reportsMax = 1_000
    /// Between two looks while one is being taken, and while none is.
    private static let busyNanoseconds: UInt64 = 100_000
    private static let idleNanoseconds: UInt64 = 5_000_000
    /// A disk that hangs is not waited for twice.
    private static let pauseNanosecondsMax: UInt64 = 20_000_000

    /// - Parameter make: makes the taker, with whom to tell what it has done.
    init(_ handed: HandOver) throws(PlatformError) {
        let state = State()
        self.state = state
        thread = try PinnedThread(name: "portals-snapshot") {
            let taker = handed.make { Self.note($0, state) }
            while !state.ends.load(ordering: .acquiring) {
                let isWanted = state.outcomes.withLock { outcomes -> Bool in
                    guard taker.isIdle, outcomes.requested > outcomes.taken else { return false }
                    outcomes.taken = outcomes.requested
                    return true
                }
                if isWanted { taker.request() }
                let begin = MonotonicClock.nanoseconds()
                if taker.step() {
                    // Disk and processors are the work's too: a pause as long as the writing.
                    if taker.isWriting {
                        ThreadSleep.sleep(
                            nanoseconds: min(
                                MonotonicClock.nanoseconds() &- begin, Self.pauseNanosecondsMax))
                    }
                    continue
                }
                ThreadSleep.sleep(
                    nanoseconds: taker.isIdle ? Self.idleNanoseconds : Self.busyNanoseconds)
            }
            taker.giveUp()
            state.outcomes.withLock { $0.hasEnded = true }
        }
    }

    /// What the thread makes its taker from.
    struct HandOver: @unchecked Sendable {  // Used by the new thread alone.
        let make:
            (_ done: @escaping (Result<SnapshotReport, SnapshotError>) -> Void) ->
                SnapshotTaker
    }

    private static func note(_ result: Result<SnapshotReport, SnapshotError>, _ state: State) {
        state.outcomes.withLock { outcomes in
            outcomes.answered = outcomes.taken
            switch result {
            case .success(let report):
                outcomes.failure = nil
                if outcomes.reports.count == reportsMax { outcomes.reports.removeFirst() }
                outcomes.reports.append(report)
            case .failure(let error): outcomes.failure = error
            }
        }
    }

    /// The snapshots taken, oldest first.
    var reports: [SnapshotReport] { state.outcomes.withLock { $0.reports } }
    /// Why the last one was not taken; nil if it was.
    var failure: SnapshotError? { state.outcomes.withLock { $0.failure } }

    /// Has one taken that begins after this call, and waits until it is durable.
    func take() throws(SnapshotError) -> SnapshotReport {
        let ticket = state.outcomes.withLock { outcomes -> Int in
            outcomes.requested += 1
            return outcomes.requested
        }
        while true {
            let outcomes = state.outcomes.withLock { $0 }
            if outcomes.answered >= ticket {
                if let failure = outcomes.failure { throw failure }
                if let report = outcomes.reports.last { return report }
            }
            if outcomes.hasEnded || state.ends.load(ordering: .acquiring) { throw .ended }
            ThreadSleep.sleep(nanoseconds: Self.busyNanoseconds)
        }
    }

    /// Ends the thread; what it was writing is removed by the next one.
    func end() {
        state.ends.store(true, ordering: .releasing)
        thread.join()
    }
}
