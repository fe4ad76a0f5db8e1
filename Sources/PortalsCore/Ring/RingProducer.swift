// The writing end of a ring, owned by one thread.
import Synchronization

/// Puts items into a ring; the one handle that may.
///
/// - Ownership: one thread at a time; may be moved to another thread. See ``SPSCRing``.
/// - Cost: an item costs its copy and one store of the tail; a full check that fails reads the
///   consumer's line. Never waits, never allocates.
@frozen @safe
public struct RingProducer<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let mask: UInt64
    /// Index of the next item to write: `published`, plus what is staged.
    @usableFromInline var tail: UInt64
    /// The consumer's head when last read; never ahead of the true one.
    @usableFromInline var headSeen: UInt64

    @inlinable
    init(base: UnsafeMutableRawPointer, mask: UInt64, firstIndex: UInt64) {
        unsafe self.base = unsafe base
        self.mask = mask
        tail = firstIndex
        headSeen = firstIndex
    }

    @inlinable
    deinit { unsafe RingLayout.release(base) }
}

// What must hold for the unsafe code below: `base` is a block made by `RingLayout.make` for this
// element, alive until this handle's `release`; and slots of indices tail ..< head + capacity are
// not read by the consumer. The first is by construction, the second by the acquiring load of
// `head` and the releasing store of `tail`; RingStressTests break if either is weakened.
extension RingProducer {
    /// Written here only.
    @inlinable @inline(__always)
    var sharedTail: UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (base + RingLayout.tailOffset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Written by the consumer only.
    @inlinable @inline(__always)
    var sharedHead: UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (base + RingLayout.headOffset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    @inlinable @inline(__always)
    var slots: UnsafeMutablePointer<Element> {
        unsafe (base + RingLayout.slotsOffset(of: Element.self))
            .assumingMemoryBound(to: Element.self)
    }

    @inlinable @inline(__always)
    mutating func refreshHead() {
        // Acquires slots[..<head]: pairs with the releasing store in RingConsumer.release, so that
        // the consumer's copies are done before these slots are written again.
        headSeen = unsafe sharedHead.pointee.load(ordering: .acquiring)
    }
}

extension RingProducer {
    /// How many items the ring can hold.
    @inlinable
    public var capacity: Int { Int(truncatingIfNeeded: mask) + 1 }

    /// Whether at least one more item fits; reads the consumer's line only if it seems full.
    @inlinable
    public var hasRoom: Bool {
        @inline(__always) mutating get {
            if tail &- headSeen <= mask { return true }
            refreshHead()
            return tail &- headSeen <= mask
        }
    }

    /// Whether the consumer has taken everything published and nothing is staged.
    ///
    /// - Cost: reads the consumer's line.
    @inlinable
    public var isEmpty: Bool {
        mutating get {
            refreshHead()
            return tail == headSeen
        }
    }

    /// Puts one item in and publishes it; `false` if the ring is full, which changes nothing.
    ///
    /// Publishes what was staged before it, too.
    @inlinable @inline(__always)
    public mutating func tryPush(_ item: Element) -> Bool {
        guard stage(item) else { return false }
        publish()
        return true
    }

    /// Puts as many of `items` in as fit, in order, and publishes them at once; returns how many.
    @inlinable
    public mutating func push(contentsOf items: UnsafeBufferPointer<Element>) -> Int {
        let count = unsafe stage(contentsOf: items)
        if count > 0 { publish() }
        return count
    }

    /// Writes one item that the consumer can't see before ``publish()``; `false` if the ring is
    /// full.
    ///
    /// Items staged and never published are lost with the handle.
    @inlinable @inline(__always)
    public mutating func stage(_ item: Element) -> Bool {
        guard hasRoom else { return false }
        unsafe slots[Int(truncatingIfNeeded: tail & mask)] = item
        tail &+= 1
        return true
    }

    /// Changes the item that was staged last and is not yet published.
    @inlinable @inline(__always)
    mutating func amendLast(_ change: (inout Element) -> Void) {
        unsafe change(&slots[Int(truncatingIfNeeded: (tail &- 1) & mask)])
    }

    /// Writes as many of `items` as fit without publishing them; returns how many.
    @inlinable
    public mutating func stage(contentsOf items: UnsafeBufferPointer<Element>) -> Int {
        let wanted = items.count
        guard wanted > 0, let source = items.baseAddress else { return 0 }
        var room = capacity &- Int(truncatingIfNeeded: tail &- headSeen)
        if room < wanted {
            refreshHead()
            room = capacity &- Int(truncatingIfNeeded: tail &- headSeen)
            if room == 0 { return 0 }
        }
        let count = min(wanted, room)
        let start = Int(truncatingIfNeeded: tail & mask)
        let untilEnd = min(count, capacity &- start)
        unsafe (slots + start).update(from: source, count: untilEnd)
        if untilEnd < count {
            unsafe slots.update(from: source + untilEnd, count: count &- untilEnd)
        }
        tail &+= UInt64(truncatingIfNeeded: count)
        return count
    }

    /// Shows the consumer everything staged so far, with one store.
    @inlinable @inline(__always)
    public mutating func publish() {
        // Releases slots[..<tail]: pairs with the acquiring load in RingConsumer.refreshTail.
        unsafe sharedTail.pointee.store(tail, ordering: .releasing)
    }
}

/// Sendable because a handle is noncopyable and `mutating` in all it does: whoever holds it is
/// alone, and what it shares with the other end is atomic or handed over by an atomic.
extension RingProducer: @unchecked Sendable where Element: Sendable {}
