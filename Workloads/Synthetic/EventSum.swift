// Events that one place has seen, as their number and their sum, and how two such differ.

/// The number of events, and a sum that tells them apart.
@frozen
public struct EventSum: Summable, BitwiseCopyable, Hashable {
    /// How many.
    public var events: UInt64 = 0
    /// Sum of their values, modulo 2^64.
    public var sum: UInt64 = 0

    /// Of no events.
    @inlinable public init() {}

    /// Takes an event of a value.
    @inlinable @inline(__always)
    public mutating func take(_ value: UInt64) {
        events &+= 1
        sum &+= value
    }

    /// Takes in what another place has seen.
    @inlinable
    public mutating func add(_ other: EventSum) {
        events += other.events
        sum &+= other.sum
    }

    /// How it differs from what is right, to stand behind a verb; nil where it does not.
    public func difference(from expected: EventSum) -> String? {
        if events != expected.events { return "\(events) events, expected \(expected.events)" }
        if sum != expected.sum { return "events that sum to \(sum), expected \(expected.sum)" }
        return nil
    }
}
