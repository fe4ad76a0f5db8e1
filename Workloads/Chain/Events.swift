// The event of the chains, what a member makes of it, and the generator; plain bits.
import Synthetic

/// What goes through the chain.
@frozen
public struct Item: Sendable, BitwiseCopyable, Hashable {
    /// What the members have made of it.
    public var value: UInt64

    /// Makes an event.
    @inlinable public init(value: UInt64) { self.value = value }

    /// It goes through the member at a place.
    @inlinable @inline(__always)
    public mutating func pass(_ place: UInt64, workSteps: Int) {
        // Odd factor: no member forgets a bit of what the others have made.
        value = value &* 0x9E37_79B9_7F4A_7C15 &+ place &+ 1
        value = computed(value, steps: workSteps)
    }
}

/// The events of a run, each computed from the seed and its index alone.
@frozen
public struct Generator: Sendable, Hashable {
    /// What tells the events of runs apart.
    public let seed: UInt64

    /// Makes the generator.
    @inlinable public init(seed: UInt64) { self.seed = seed }

    /// The event at a place in the stream.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Item { Item(value: seed ^ index) }
}
