// The event of the atom alignment, what a task makes of it, and the generator; plain bits.
import Synthetic

/// An event that knows its place in the stream.
@frozen
public struct Cell: Sendable, BitwiseCopyable, Hashable {
    /// Its place in the stream, which says in which atom it belongs.
    public var index: UInt64
    /// What the tasks on its way have made of it.
    public var value: UInt64

    /// Makes an event.
    @inlinable public init(index: UInt64, value: UInt64) {
        self.index = index
        self.value = value
    }

    /// It goes through the forwarding task of a rank, from 1.
    @inlinable @inline(__always)
    public mutating func forward(rank: UInt64, workSteps: Int) {
        // Odd factor: the way back is unique, so any two ways of an event end apart.
        value = value &* 0x9E37_79B9_7F4A_7C15 &+ rank
        value = computed(value, steps: workSteps)
    }
}

/// The events of a run, each computed from the seed and its index alone.
@frozen
public struct Generator: Sendable, Hashable {
    /// What tells the values of runs apart.
    public let seed: UInt64

    /// Makes the generator.
    @inlinable public init(seed: UInt64) { self.seed = seed }

    /// The event at a place in the stream.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Cell { Cell(index: index, value: seed ^ index) }
}
