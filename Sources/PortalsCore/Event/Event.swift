// What flows: events with 64-bit keys, and the partition that a key belongs to.

/// A value that travels in atoms.
///
/// Trivial types (numbers, and structs and enums of them) are the fast ones: a chunk of them is
/// copied as memory and destroyed for free. Types with references work too, at the price of their
/// counts.
public protocol Event: Sendable {}

/// The scope of per-key state, and what chooses the partition.
public typealias Key = UInt64

extension UInt8: Event {}
extension UInt16: Event {}
extension UInt32: Event {}
extension UInt64: Event {}
extension Int8: Event {}
extension Int16: Event {}
extension Int32: Event {}
extension Int64: Event {}
extension UInt: Event {}
extension Int: Event {}
extension Float: Event {}
extension Double: Event {}
extension Bool: Event {}
extension String: Event {}
extension Never: Event {}
extension Array: Event where Element: Event {}

/// The partition, in `0..<count`, that owns a key.
///
/// The multiplier differs from the state table's, so that the keys of one partition still spread
/// over its table. A multiplication and a shift instead of a remainder: about 1 ns less an event.
@inlinable @inline(__always)
public func partition(of key: Key, count: Int) -> Int {
    if count == 1 { return 0 }
    let mixed = (key ^ (key >> 32)) &* 0xD6E8_FEB8_6659_FD93
    return Int(
        truncatingIfNeeded: (mixed ^ (mixed >> 32)).multipliedFullWidth(
            by: UInt64(truncatingIfNeeded: count)
        ).high)
}
