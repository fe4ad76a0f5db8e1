// What a run of the thread ring must report, made of the tokens that have ended.
import Synthetic

/// The result of a run: the tokens that came out, together.
@frozen
public struct Answer: Summable, BitwiseCopyable, Hashable {
    /// Tokens that ended.
    public var ended: UInt64 = 0
    /// Hops that they made.
    public var hops: UInt64 = 0
    /// Sum of the digests of their ways, modulo 2^64.
    public var sumOfTrails: UInt64 = 0

    /// Makes the answer of a run in which nothing moved.
    @inlinable public init() {}

    /// Takes a token that has ended.
    @inlinable @inline(__always)
    public mutating func take(_ token: Token) {
        ended &+= 1
        hops &+= token.hops
        sumOfTrails &+= token.trail
    }

    /// Takes in what another place has seen.
    public mutating func add(_ other: Answer) {
        ended += other.ended
        hops += other.hops
        sumOfTrails &+= other.sumOfTrails
    }
}
