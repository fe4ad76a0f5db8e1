// The threads driver's loop: one pinned thread a worker, that steps, idles, and stands still on
// request.
import Platform
import Synchronization

/// What all worker threads look at between two steps.
final class ThreadControl: Sendable {
    enum Order: Int, Sendable { case run, stand, end }

    /// Written by the site, read by all workers at each step.
    private let order = Atomic<Int>(Order.stand.rawValue)
    /// Workers that stand still. Written by workers.
    private let standing = Atomic<Int>(0)
    /// Set by the journal's writer.
    private let hasFailed = Atomic<Bool>(false)

    var current: Order {
        unsafe Order(rawValue: order.load(ordering: .acquiring)).unsafelyUnwrapped
    }

    /// Releases what the site changed while all stood still; pairs with `current`.
    func give(_ next: Order) {
        // After a failure the workers stand still until they end.
        let wanted = next == .run && hasFailed.load(ordering: .acquiring) ? .stand : next
        order.store(wanted.rawValue, ordering: .releasing)
        if next == .run && hasFailed.load(ordering: .sequentiallyConsistent) { fail() }
    }

    /// The journal is lost: nothing may run any more.
    func fail() {
        hasFailed.store(true, ordering: .sequentiallyConsistent)
        _ = order.compareExchange(
            expected: Order.run.rawValue, desired: Order.stand.rawValue,
            ordering: .sequentiallyConsistent)
    }

    var isFailed: Bool { hasFailed.load(ordering: .acquiring) }
    func stand() { standing.add(1, ordering: .acquiringAndReleasing) }
    func go() { standing.subtract(1, ordering: .acquiringAndReleasing) }
    var standingCount: Int { standing.load(ordering: .acquiring) }
}

/// One worker on its thread.
final class WorkerThread: Sendable {
    let parker: Parker
    private let thread: PinnedThread

    /// A source whose next atom is due so soon is waited for without sleeping: waking up takes 20
    /// µs.
    private static let spinNanoseconds: UInt64 = 60_000
    /// The longest sleep: a bound on how late it is seen that a task wants a time-out.
    private static let parkNanosecondsMax: UInt64 = 1_000_000

    init(
        worker: Worker, processor: ProcessorID?, idle: IdleStrategy, control: ThreadControl,
        signal: CommitSignal?, clock: @escaping @Sendable () -> UInt64
    ) throws(PlatformError) {
        let parker = Parker()
        self.parker = parker
        thread = try PinnedThread(name: "portals-\(worker.index)", processor: processor) {
            var idling = IdleState(
                idle, parker: parker, parkNanosecondsMax: Self.parkNanosecondsMax)
            var isIdle = false
            while true {
                switch control.current {
                case .run:
                    let worked = worker.step()
                    if let signal, worked == isIdle {
                        isIdle.toggle()
                        if worked { signal.worked() } else { signal.idled() }
                    }
                    if worked {
                        idling.worked()
                        continue
                    }
                    var limit: UInt64?
                    if let next = worker.nextTime {
                        let soon = clock() &+ Self.spinNanoseconds
                        if next < soon {
                            idling.worked()
                            continue
                        }
                        limit = next - soon
                    }
                    idling.idled(limitNanoseconds: limit, isAwaiting: worker.awaitsDurable)
                case .stand:
                    control.stand()
                    while control.current == .stand { parker.park(timeoutNanoseconds: 1_000_000) }
                    control.go()
                    idling.worked()
                case .end: return
                }
            }
        }
    }

    var pinning: PinnedThread.Pinning { thread.pinning }

    func join() { thread.join() }
}
