// The two sources of the shopping cart: pure functions of (seed, index), so slices can be made
// anywhere and a run can be repeated.

/// The operations on carts: kind, user and item are uniform and independent.
///
/// Cost: five multiplications an event, no memory.
@frozen
public struct OperationGenerator: Sendable, Hashable {
    /// Where this generator's sequence of random numbers starts.
    public let origin: UInt64
    /// Users, at least 1.
    public let users: UInt64
    /// Items, at least 1.
    public let items: UInt64

    /// Makes the generator; the seed gives it another sequence than a `RestockGenerator` gets.
    @inlinable public init(seed: UInt64, users: UInt32, items: UInt32) {
        origin = splitMix64(seed: seed, index: 0)
        self.users = UInt64(users)
        self.items = UInt64(items)
    }

    /// The operation at a place in the stream.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Operation {
        // One random number is a fraction of 64 bits; its digits in the mixed radix (3, users,
        // items) are the three draws. The bias is below 3 × users × items / 2^64.
        let (kind, afterKind) = splitMix64(seed: origin, index: index).multipliedFullWidth(by: 3)
        let (user, afterUser) = afterKind.multipliedFullWidth(by: users)
        let item = afterUser.multipliedFullWidth(by: items).high
        let operationKind: Operation.Kind = kind == 0 ? .add : kind == 1 ? .remove : .checkOut
        return Operation(
            kind: operationKind, user: UInt32(truncatingIfNeeded: user),
            item: operationKind == .checkOut ? 0 : UInt32(truncatingIfNeeded: item))
    }
}

/// The deliveries to the inventory: one unit of a uniform item each.
///
/// Cost: three multiplications an event, no memory.
@frozen
public struct RestockGenerator: Sendable, Hashable {
    /// Where this generator's sequence of random numbers starts.
    public let origin: UInt64
    /// Items, at least 1.
    public let items: UInt64

    /// Makes the generator; the seed gives it another sequence than an `OperationGenerator` gets.
    @inlinable public init(seed: UInt64, items: UInt32) {
        origin = splitMix64(seed: seed, index: 1)
        self.items = UInt64(items)
    }

    /// The delivery at a place in the stream.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Restock {
        let item = splitMix64(seed: origin, index: index).multipliedFullWidth(by: items).high
        return Restock(item: UInt32(truncatingIfNeeded: item))
    }
}

/// The number at `index` of the splitmix64 sequence that starts from `seed`.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with
/// the constants of Vigna's `splitmix64.c`. The state after `index + 1` steps is a product, so any
/// place can be reached at once. The keyed count has the same function: workloads share no module.
@inlinable @inline(__always)
func splitMix64(seed: UInt64, index: UInt64) -> UInt64 {
    var bits = seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits &>> 31)
}
