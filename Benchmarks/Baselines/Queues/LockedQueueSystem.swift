// A bounded queue under a mutex and a condition: what textbooks have.
import Harness
import ItemQueue

/// A bounded queue under a mutex; who finds it full or empty sleeps until there is room or an item.
///
/// - Guarantee: in memory, in order, each item once.
/// - Tuning: the mutex spins before it sleeps; nobody is signalled who does not sleep; both ends on
///   a core of their own; a batch is copied under one lock.
/// - To be challenged: by a consumer that takes all that is there, which is a batch by another
/// name;
///   by a lock of one's own that only spins.
struct LockedQueueSystem: SystemUnderTest {
    let name = "locked-queue"
    let summary = "a bounded queue under a mutex and a condition, two threads that sleep; in memory"
    let version = "1"

    func axes(for workload: String) -> Set<Axis> { QueueTrial.axes(.threads) }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        QueueTrial.refusal(configuration, .threads)
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        try QueueTrial.run(self, configuration, probe) { definition in
            let queue = BoundedQueue(capacity: ItemQueue.Definition.slots)
            return try QueueTrial.onTwoThreads(configuration) {
                Self.produce(definition, queue)
            } consume: {
                Self.consume(definition, queue)
            }
        }
    }

    private static func produce(_ definition: ItemQueue.Definition, _ queue: BoundedQueue) {
        if definition.batch == 1 {
            for item in 0..<definition.items { queue.put(item) }
            return
        }
        let items = UnsafeMutablePointer<UInt64>.allocate(capacity: definition.batch)
        defer { unsafe items.deallocate() }
        var sent: UInt64 = 0
        while sent < definition.items {
            let count = Int(min(UInt64(definition.batch), definition.items - sent))
            for index in 0..<count {
                unsafe (items + index).initialize(to: sent &+ UInt64(index))
            }
            unsafe queue.put(items, count: count)
            sent += UInt64(count)
        }
    }

    private static func consume(
        _ definition: ItemQueue.Definition, _ queue: BoundedQueue
    ) -> ItemQueue.Answer {
        var answer = ItemQueue.Answer()
        if definition.batch == 1 {
            while answer.items < definition.items { answer.take(queue.take()) }
            return answer
        }
        let items = UnsafeMutablePointer<UInt64>.allocate(capacity: definition.batch)
        defer { unsafe items.deallocate() }
        while answer.items < definition.items {
            let count = unsafe queue.take(into: items, max: definition.batch)
            for index in 0..<count { answer.take(unsafe items[index]) }
        }
        return answer
    }
}

/// Places for items, under a lock.
///
/// - Ownership: one thread puts, one takes. So at most one of them sleeps, and one condition does
///   for both.
@safe
private final class BoundedQueue: @unchecked Sendable {
    // Unchecked: all of it under the lock.
    private let lock = Lock()
    private let places: UnsafeMutablePointer<UInt64>
    private let mask: Int
    /// Items put and taken since it was made.
    private var put = 0
    private var taken = 0
    private var isAwaited = false

    /// - Parameter capacity: a power of two.
    init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "\(capacity) places")
        mask = capacity - 1
        unsafe places = .allocate(capacity: capacity)
        unsafe places.initialize(repeating: 0, count: capacity)
    }

    deinit { unsafe places.deallocate() }

    func put(_ item: UInt64) {
        lock.lock()
        waitForRoom()
        unsafe places[put & mask] = item
        put &+= 1
        wakeOtherAndUnlock()
    }

    func take() -> UInt64 {
        lock.lock()
        waitForItems()
        let item = unsafe places[taken & mask]
        taken &+= 1
        wakeOtherAndUnlock()
        return item
    }

    /// Puts all of them in, as there is room.
    func put(_ items: UnsafePointer<UInt64>, count: Int) {
        var done = 0
        while done < count {
            lock.lock()
            waitForRoom()
            let some = min(count - done, mask + 1 - (put - taken), mask + 1 - put & mask)
            unsafe (places + put & mask).update(from: items + done, count: some)
            put &+= some
            done += some
            wakeOtherAndUnlock()
        }
    }

    /// Takes as many as there are, one at least.
    func take(into items: UnsafeMutablePointer<UInt64>, max: Int) -> Int {
        lock.lock()
        waitForItems()
        let some = min(max, put - taken, mask + 1 - taken & mask)
        unsafe items.initialize(from: places + taken & mask, count: some)
        taken &+= some
        wakeOtherAndUnlock()
        return some
    }

    @inline(__always)
    private func waitForRoom() {
        while put &- taken > mask {
            isAwaited = true
            lock.wait()
        }
    }

    @inline(__always)
    private func waitForItems() {
        while put == taken {
            isAwaited = true
            lock.wait()
        }
    }

    @inline(__always)
    private func wakeOtherAndUnlock() {
        let wakes = isAwaited
        isAwaited = false
        lock.unlock()
        if wakes { lock.signal() }
    }
}
