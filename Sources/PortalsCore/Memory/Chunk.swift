// The unit of hand-over: a typed, contiguous run of events with its key column, in memory of one
// worker's pool. What a partition holds of an atom is a part: a few chunks.

/// A pointer to a chunk. Who may touch it: the filler until it is pushed; then anyone may read it.
public typealias ChunkPointer = UnsafeMutablePointer<ChunkHeader>
/// A pointer to keys, one for each event of a chunk, in the chunk or beside it; never owns them.
public typealias KeyColumn = UnsafeMutablePointer<Key>

/// The head of a chunk; the columns lie behind it.
///
/// ```
/// 0        64                keyOffset+8·capacity   tagOffset+8·capacity
/// ┌────────┬─────────────────┬──────────────────────┬──────────────────┐
/// │ header │ keys: capacity  │ tags: only in chunks │ values: capacity │
/// │        │ × UInt64        │ of portals           │ × stride         │
/// └────────┴─────────────────┴──────────────────────┴──────────────────┘
/// 0 ≤ count ≤ capacity; values[..<count] are initialised unless the chunk carries refusals.
/// ```
@safe @frozen
public struct ChunkHeader {
    /// The next chunk of a free list; meaningless while the chunk is in use.
    @usableFromInline var next: ChunkPointer?
    /// How values are destroyed; nil for trivial types.
    @usableFromInline var element: Unmanaged<ElementKind>?
    /// Holders. Only the owning worker counts: others send the chunk back to it.
    @usableFromInline var references: Int32
    /// Events in the chunk.
    public var count: Int32
    /// Events that the chunk has room for.
    public var capacity: Int32
    @usableFromInline var tagOffset: Int32
    @usableFromInline var valueOffset: Int32
    /// In requests and replies: which ask of the asking workflow it belongs to.
    @usableFromInline var use: UInt16
    /// The worker whose pool the chunk came from.
    @usableFromInline var owner: UInt16
    /// Which free list: the chunk has `ChunkPool.standardByteCount << sizeClass` bytes.
    @usableFromInline var sizeClass: UInt8
    /// The key column holds the keys of the events.
    public var isKeyed: Bool
    /// The chunk carries refusals of requests: tags, reasons in the key column, no values.
    @usableFromInline var isRefusal: Bool

    @inlinable init(owner: UInt16, sizeClass: UInt8) {
        unsafe self.next = nil
        unsafe self.element = nil
        self.references = 1
        self.count = 0
        self.capacity = 0
        self.tagOffset = 0
        self.valueOffset = 0
        self.use = 0
        self.owner = owner
        self.sizeClass = sizeClass
        self.isKeyed = false
        self.isRefusal = false
    }
}

/// The bytes in front of the key column: one cache line.
@usableFromInline let chunkHeaderByteCount = 64

extension UnsafeMutablePointer where Pointee == ChunkHeader {
    /// The key column.
    @inlinable @inline(__always)
    public var keys: KeyColumn {
        unsafe (UnsafeMutableRawPointer(self) + 64).assumingMemoryBound(to: Key.self)
    }

    /// The column of reply addresses; only in chunks of portals.
    @inlinable @inline(__always)
    var tags: UnsafeMutablePointer<UInt64> {
        unsafe (UnsafeMutableRawPointer(self) + Int(truncatingIfNeeded: pointee.tagOffset))
            .assumingMemoryBound(to: UInt64.self)
    }

    /// The events, seen as `Element`: the type that the chunk was laid out for.
    @inlinable @inline(__always)
    public func values<Element>(_: Element.Type) -> UnsafeMutablePointer<Element> {
        unsafe (UnsafeMutableRawPointer(self) + Int(truncatingIfNeeded: pointee.valueOffset))
            .assumingMemoryBound(to: Element.self)
    }

    /// One more holder, on the owning worker.
    @inlinable @inline(__always)
    func retain() { unsafe pointee.references &+= 1 }
}

/// How the values of a chunk are destroyed, for types that are not trivial.
@safe public final class ElementKind: Sendable {
    @usableFromInline let stride: Int
    @usableFromInline let destroy: @Sendable (UnsafeMutableRawPointer, Int) -> Void

    @usableFromInline
    init(stride: Int, destroy: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Void) {
        self.stride = stride
        unsafe self.destroy = unsafe destroy
    }

    /// Destroys some of a chunk's values.
    @usableFromInline
    func destroyRange(_ chunk: ChunkPointer, _ range: Range<Int>) {
        unsafe destroy(
            UnsafeMutableRawPointer(chunk) + Int(chunk.pointee.valueOffset)
                + range.lowerBound * stride, range.count)
    }
}

/// Where the columns of a chunk for one event type lie.
@frozen
public struct ChunkLayout: Sendable {
    @usableFromInline var capacity: Int32
    @usableFromInline var tagOffset: Int32
    @usableFromInline var valueOffset: Int32
    @usableFromInline var sizeClass: UInt8
    @usableFromInline var element: ElementKind?

    /// A layout for `Element`; with a tag column for requests and replies.
    @inlinable
    public init<Element>(of type: Element.Type, tagged: Bool = false) {
        let stride = MemoryLayout<Element>.stride
        let element: ElementKind? =
            unsafe _isPOD(Element.self)
            ? nil
            : ElementKind(stride: stride) { memory, count in
                unsafe memory.assumingMemoryBound(to: Element.self).deinitialize(count: count)
            }
        self.init(
            stride: stride, alignment: MemoryLayout<Element>.alignment, tagged: tagged,
            element: element)
    }

    /// A layout with the smallest size class that holds at least 16 values.
    @usableFromInline
    init(stride: Int, alignment: Int, tagged: Bool, element: ElementKind?) {
        var sizeClass = 0
        while sizeClass < ChunkPool.sizeClassCount - 1,
            (ChunkPool.standardByteCount << sizeClass) < 256 + 16 * (stride + 16)
        {
            sizeClass += 1
        }
        self.init(
            stride: stride, alignment: alignment, tagged: tagged, element: element,
            eventsMax: ChunkPool.eventsMax, sizeClass: sizeClass)
        precondition(
            capacity > 0, "an event of \(stride) bytes does not fit a chunk: hold it by reference")
    }

    /// Takes larger chunks until one holds `atLeast` values.
    @usableFromInline
    mutating func widen(atLeast count: Int32, stride: Int) {
        while capacity < count && Int(sizeClass) < ChunkPool.sizeClassCount - 1 {
            self = ChunkLayout(
                stride: stride, alignment: 16, tagged: false, element: element,
                eventsMax: ChunkPool.eventsMax, sizeClass: Int(sizeClass) + 1)
        }
    }

    @usableFromInline
    init(
        stride: Int, alignment: Int, tagged: Bool, element: ElementKind?, eventsMax: Int,
        sizeClass: Int
    ) {
        let columns = 8 + (tagged ? 8 : 0)
        let payload =
            (ChunkPool.standardByteCount << sizeClass) - chunkHeaderByteCount - alignment
        let capacity = min(eventsMax, payload / (columns + stride))
        let tags = chunkHeaderByteCount + capacity * 8
        let end = tags + (tagged ? capacity * 8 : 0)
        self.capacity = Int32(capacity)
        self.tagOffset = Int32(tags)
        self.valueOffset = Int32((end + alignment - 1) / alignment * alignment)
        self.sizeClass = UInt8(sizeClass)
        self.element = element
    }
}
