// The bytes of a ring: two index lines, a control line and the slots, at named offsets, and how
// that block is made and given back.
import Synchronization

/// Where the parts of a ring lie in its one block of memory.
///
/// ```
///     0 ┌──────────────────────────────┐
///       │ tail   UInt64, atomic        │  written by the producer, read by the consumer
///   128 ├──────────────────────────────┤
///       │ head   UInt64, atomic        │  written by the consumer, read by the producer
///   256 ├──────────────────────────────┤
///       │ control: handles left,       │  written when a handle goes, never while items move
///       │ memory source, byte count    │
///   384 ├──────────────────────────────┤  (rounded up to the alignment of the element)
///       │ slots  capacity × stride     │  slots[i & mask] belongs to the producer for i in
///       │                              │  tail ..< head + capacity, to the consumer for i in
///       └──────────────────────────────┘  head ..< tail
/// ```
///
/// Both indices count items since the ring was made, wrap at 2⁶⁴ and obey
/// `0 ≤ tail − head ≤ capacity` (wrapping); an item's slot is its index modulo the capacity.
@usableFromInline
enum RingLayout {
    /// Bytes between two fields written by different threads, and what the whole block is rounded
    /// to.
    ///
    /// Two lines of 64 bytes: processors of Intel and AMD fetch the neighbour of a missed line too,
    /// and lines of Apple's and some other AArch64 processors are 128 bytes long. The same number
    /// is in crossbeam's `CachePadded`, whose source lists the vendors' pages.
    @inlinable static var separation: Int { 128 }

    @inlinable static var tailOffset: Int { 0 }
    @inlinable static var headOffset: Int { separation }
    @inlinable static var controlOffset: Int { 2 * separation }

    /// The first slot, aligned for the element and on a line of its own.
    @inlinable
    static func slotsOffset<Element: BitwiseCopyable>(of _: Element.Type) -> Int {
        max(3 * separation, MemoryLayout<Element>.alignment)
    }

    /// Makes the block of a ring whose two indices stand at `firstIndex`.
    ///
    /// - Ownership: the caller makes exactly two handles and calls ``release(_:)`` once for each.
    @usableFromInline
    static func make(
        slotsOffset: Int, slotStride: Int, capacity: Int, alignment: Int, firstIndex: UInt64,
        memory: MemorySource
    ) -> UnsafeMutableRawPointer {
        precondition(
            capacity >= 1 && capacity & (capacity - 1) == 0,
            "a ring's capacity must be a power of two; round it up")
        precondition(MemoryLayout<RingControl>.size <= separation)
        let byteCount =
            (slotsOffset + capacity * slotStride + separation - 1) & ~(separation - 1)
        let base = unsafe memory.allocate(byteCount, max(separation, alignment))
        precondition(
            Int(bitPattern: base) & (separation - 1) == 0,
            "a memory source must honour the alignment it is asked for")
        unsafe (base + tailOffset).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            .initialize(to: Atomic(firstIndex))
        unsafe (base + headOffset).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            .initialize(to: Atomic(firstIndex))
        unsafe (base + controlOffset).bindMemory(to: RingControl.self, capacity: 1)
            .initialize(to: RingControl(memory: memory, byteCount: byteCount))
        return unsafe base
    }

    /// Gives up one of the two handles; the second call frees the block.
    @usableFromInline
    static func release(_ base: UnsafeMutableRawPointer) {
        let control = unsafe (base + controlOffset).assumingMemoryBound(to: RingControl.self)
        // Acquires and releases: pairs with the same operation of the other handle, so that its
        // last reads and writes of the block come before the block goes.
        let left = unsafe control.pointee.handlesLeft
            .subtract(1, ordering: .acquiringAndReleasing).newValue
        guard left == 0 else { return }
        let memory = unsafe control.pointee.memory
        let byteCount = unsafe control.pointee.byteCount
        unsafe control.deinitialize(count: 1)
        unsafe memory.deallocate(base, byteCount)
    }
}

/// What a ring must know to free itself; not touched while items move.
struct RingControl: ~Copyable {
    /// 2, then 1, then 0; subtracted from by whichever thread lets its handle go.
    let handlesLeft = Atomic<UInt32>(2)
    let memory: MemorySource
    let byteCount: Int
}
