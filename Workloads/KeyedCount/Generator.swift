// The source of the keyed count: a pure function of (seed, index), so slices can be made anywhere.

/// The events of a run, each computed from the seed and its index alone.
///
/// Cost: three multiplications an event, no memory.
@frozen
public struct Generator: Sendable, Hashable {
    /// Where the sequence of random numbers starts.
    public let seed: UInt64
    /// Distinct keys, at least 1.
    public let keys: UInt64

    /// Makes the generator of `keys` distinct keys.
    @inlinable public init(seed: UInt64, keys: UInt64) {
        self.seed = seed
        self.keys = keys
    }

    /// The event at a place in the stream.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Occurrence {
        // Scaling by the high half of a product is uniform to within keys / 2^64, without dividing.
        Occurrence(key: splitMix64(seed: seed, index: index).multipliedFullWidth(by: keys).high)
    }
}

/// The number at `index` of the splitmix64 sequence that starts from `seed`.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with
/// the constants of Vigna's `splitmix64.c`. The state after `index + 1` steps is a product, so any
/// place can be reached at once.
@inlinable @inline(__always)
func splitMix64(seed: UInt64, index: UInt64) -> UInt64 {
    var bits = seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits &>> 31)
}
