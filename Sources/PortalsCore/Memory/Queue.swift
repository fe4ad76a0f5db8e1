// A first-in first-out queue of trivial values that grows and never shrinks: no allocation in
// steady state, no copy-on-write, none of Array's shifting.

@safe @frozen @usableFromInline
struct Queue<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline var slots: UnsafeMutablePointer<Element>
    @usableFromInline var mask: Int
    @usableFromInline var head = 0
    @usableFromInline var tail = 0

    @inlinable init(capacity: Int = 8) {
        var size = 2
        while size < capacity { size *= 2 }
        unsafe slots = .allocate(capacity: size)
        mask = size - 1
    }

    @inlinable deinit { unsafe slots.deallocate() }

    @inlinable var count: Int { tail &- head }
    @inlinable var isEmpty: Bool { tail == head }

    @inlinable @inline(__always)
    var first: Element { unsafe slots[head & mask] }

    @inlinable @inline(__always)
    var last: Element { unsafe slots[(tail &- 1) & mask] }

    /// The element at a distance from the front, in `0..<count`.
    @inlinable subscript(offset: Int) -> Element {
        @inline(__always) get { unsafe slots[(head &+ offset) & mask] }
        @inline(__always) set { unsafe slots[(head &+ offset) & mask] = newValue }
    }

    @inlinable @inline(__always)
    mutating func append(_ element: Element) {
        if tail &- head > mask { grow() }
        unsafe (slots + (tail & mask)).initialize(to: element)
        tail &+= 1
    }

    @inlinable @inline(__always)
    mutating func removeFirst() -> Element {
        let element = unsafe slots[head & mask]
        head &+= 1
        return element
    }

    @inlinable mutating func removeLast() { tail &-= 1 }

    @inlinable mutating func removeAll() { head = tail }

    @usableFromInline @inline(never)
    mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: (mask + 1) * 2)
        for offset in 0..<count { unsafe (larger + offset).initialize(to: self[offset]) }
        unsafe slots.deallocate()
        unsafe slots = unsafe larger
        tail = count
        head = 0
        mask = mask * 2 + 1
    }
}
