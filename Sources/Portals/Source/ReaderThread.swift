// The thread that reads what comes from outside, so that no worker waits for it.
import Glibc
import Platform
import Synchronization

/// A thread that begins when its feed is first asked for an atom, and ends with its source.
final class ReaderThread: Sendable {
    let bell: Bell
    private let thread = Mutex<PinnedThread?>(nil)

    private enum Order: Int { case wait, run, end }

    /// What the reader's loop looks at.
    struct Control: Sendable {
        fileprivate let order: OrderCell
        let bell: Bell
        var isEnding: Bool { order.value.load(ordering: .acquiring) == Order.end.rawValue }
    }

    /// Held by the thread too, which must not hold its reader: that would never go.
    fileprivate final class OrderCell: Sendable {
        let value = Atomic<Int>(Order.wait.rawValue)
        /// The thread itself; written by it.
        let runner = Atomic<UInt>(0)
    }

    private let order = OrderCell()

    /// Makes the thread now, beside the caller, not beside the pinned worker that starts it: it
    /// would inherit that one's processor.
    init(
        name: String, _ body: @escaping @Sendable (Control) -> Void
    ) throws {
        bell = try Bell()
        let control = Control(order: order, bell: bell)
        let made = try PinnedThread(name: name) {
            while control.order.value.load(ordering: .acquiring) == Order.wait.rawValue {
                control.bell.wait(milliseconds: -1)
            }
            control.order.runner.store(pthread_self(), ordering: .releasing)
            if !control.isEnding { body(control) }
        }
        thread.withLock { $0 = made }
    }

    /// Lets it run; what was done before is seen by it.
    func start() {
        _ = order.value.compareExchange(
            expected: Order.wait.rawValue, desired: Order.run.rawValue,
            ordering: .acquiringAndReleasing)
        bell.ring()
    }

    /// Ends it and waits for that; from the thread itself, which may be the last to hold what it
    /// reads for, without waiting.
    func end() {
        order.value.store(Order.end.rawValue, ordering: .releasing)
        bell.ring()
        if order.runner.load(ordering: .acquiring) == pthread_self() { return }
        thread.withLock { $0 }?.join()
    }
}
