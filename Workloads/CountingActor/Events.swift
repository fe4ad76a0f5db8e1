// The event of the counting actor and its generator: a pure function of (seed, index).

/// What is counted; plain bits.
@frozen
public struct Value: Sendable, BitwiseCopyable, Hashable {
    /// The integer.
    public var integer: UInt64

    /// Makes the event of an integer.
    @inlinable public init(_ integer: UInt64) { self.integer = integer }
}

/// The events of a run, each computed from the seed and its index alone.
@frozen
public struct Generator: Sendable, Hashable {
    /// Where the sequence of random numbers starts.
    public let seed: UInt64

    /// Makes the generator.
    @inlinable public init(seed: UInt64) { self.seed = seed }

    /// The event at a place in the stream.
    ///
    /// Cost: one multiplication that the next event does not wait for, and a shift. No closed form
    /// of the sum is known to a compiler, which would skip a loop over the integers themselves.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Value {
        let product = (seed ^ index) &* 0x9E37_79B9_7F4A_7C15
        return Value(product ^ (product &>> 32))
    }
}
