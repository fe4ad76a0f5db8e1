// The token of the thread ring and the generator of tokens; plain bits.

/// What goes round.
@frozen
public struct Token: Sendable, BitwiseCopyable, Hashable {
    /// Hops that it has still to make.
    public var remaining: UInt64
    /// Hops that it has made.
    public var hops: UInt64 = 0
    /// Digest of the members it has passed, in their order.
    public var trail: UInt64

    /// Makes a token that has not moved.
    @inlinable
    public init(remaining: UInt64, trail: UInt64) {
        self.remaining = remaining
        self.trail = trail
    }

    /// It passes the member at a place.
    @inlinable @inline(__always)
    public mutating func pass(_ place: UInt64) {
        remaining &-= remaining > 0 ? 1 : 0
        hops &+= 1
        trail = trail &* Self.multiplier &+ place &+ 1
    }

    /// Odd, so that no hop forgets a bit: 2^64 divided by the golden ratio.
    @usableFromInline static var multiplier: UInt64 { 0x9E37_79B9_7F4A_7C15 }
}

/// The tokens, each computed from the seed and its index alone.
@frozen
public struct Generator: Sendable, Hashable {
    /// Where the digests begin.
    public let seed: UInt64
    /// Hops wanted of every token.
    public let share: UInt64
    /// Tokens that are to make one more: those below this index.
    public let extra: UInt64

    /// Makes the generator.
    @inlinable public init(seed: UInt64, share: UInt64, extra: UInt64) {
        self.seed = seed
        self.share = share
        self.extra = extra
    }

    /// The token at an index.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Token {
        // The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014) tells the tokens apart.
        var bits = seed &+ (index &+ 1) &* Token.multiplier
        bits = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
        return Token(remaining: share + (index < extra ? 1 : 0), trail: bits ^ (bits &>> 31))
    }
}
