// A digest of a sequence of events: what two runs of a step are compared by.

/// Events taken in one after the other, condensed into 32 bits.
///
/// A sum of mixed words, each with its place: the words of a chunk do not wait for each other, and
/// how the events are cut into chunks does not matter. Not a checksum against malice: a difference
/// stays unseen once in four thousand million times.
@safe @usableFromInline
struct EventDigest: BitwiseCopyable {
    private var sum: UInt64 = 0
    private var count: UInt64 = 0

    /// Odd, and far from any stride that events have (2⁶⁴ over the golden ratio).
    static let placeStep: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Where a column of the events from a position on begins.
    static func place(_ position: UInt64, column: Int) -> UInt64 {
        position &* placeStep &+ UInt64(column) &* 0xD1B5_4A32_D192_ED03
    }

    /// Bits of a word spread over all of another (the finisher of splitmix64, half of it).
    @inline(__always)
    static func mix(_ word: UInt64) -> UInt64 {
        let product = (word ^ word &>> 32) &* 0xD6E8_FEB8_6659_FD93
        return product ^ product &>> 29
    }

    /// Takes in a chunk and, where the events have any, their keys.
    mutating func take(_ chunk: ChunkPointer, _ keys: KeyColumn?, _ shape: DigestShape?) {
        let events = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
        if let keys = unsafe keys {
            var place = Self.place(count, column: 0)
            for index in 0..<events {
                unsafe sum &+= Self.mix(keys[index] &+ place)
                place &+= Self.placeStep
            }
        }
        // A refusal has no values.
        if let shape, unsafe !chunk.pointee.isRefusal {
            let values = unsafe UnsafeRawPointer(chunk) + Int(chunk.pointee.valueOffset)
            unsafe sum &+= shape.sum(values, count: events, from: count)
        }
        count &+= UInt64(truncatingIfNeeded: events)
    }

    /// Takes in that the events from here on go elsewhere.
    mutating func divide(_ destination: Int) {
        sum &+= Self.mix(count &* Self.placeStep &+ UInt64(destination))
    }

    /// The digest of what was taken in.
    var value: UInt32 {
        let mixed = Self.mix(sum &+ count &* 0xA076_1D64_78BD_642F)
        return UInt32(truncatingIfNeeded: mixed ^ mixed &>> 32)
    }
}

/// What an outlet gives in a step that is looked at, on its way through.
@safe @usableFromInline
final class OutputDigest {
    private let shape: DigestShape
    private var digest = EventDigest()

    @usableFromInline init(_ shape: DigestShape) { self.shape = shape }

    func take(_ chunk: ChunkPointer, _ keys: KeyColumn?) { unsafe digest.take(chunk, keys, shape) }

    /// Takes in what is sent to the partitions, one after the other.
    func take(_ buffers: PartBuffers) {
        for destination in 0..<buffers.count {
            digest.divide(destination)
            let buffer = unsafe buffers.buffers + destination
            unsafe buffer.pointee.close()
            for index in unsafe 0..<buffer.pointee.full.count {
                unsafe digest.take(buffer.pointee.full[index].asChunk, nil, shape)
            }
        }
    }

    /// The digest of the step; the next one begins.
    func end() -> UInt32 {
        defer { digest = EventDigest() }
        return digest.value
    }
}
