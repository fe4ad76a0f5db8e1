// What a run of the ping-pong must report, made of the counts of asker and replier.

/// The result of a run: what the replier answered and what the asker emitted.
@frozen
public struct Answer: Sendable, BitwiseCopyable, Hashable {
    /// Requests that the replier answered.
    public var pings: UInt64 = 0
    /// Replies that the asker received and emitted.
    public var pongs: UInt64 = 0
    /// Sum of the emitted values, modulo 2^64.
    public var sumOfValues: UInt64 = 0
    /// Chains that reached 0 by a reply.
    public var chainsEnded: UInt64 = 0

    /// Makes the answer of a run in which nothing was asked.
    @inlinable public init() {}

    /// Counts a request answered.
    @inlinable @inline(__always)
    public mutating func take(_ ping: Ping) { pings &+= 1 }

    /// Counts a reply received.
    @inlinable @inline(__always)
    public mutating func take(_ pong: Pong) {
        pongs &+= 1
        sumOfValues &+= pong.value
        chainsEnded &+= pong.value == 0 ? 1 : 0
    }

    /// Takes in the counts of another partition.
    public mutating func add(_ other: Answer) {
        pings += other.pings
        pongs += other.pongs
        sumOfValues &+= other.sumOfValues
        chainsEnded += other.chainsEnded
    }
}
