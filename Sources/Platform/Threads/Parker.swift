// Puts one idle thread to sleep in the kernel and wakes it, without losing a wake-up.
import CPlatform
import Glibc
import Synchronization

/// The bed of one thread: that thread parks, any thread wakes it.
///
/// ```
///            announce            park (sleeps in the kernel)
///  running ───────────► announced ───────────► asleep
///     ▲  ◄─── withdraw ────┘                     │ time-out → running
///     │                                          │
///     └──────── park returns at once ◄── notified ◄── unpark, from any state
/// ```
///
/// Two ways to use it, both without lost wake-ups:
/// 1. `park` and `unpark` alone: an `unpark` before `park` makes that `park` return at once. Each
///    `unpark` is an atomic exchange: 2 ns, and a transfer of the line where both cores use it.
/// 2. The thread calls `announce`, looks for work once more, then parks; others publish work and
///    call `unparkIfAnnounced`, which is one relaxed load while the thread runs, 0.5 ns: for
///    producers on the hot path. The fence between their store and that load is paid by
///    `announce` (membarrier(2), 0.4 µs on two idle cores; it interrupts the other threads of the
///    process), or by both: where the kernel refuses it, and where `Fence.both` asks for that.
///
/// - Ownership: `announce`, `withdraw` and `park` belong to the one thread that sleeps here.
@safe public final class Parker: @unchecked Sendable {
    // Unchecked: the pointer never changes and what it points at is atomic.
    @usableFromInline let state: UnsafeMutablePointer<Atomic<UInt32>>
    /// Whether `announce` pays for all fences; a field, because a global costs a check a read.
    @usableFromInline let hasBarrier: Bool

    private static let running: UInt32 = 0
    private static let notified: UInt32 = 1
    // Numbers above `notified` mean that the thread waits for a wake-up, or is about to.
    private static let announced: UInt32 = 2
    private static let asleep: UInt32 = 3

    /// Asked once a process: the answer decides for both sides who pays for the fence.
    private static let processHasBarrier = portals_barrier_register() == 1

    /// Who pays for the fence between publishing work and looking for who sleeps.
    public enum Fence: Sendable {
        /// `announce`, for all: where others publish often and the thread sleeps seldom.
        case sleeper
        /// Both, 20 cycles each: where others publish as seldom as the thread sleeps.
        case both
    }

    /// A bed with nobody in it; asks the kernel for membarrier once a process.
    public init(fence: Fence = .sleeper) {
        // A line pair of its own: its neighbours are written by other threads. 128 because the
        // prefetchers of x86 fetch lines in pairs (Intel optimization manual, 3.7.3).
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        unsafe state = memory.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        unsafe state.initialize(to: Atomic(Self.running))
        hasBarrier = fence == .sleeper && Self.processHasBarrier
    }

    deinit {
        unsafe state.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(state).deallocate()
    }

    // MARK: The sleeping thread

    /// Says that this thread is about to park; it must look for work once more after this.
    public func announce() {
        _ = unsafe state.pointee.compareExchange(
            expected: Self.running, desired: Self.announced, ordering: .sequentiallyConsistent)
        // A producer that does not see the announcement has published before this fence, so that
        // the look for work after it finds the work: the store-load fence of Dekker's algorithm.
        guard hasBarrier else {
            return atomicMemoryFence(ordering: .sequentiallyConsistent)
        }
        let refused = portals_barrier_heavy()
        precondition(refused == 0, "membarrier fails with \(refused) after it was registered")
    }

    /// Takes back an announcement, or a wake-up that arrived meanwhile: there is work.
    public func withdraw() {
        // Acquires what the waker published; pairs with the exchange in unpark().
        _ = unsafe state.pointee.exchange(Self.running, ordering: .acquiring)
    }

    /// Sleeps until `unpark` or for `timeoutNanoseconds`; true when woken, false at the time-out.
    @discardableResult
    public func park(timeoutNanoseconds: UInt64? = nil) -> Bool {
        let limit = timeoutNanoseconds.map {
            MonotonicClock.nanoseconds().addingReportingOverflow($0)
        }
        let deadline = limit.map { $0.overflow ? .max : $0.partialValue }
        while true {
            var current = unsafe state.pointee.load(ordering: .acquiring)
            if current != Self.notified {
                current = unsafe state.pointee.compareExchange(
                    expected: current, desired: Self.asleep, ordering: .acquiringAndReleasing
                ).original
            }
            if current == Self.notified {
                withdraw()
                return true
            }
            var left: Int64 = -1
            if let deadline {
                let now = MonotonicClock.nanoseconds()
                left = now >= deadline ? 0 : Int64(min(deadline - now, UInt64(Int64.max)))
            }
            if left != 0 {
                // Returns at once when the state is no longer `asleep`; EINTR goes round again.
                _ = unsafe portals_futex_wait(state, Self.asleep, left)
            } else if unsafe state.pointee.compareExchange(
                expected: Self.asleep, desired: Self.running, ordering: .acquiringAndReleasing
            ).exchanged {
                return false
            }
        }
    }

    // MARK: Other threads

    /// Wakes the thread, or makes its next `park` return at once.
    public func unpark() {
        // Releases what was published before; pairs with the acquiring accesses of park().
        let before = unsafe state.pointee.exchange(
            Self.notified, ordering: .acquiringAndReleasing)
        if before == Self.asleep { unsafe portals_futex_wake(state, 1) }
    }

    /// Wakes the thread if it has announced to park; call it after publishing the work.
    @inlinable @inline(__always)
    public func unparkIfAnnounced() {
        if hasBarrier {
            portals_barrier_light()
        } else {
            atomicMemoryFence(ordering: .sequentiallyConsistent)
        }
        // Relaxed: the fence above orders it after the caller's store; unpark() does the rest.
        let current = unsafe state.pointee.load(ordering: .relaxed)
        if current > 1 { unpark() }
    }
}
