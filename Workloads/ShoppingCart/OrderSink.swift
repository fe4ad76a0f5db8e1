// What is kept of the stream of orders: totals, and a digest that depends on every field and place.

/// The sink of the order stream on one partition; plain bits.
///
/// Give it every order event in the stream's order, and call `endAtom` at the end of each atom.
@frozen
public struct OrderSink: Sendable, BitwiseCopyable, Hashable {
    /// Events received.
    public var parts: UInt64 = 0
    /// Orders received, counted by their last part.
    public var orders: UInt64 = 0
    /// Items in them.
    public var items: UInt64 = 0
    /// A hash of all events, their order, and where atoms end.
    public var digest: UInt64 = 0
    /// `parts` when the last atom ended.
    @usableFromInline var partsAtAtomEnd: UInt64 = 0

    /// Makes an empty sink.
    @inlinable public init() {}

    /// Takes the next event.
    @inlinable @inline(__always)
    public mutating func take(_ order: Order) {
        parts += 1
        orders += order.continues ? 0 : 1
        items += UInt64(order.count)
        fold(UInt64(order.user) | UInt64(order.number) << 32)
        fold(UInt64(order.count) | (order.continues ? 1 << 8 : 0) | UInt64(order.items[0]) << 32)
        // Items beyond `count` are 0 and are folded all the same: no branch on the length.
        fold(UInt64(order.items[1]) | UInt64(order.items[2]) << 32)
        fold(UInt64(order.items[3]) | UInt64(order.items[4]) << 32)
    }

    /// Ends an atom; an atom without events on this partition leaves no trace, as none is
    /// published.
    @inlinable @inline(__always)
    public mutating func endAtom() {
        if parts == partsAtAtomEnd { return }
        partsAtAtomEnd = parts
        // No event folds this: as first word it would be user and number 2^32 - 1.
        fold(.max)
    }

    /// Mixes one word in: a multiplication carries upwards, the shift brings the top back down, so
    /// that each bit of each earlier word reaches the whole digest after two more words.
    @inlinable @inline(__always)
    mutating func fold(_ word: UInt64) {
        let product = (digest ^ word) &* 0x9E37_79B9_7F4A_7C15
        digest = (product ^ (product &>> 32)) &+ 0xD1B5_4A32_D192_ED03
    }
}
