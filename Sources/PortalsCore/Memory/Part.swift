// What one partition sends to another for one atom: no chunk, one chunk, or a directory of chunks.

/// The chunks of one atom from one partition to another, in order.
///
/// A part of one chunk is the chunk itself; a larger one is a chunk that lists the others, so that
/// chunks need no link and can be in several parts at once. All chunks of a part have the same
/// owner. A part is read only; each reader releases it whole, once.
@frozen
public struct Part: BitwiseCopyable {
    /// The address of the chunk or, with the lowest bit set, of the directory; 0 for no events.
    @usableFromInline var bits: UInt64

    @inlinable init(bits: UInt64) { self.bits = bits }

    @inlinable static var empty: Part { Part(bits: 0) }

    @inlinable init(chunk: ChunkPointer) { bits = UInt64(UInt(bitPattern: chunk)) }

    @inlinable init(directory: ChunkPointer) { bits = UInt64(UInt(bitPattern: directory)) | 1 }

    @inlinable var isEmpty: Bool { bits == 0 }
    @inlinable var isDirectory: Bool { bits & 1 != 0 }

    /// The chunk or the directory.
    @inlinable var chunk: ChunkPointer {
        unsafe ChunkPointer(bitPattern: UInt(truncatingIfNeeded: bits & ~1)).unsafelyUnwrapped
    }

    @inlinable var chunkCount: Int {
        unsafe isEmpty ? 0 : isDirectory ? Int(chunk.pointee.count) : 1
    }

    @inlinable func chunk(at index: Int) -> ChunkPointer {
        unsafe isDirectory
            ? chunk.values(UInt64.self)[index].asChunk
            : chunk
    }

    /// Events in all of its chunks.
    @inlinable var eventCount: Int {
        var count = 0
        for index in 0..<chunkCount { unsafe count &+= Int(chunk(at: index).pointee.count) }
        return count
    }
}

extension UInt64 {
    @inlinable var asChunk: ChunkPointer {
        unsafe ChunkPointer(bitPattern: UInt(truncatingIfNeeded: self)).unsafelyUnwrapped
    }
}

/// The layouts of directories: 2,000 chunks, and at the most 262,000, which hold 268 million
/// events.
private let directoryLayout = ChunkLayout(
    stride: 8, alignment: 8, tagged: false, element: nil, eventsMax: 2_030, sizeClass: 0)
private let largeDirectoryLayout = ChunkLayout(
    stride: 8, alignment: 8, tagged: false, element: nil, eventsMax: 262_000, sizeClass: 7)

extension ChunkPool {
    /// Makes a part of chunks, taking over a reference to each.
    @usableFromInline
    func makePart(_ chunks: inout Queue<UInt64>) -> Part {
        switch chunks.count {
        case 0: return .empty
        case 1: return unsafe Part(chunk: chunks.removeFirst().asChunk)
        default:
            let layout = chunks.count <= 2_030 ? directoryLayout : largeDirectoryLayout
            precondition(
                chunks.count <= 262_000,
                "a partition's part of one atom has more than 268 million events: use smaller atoms"
            )
            let directory = unsafe take(layout)
            let entries = unsafe directory.values(UInt64.self)
            var count = 0
            while !chunks.isEmpty {
                unsafe (entries + count).initialize(to: chunks.removeFirst())
                count += 1
            }
            unsafe directory.pointee.count = Int32(count)
            return unsafe Part(directory: directory)
        }
    }

    /// One holder less for each chunk of the part. Owner's thread only.
    @usableFromInline
    func release(_ part: Part) {
        if part.isEmpty { return }
        if part.isDirectory {
            let directory = unsafe part.chunk
            // Only the last holder may look inside: an earlier one leaves the directory whole.
            unsafe directory.pointee.references &-= 1
            if unsafe directory.pointee.references > 0 { return }
            for index in 0..<part.chunkCount { unsafe release(part.chunk(at: index)) }
            unsafe directory.pointee.references = 1
            unsafe release(directory)
        } else {
            unsafe release(part.chunk)
        }
    }

    /// One holder more for the part as a whole. Owner's thread only.
    @usableFromInline
    func retain(_ part: Part) {
        if !part.isEmpty { unsafe part.chunk.retain() }
    }
}
