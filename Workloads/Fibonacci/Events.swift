// The messages of the Fibonacci workload and the generator of its first requests; plain bits.

/// A request for a Fibonacci number, or the response to it.
@frozen
public struct Message: Sendable, BitwiseCopyable, Hashable {
    /// What a message wants.
    @frozen
    public enum Kind: UInt8, Sendable, BitwiseCopyable { case request, response }

    /// Who asks for the whole, in place of the number of a key.
    @inlinable public static var caller: UInt8 { 255 }

    /// The computation that it belongs to.
    public var computation: UInt32
    public var kind: Kind
    /// The number k of the key that sends it, or the caller.
    public var sender: UInt8
    /// The number k of the key that it is sent to, or the caller.
    public var receiver: UInt8
    /// Of a response: the Fibonacci number of its sender.
    public var value: UInt64 = 0

    /// Makes a message.
    @inlinable
    public init(
        _ kind: Kind, computation: UInt32, from sender: UInt8, to receiver: UInt8,
        value: UInt64 = 0
    ) {
        self.kind = kind
        self.computation = computation
        self.sender = sender
        self.receiver = receiver
        self.value = value
    }

    /// The key of the receiver.
    @inlinable @inline(__always)
    public var key: UInt64 { UInt64(computation) << 8 | UInt64(receiver) }
}

/// The first request of each computation, computed from its index alone; all want the same number.
@frozen
public struct Generator: Sendable, Hashable {
    /// The number wanted.
    public let n: UInt8

    /// Makes the generator.
    @inlinable public init(n: UInt8) { self.n = n }

    /// The request of the computation at an index below 2^32.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Message {
        Message(
            .request, computation: UInt32(truncatingIfNeeded: index), from: Message.caller, to: n)
    }
}
