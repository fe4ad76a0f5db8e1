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

    var current: Order {
        unsafe Order(rawValue: order.load(ordering: .acquiring)).unsafelyUnwrapped
    }

    /// Releases what the site changed while all stood still; pairs with `current`.
    func give(_ next: Order) { order.store(next.rawValue, ordering: .releasing) }

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
    /// The longest sleep: a bound on how late a time-out is seen.
    private static let parkNanosecondsMax: UInt64 = 1_000_000

    init(
        worker: Worker, processor: ProcessorID?, idle: IdleStrategy, control: ThreadControl,
        clock: @escaping @Sendable () -> UInt64
    ) throws(PlatformError) {
        let parker = Parker()
        self.parker = parker
        thread = try PinnedThread(name: "portals-\(worker.index)", processor: processor) {
            var idling = IdleState(
                idle, parker: parker, parkNanosecondsMax: Self.parkNanosecondsMax)
            while true {
                switch control.current {
                case .run:
                    if worker.step() {
                        idling.worked()
                    } else if let next = worker.nextTime,
                        next < clock() &+ Self.spinNanoseconds
                    {
                        idling.worked()
                    } else {
                        idling.idled()
                    }
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
