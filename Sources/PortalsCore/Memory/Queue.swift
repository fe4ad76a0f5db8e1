// A first-in first-out queue of trivial values that grows and never shrinks: no allocation in
// steady state, no copy-on-write, none of Array's shifting.

@frozen @usableFromInline
struct Queue<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline var slots: UnsafeMutablePointer<Element>
    @usableFromInline var mask: Int
    @usableFromInline var head = 0
    @usableFromInline var tail = 0

    @inlinable init(capacity: Int = 8) {
        var size = 2
        while size < capacity { size *= 2 }
        slots = .allocate(capacity: size)
        mask = size - 1
    }

    @inlinable deinit { slots.deallocate() }

    @inlinable var count: Int { tail &- head }
    @inlinable var isEmpty: Bool { tail == head }

    @inlinable @inline(__always)
    var first: Element { slots[head & mask] }

    @inlinable @inline(__always)
    var last: Element { slots[(tail &- 1) & mask] }

    /// The element at a distance from the front, in `0..<count`.
    @inlinable subscript(offset: Int) -> Element {
        @inline(__always) get { slots[(head &+ offset) & mask] }
        @inline(__always) set { slots[(head &+ offset) & mask] = newValue }
    }

    @inlinable @inline(__always)
    mutating func append(_ element: Element) {
        if tail &- head > mask { grow() }
        (slots + (tail & mask)).initialize(to: element)
        tail &+= 1
    }

    @inlinable @inline(__always)
    mutating func removeFirst() -> Element {
        let element = slots[head & mask]
        head &+= 1
        return element
    }

    @inlinable mutating func removeLast() { tail &-= 1 }

    @inlinable mutating func removeAll() { head = tail }

    @usableFromInline @inline(never)
    mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: (mask + 1) * 2)
        for offset in 0..<count { (larger + offset).initialize(to: self[offset]) }
        slots.deallocate()
        slots = larger
        tail = count
        head = 0
        mask = mask * 2 + 1
    }
}
