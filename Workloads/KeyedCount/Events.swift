// The two events of the keyed count; both are plain bits.

/// One event: its key occurred once more.
@frozen
public struct Occurrence: Sendable, BitwiseCopyable, Hashable {
    /// The key that occurred, to be taken as an opaque 64-bit number.
    public var key: UInt64

    /// Makes the occurrence of a key.
    @inlinable public init(key: UInt64) { self.key = key }
}

/// The record emitted for each event: how often its key has occurred so far.
@frozen
public struct RunningCount: Sendable, BitwiseCopyable, Hashable {
    /// The key that was counted.
    public var key: UInt64
    /// Occurrences of the key up to and including this one, at least 1.
    public var count: UInt64

    /// Makes the record of a key's count.
    @inlinable public init(key: UInt64, count: UInt64) {
        self.key = key
        self.count = count
    }
}
