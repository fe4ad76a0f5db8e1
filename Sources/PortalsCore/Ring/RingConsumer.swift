// The reading end of a ring, owned by one thread.
import Synchronization

/// Takes items out of a ring, in order; the one handle that may.
///
/// - Ownership: one thread at a time; may be moved to another thread. See ``SPSCRing``.
/// - Cost: an item costs its copy and one store of the head; an empty check that succeeds reads the
///   producer's line. Never waits, never allocates.
@frozen @safe
public struct RingConsumer<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let mask: UInt64
    /// Index of the next item to take.
    @usableFromInline var head: UInt64
    /// The producer's tail when last read; never ahead of the true one.
    @usableFromInline var tailSeen: UInt64

    @inlinable
    init(base: UnsafeMutableRawPointer, mask: UInt64, firstIndex: UInt64) {
        unsafe self.base = unsafe base
        self.mask = mask
        head = firstIndex
        tailSeen = firstIndex
    }

    @inlinable
    deinit { unsafe RingLayout.release(base) }
}

// What must hold for the unsafe code below: `base` is a block made by `RingLayout.make` for this
// element, alive until this handle's `release`; and slots of indices head ..< tail are not written
// by the producer. The first is by construction, the second by the acquiring load of `tail` and the
// releasing store of `head`; RingStressTests break if either is weakened.
extension RingConsumer {
    /// Written by the producer only.
    @inlinable @inline(__always)
    var sharedTail: UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (base + RingLayout.tailOffset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Written here only.
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
    mutating func refreshTail() {
        // Acquires slots[..<tail]: pairs with the releasing store in RingProducer.publish.
        tailSeen = unsafe sharedTail.pointee.load(ordering: .acquiring)
    }

    @inlinable @inline(__always)
    mutating func release(_ count: Int) {
        head &+= UInt64(truncatingIfNeeded: count)
        // Releases slots[..<head] to be written again: pairs with RingProducer.refreshHead.
        unsafe sharedHead.pointee.store(head, ordering: .releasing)
    }

    /// How many items may be taken now, at most `max`; looks at the producer's line if it knows
    /// fewer.
    @inlinable @inline(__always)
    mutating func ready(max: Int) -> Int {
        var known = Int(truncatingIfNeeded: tailSeen &- head)
        if known < max {
            refreshTail()
            known = Int(truncatingIfNeeded: tailSeen &- head)
        }
        return min(known, max)
    }
}

extension RingConsumer {
    /// How many items the ring can hold.
    @inlinable
    public var capacity: Int { Int(truncatingIfNeeded: mask) + 1 }

    /// Whether an item can be taken; reads the producer's line only if none is known.
    @inlinable
    public var hasItems: Bool {
        @inline(__always) mutating get {
            if head != tailSeen { return true }
            refreshTail()
            return head != tailSeen
        }
    }

    /// Whether nothing published is left to take.
    @inlinable
    public var isEmpty: Bool {
        @inline(__always) mutating get { !hasItems }
    }

    /// How many items can be taken now; more may come at any time.
    ///
    /// - Cost: reads the producer's line.
    @inlinable
    public var count: Int {
        mutating get { ready(max: .max) }
    }

    /// Takes the oldest item, or `nil` if there is none.
    @inlinable @inline(__always)
    public mutating func tryPop() -> Element? {
        guard hasItems else { return nil }
        let item = unsafe slots[Int(truncatingIfNeeded: head & mask)]
        release(1)
        return item
    }

    /// Takes the oldest items, at most `max`, hands each to `body` and returns how many there were.
    ///
    /// Their slots are free for the producer only when `body` has seen the last of them.
    @inlinable @inline(__always) @discardableResult
    public mutating func popAll(max: Int = .max, _ body: (Element) -> Void) -> Int {
        let count = ready(max: max)
        guard count > 0 else { return 0 }
        let start = Int(truncatingIfNeeded: head & mask)
        let untilEnd = min(count, capacity &- start)
        let slots = unsafe self.slots
        var index = 0
        while index < untilEnd {
            body(unsafe slots[start &+ index])
            index &+= 1
        }
        while index < count {
            body(unsafe slots[index &- untilEnd])
            index &+= 1
        }
        release(count)
        return count
    }

    /// Moves the oldest items to the beginning of `buffer`, as many as fit; returns how many.
    @inlinable
    public mutating func pop(into buffer: UnsafeMutableBufferPointer<Element>) -> Int {
        guard let target = buffer.baseAddress else { return 0 }
        let count = ready(max: buffer.count)
        guard count > 0 else { return 0 }
        let start = Int(truncatingIfNeeded: head & mask)
        let untilEnd = min(count, capacity &- start)
        unsafe target.update(from: slots + start, count: untilEnd)
        if untilEnd < count {
            unsafe (target + untilEnd).update(from: slots, count: count &- untilEnd)
        }
        release(count)
        return count
    }
}

/// Sendable for the reason given at ``RingProducer``.
extension RingConsumer: @unchecked Sendable where Element: Sendable {}
