// The events of the ping-pong and the generator of its starts; all plain bits.

/// A request, and also the event that starts a chain; the portal's key is `chain`.
@frozen
public struct Ping: Sendable, BitwiseCopyable, Hashable {
    /// The chain, from 0.
    public var chain: UInt32
    /// Round trips that the chain has still to make, this one included.
    public var value: UInt64

    /// Makes a request.
    @inlinable public init(chain: UInt32, value: UInt64) {
        self.chain = chain
        self.value = value
    }

    /// The reply that the replier gives; a `Ping` is asked only with a value above 0.
    @inlinable public var reply: Pong { Pong(value: value - 1) }
}

/// The reply: the value of the request, less 1.
@frozen
public struct Pong: Sendable, BitwiseCopyable, Hashable {
    /// Round trips that the chain has still to make.
    public var value: UInt64

    /// Makes a reply.
    @inlinable public init(value: UInt64) { self.value = value }

    /// The next request of the chain, or nil at its end.
    @inlinable public func next(chain: UInt32) -> Ping? {
        value == 0 ? nil : Ping(chain: chain, value: value)
    }
}

/// The starts of the chains, each computed from its index alone; a start of 0 asks nothing.
@frozen
public struct Generator: Sendable, Hashable {
    /// Round trips of every chain.
    public let share: UInt64
    /// Chains that make one more: those below this index.
    public let extra: UInt64

    /// Makes the generator.
    @inlinable public init(share: UInt64, extra: UInt64) {
        self.share = share
        self.extra = extra
    }

    /// The start of the chain at an index below 2^32.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Ping {
        Ping(
            chain: UInt32(truncatingIfNeeded: index), value: share + (index < extra ? 1 : 0))
    }
}
