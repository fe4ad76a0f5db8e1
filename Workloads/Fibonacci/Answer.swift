// What a run of the Fibonacci workload must report, made of the messages that were sent.
import Synthetic

/// The result of a run.
@frozen
public struct Answer: Summable, BitwiseCopyable, Hashable {
    /// Computations that ended.
    public var ended: UInt64 = 0
    /// Sum of their numbers, modulo 2^64.
    public var sumOfValues: UInt64 = 0
    /// Messages that keys sent, those to the caller among them.
    public var sent: UInt64 = 0

    /// Makes the answer of a run in which nothing was sent.
    @inlinable public init() {}

    /// Takes a message that a key has sent.
    @inlinable @inline(__always)
    public mutating func take(_ message: Message) {
        sent &+= 1
        if message.receiver == Message.caller {
            ended &+= 1
            sumOfValues &+= message.value
        }
    }

    /// Takes in what another place has seen.
    public mutating func add(_ other: Answer) {
        ended += other.ended
        sumOfValues &+= other.sumOfValues
        sent += other.sent
    }
}
