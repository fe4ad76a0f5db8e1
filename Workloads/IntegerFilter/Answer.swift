// What a run of the filter must report; the sink of each partition makes a part of it.
import Synthetic

/// The sink of a run or of one of its partitions: how many integers passed, and their sum.
@frozen
public struct Answer: Summable, BitwiseCopyable, Hashable {
    /// Integers kept.
    public var kept: UInt64 = 0
    /// Sum of those kept; below 2^64 for any range of 32-bit integers.
    public var sum: UInt64 = 0

    /// Makes the answer of an empty stream.
    @inlinable public init() {}

    /// Takes one kept integer.
    @inlinable @inline(__always)
    public mutating func take(_ integer: Integer) {
        kept &+= 1
        sum &+= UInt64(integer.value)
    }

    /// Takes in the answer of another partition.
    public mutating func add(_ other: Answer) {
        kept += other.kept
        sum += other.sum
    }
}
