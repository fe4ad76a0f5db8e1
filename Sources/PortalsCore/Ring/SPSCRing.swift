// A ring from one producer to one consumer: how workers hand batches to each other. This file makes
// the pair of handles; `RingProducer` and `RingConsumer` do the work.

/// The two ends of a new bounded queue from one thread to another, without locks or waiting.
///
/// - Shape: first in, first out; `capacity` items, a power of two. Layout in `RingLayout`.
/// - Ownership: move `producer` and `consumer` out, each to the one thread that shall use it. The
///   handles own the block together: it is freed when both are gone, in whichever order, and items
///   still in it vanish with it (they are bitwise copyable, so nothing has to be destroyed).
/// - Cost: one allocation; each handle keeps its own index and the last index it saw of the other
///   side, so that it reads the other side's line only when the ring seems full or empty.
///   Store a handle in memory that only its own thread writes: that state changes with each item.
/// - Errors: traps if `capacity` is no power of two.
/// - Example:
///   ```swift
///   let ring = SPSCRing<UInt64>(capacity: 1024, memory: .heap)
///   var producer = ring.producer
///   var consumer = ring.consumer
///   let taken = producer.tryPush(7)    // false would mean: full, nothing happened
///   let item = consumer.tryPop()       // nil would mean: empty
///   ```
/// - Source: Lamport's ring with cached remote indices, as in rigtorp's SPSCQueue and folly's
///   ProducerConsumerQueue; theirs pass items one by one, ours also stages several and publishes
///   once.
@frozen
public struct SPSCRing<Element: BitwiseCopyable>: ~Copyable {
    /// The end that fills the ring: owned by one thread at a time.
    public var producer: RingProducer<Element>
    /// The end that empties the ring: owned by one thread at a time.
    public var consumer: RingConsumer<Element>

    /// Makes an empty ring in memory from `memory`.
    @inlinable
    public init(capacity: Int, memory: MemorySource) {
        self.init(capacity: capacity, memory: memory, firstIndex: 0)
    }

    /// Makes an empty ring whose indices start at `firstIndex`, for tests of their wrap-around.
    @inlinable
    package init(capacity: Int, memory: MemorySource, firstIndex: UInt64) {
        let slotsOffset = RingLayout.slotsOffset(of: Element.self)
        let base = unsafe RingLayout.make(
            slotsOffset: slotsOffset, slotStride: MemoryLayout<Element>.stride,
            capacity: capacity, alignment: MemoryLayout<Element>.alignment,
            firstIndex: firstIndex, memory: memory)
        unsafe (base + slotsOffset).bindMemory(to: Element.self, capacity: capacity)
        let mask = UInt64(truncatingIfNeeded: capacity &- 1)
        unsafe producer = RingProducer(base: base, mask: mask, firstIndex: firstIndex)
        unsafe consumer = RingConsumer(base: base, mask: mask, firstIndex: firstIndex)
    }
}
