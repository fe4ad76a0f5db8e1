// What a run of a chain must report, made of what comes out of it.

/// The result of a run or of one partition of it.
@frozen
public struct Answer: Sendable, BitwiseCopyable, Hashable {
    /// Events that came out.
    public var events: UInt64 = 0
    /// Sum of what the members have made of them, modulo 2^64.
    public var sumOfValues: UInt64 = 0

    /// Makes the answer of a run in which nothing came out.
    @inlinable public init() {}

    /// Takes an event at the end of the chain.
    @inlinable @inline(__always)
    public mutating func take(_ item: Item) {
        events &+= 1
        sumOfValues &+= item.value
    }

    /// Takes in the answer of another partition.
    public mutating func add(_ other: Answer) {
        events += other.events
        sumOfValues &+= other.sumOfValues
    }
}
