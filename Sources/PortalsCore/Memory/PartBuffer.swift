// Where a partition gathers what it sends to one other partition in one step: the exchange of a
// `key`, the requests to a portal, the replies to an asker.

/// Chunks being filled for one destination.
@safe @frozen @usableFromInline
struct PartBuffer: ~Copyable {
    /// Where the next event goes, and how many places are left; nil and zero before the first.
    @usableFromInline var chunk: ChunkPointer?
    @usableFromInline var count = 0
    @usableFromInline var capacity = 0
    /// Filled chunks, before `chunk`.
    @usableFromInline var full: Queue<UInt64>
    /// Its worker's pool, which outlives it. Not counted: it is touched with events.
    @usableFromInline unowned(unsafe) let pool: ChunkPool

    @inlinable init(pool: ChunkPool) {
        unsafe self.pool = pool
        full = Queue(capacity: 2)
    }

    @inlinable var isEmpty: Bool { count == 0 && full.isEmpty }

    /// Appends an event with its key.
    @inlinable @inline(__always)
    mutating func append<Element>(
        _ value: Element, key: Key, layout: UnsafePointer<ChunkLayout>
    ) {
        if count == capacity { unsafe next(layout, use: 0) }
        let chunk = unsafe chunk.unsafelyUnwrapped
        unsafe chunk.keys[count] = key
        unsafe (chunk.values(Element.self) + count).initialize(to: value)
        count &+= 1
    }

    /// Appends an event whose key its reader computes.
    @inlinable @inline(__always)
    mutating func append<Element>(_ value: Element, layout: UnsafePointer<ChunkLayout>) {
        if count == capacity {
            unsafe next(layout, use: 0)
            unsafe chunk.unsafelyUnwrapped.pointee.isKeyed = false
        }
        unsafe (chunk.unsafelyUnwrapped.values(Element.self) + count).initialize(to: value)
        count &+= 1
    }

    /// Appends a request or a reply with its tag.
    @inlinable @inline(__always)
    mutating func append<Element>(
        _ value: Element, key: Key, tag: UInt64, use: UInt16, layout: UnsafePointer<ChunkLayout>
    ) {
        if unsafe count == capacity || chunk.unsafelyUnwrapped.pointee.use != use
            || chunk.unsafelyUnwrapped.pointee.isRefusal
        {
            unsafe next(layout, use: use)
        }
        let chunk = unsafe chunk.unsafelyUnwrapped
        unsafe chunk.keys[count] = key
        unsafe chunk.tags[count] = tag
        unsafe (chunk.values(Element.self) + count).initialize(to: value)
        count &+= 1
    }

    /// Appends the refusal of a request: its tag and a reason.
    @usableFromInline
    mutating func appendRefusal(
        tag: UInt64, reason: UInt64, use: UInt16
    ) {
        if unsafe count == capacity || chunk.unsafelyUnwrapped.pointee.use != use
            || !chunk.unsafelyUnwrapped.pointee.isRefusal
        {
            unsafe withUnsafePointer(to: refusalLayout) { unsafe next($0, use: use) }
            unsafe chunk.unsafelyUnwrapped.pointee.isRefusal = true
        }
        let chunk = unsafe chunk.unsafelyUnwrapped
        unsafe chunk.keys[count] = reason
        unsafe chunk.tags[count] = tag
        count &+= 1
    }

    @usableFromInline @inline(never)
    mutating func next(_ layout: UnsafePointer<ChunkLayout>, use: UInt16) {
        close()
        let fresh = unsafe pool.take(layout.pointee)
        unsafe fresh.pointee.isKeyed = true
        unsafe fresh.pointee.use = use
        unsafe chunk = unsafe fresh
        capacity = unsafe Int(fresh.pointee.capacity)
    }

    @usableFromInline
    mutating func close() {
        guard let open = unsafe chunk else { return }
        unsafe open.pointee.count = Int32(truncatingIfNeeded: count)
        if count > 0 {
            full.append(UInt64(UInt(bitPattern: open)))
        } else {
            unsafe pool.release(open)
        }
        unsafe chunk = nil
        count = 0
        capacity = 0
    }

    /// All that was gathered, as one part; the buffer is empty afterwards.
    @usableFromInline
    mutating func take() -> Part {
        close()
        return unsafe pool.makePart(&full)
    }

    /// Moves all that was gathered behind the chunks of a list.
    @usableFromInline
    mutating func drain(into list: inout Queue<UInt64>) {
        close()
        while !full.isEmpty { list.append(full.removeFirst()) }
    }

    // MARK: Undo

    /// How much there is now, to go back to.
    @inlinable var mark: Mark { Mark(fullCount: full.count, count: count) }

    /// Takes back what was appended since the mark; says each tag that goes.
    @usableFromInline
    mutating func rewind(to mark: Mark, tagged: Bool, _ dropped: (UInt64) -> Void) {
        while full.count > mark.fullCount {
            if unsafe chunk == nil {
                let last = unsafe full[full.count - 1].asChunk
                full.removeLast()
                unsafe chunk = unsafe last
                count = unsafe Int(last.pointee.count)
                capacity = unsafe Int(last.pointee.capacity)
            } else {
                dropTail(keeping: 0, tagged, dropped)
            }
        }
        if count > mark.count { dropTail(keeping: mark.count, tagged, dropped) }
    }

    private mutating func dropTail(
        keeping keep: Int, _ tagged: Bool, _ dropped: (UInt64) -> Void
    ) {
        let open = unsafe chunk.unsafelyUnwrapped
        if tagged {
            for index in stride(from: count - 1, through: keep, by: -1) {
                unsafe dropped(open.tags[index])
            }
        }
        if keep > 0 {
            if let element = unsafe open.pointee.element, unsafe !open.pointee.isRefusal {
                unsafe element.takeUnretainedValue().destroyRange(open, keep..<count)
            }
            count = keep
        } else {
            unsafe open.pointee.count = Int32(count)
            unsafe pool.release(open)
            unsafe chunk = nil
            count = 0
            capacity = 0
        }
    }

    @frozen @usableFromInline
    struct Mark: BitwiseCopyable {
        @usableFromInline var fullCount: Int
        @usableFromInline var count: Int
        @inlinable init(fullCount: Int, count: Int) {
            self.fullCount = fullCount
            self.count = count
        }
    }
}

/// Refusals carry no values, so one layout fits every portal.
private let refusalLayout = ChunkLayout(stride: 8, alignment: 8, tagged: true, element: nil)

/// A layout at a fixed address, so that it can be handed on without counting what it refers to.
@safe @usableFromInline
final class FixedLayout {
    @usableFromInline let pointer: UnsafeMutablePointer<ChunkLayout>

    @usableFromInline init(_ layout: ChunkLayout) {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: layout)
    }

    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe pointer.deallocate()
    }
}
