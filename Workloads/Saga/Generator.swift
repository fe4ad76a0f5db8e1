// The source of orders: a pure function of (seed, index), so slices can be made anywhere.
import Glibc

/// The orders of a run, each computed from the seed and its index alone.
///
/// Cost: three random numbers and two reads of a table of 8 bytes an item.
@frozen
public struct Generator: Sendable, Hashable {
    @usableFromInline let seed: UInt64
    @usableFromInline let concurrency: UInt64
    @usableFromInline let steps: UInt8
    @usableFromInline let position: FailurePosition
    /// Of 2^32: the probability that a step fails, and that one of all does.
    @usableFromInline let stepFailure: UInt64
    @usableFromInline let orderFailure: UInt64
    @usableFromInline let items: ZipfTable

    /// Makes the generator of a run.
    public init(_ definition: Definition) {
        seed = definition.seed
        concurrency = definition.concurrency
        steps = UInt8(definition.steps)
        position = definition.failurePosition
        let probability = Double(definition.failurePercent) / 100
        stepFailure = UInt64(probability * 0x1p32)
        orderFailure = UInt64((1 - pow(1 - probability, Double(definition.steps))) * 0x1p32)
        items = ZipfTable(
            count: Int(definition.items), exponent: Double(definition.skewHundredths) / 100)
    }

    /// The order at a place in the stream.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Order {
        let group = concurrency == 1 ? index : index / concurrency
        let bits = splitMix64(seed: seed ^ 0xA076_1D64_78BD_642F, index: index)
        return Order(
            number: index, item: items.draw(splitMix64(seed: seed, index: group)),
            amount: UInt16(truncatingIfNeeded: bits) & 0xFF | 1, failsAt: failsAt(index, bits))
    }

    @inlinable @inline(__always)
    func failsAt(_ index: UInt64, _ bits: UInt64) -> UInt8 {
        if stepFailure == 0 { return steps }
        if position != .any {
            if bits >> 32 >= orderFailure { return steps }
            return position == .first ? 0 : steps - 1
        }
        // A draw for each step, two from each number.
        var step: UInt8 = 0
        while step < steps {
            let draw = splitMix64(
                seed: seed ^ 0xE703_7ED1_A0B4_28DB,
                index: index &* UInt64(Order.stepsMax) &+ UInt64(step))
            if draw >> 32 < stepFailure { return step }
            step += 1
        }
        return steps
    }
}

/// Draws numbers below `count` with probabilities that fall as (rank + 1)^−exponent.
///
/// Source: the alias method (Walker 1977; set up as Vose 1991): a draw is one table place, and its
/// own number or its alias.
@frozen
public struct ZipfTable: Sendable, Hashable {
    /// The share of each place that is its own, of 2^32, in the high half; its alias in the low.
    @usableFromInline let places: [UInt64]

    /// Makes the table; cost: `count` powers.
    public init(count: Int, exponent: Double) {
        let weights = (0..<count).map { pow(Double($0 + 1), -exponent) }
        let mean = weights.reduce(0, +) / Double(count)
        var shares = weights.map { $0 / mean }
        var places = (0..<count).map { 0xFFFF_FFFF << 32 | UInt64($0) }
        var small = shares.indices.filter { shares[$0] < 1 }
        var large = shares.indices.filter { shares[$0] >= 1 }
        while let low = small.popLast(), let high = large.popLast() {
            places[low] = UInt64(shares[low] * 0xFFFF_FFFF) << 32 | UInt64(high)
            shares[high] -= 1 - shares[low]
            if shares[high] < 1 { small.append(high) } else { large.append(high) }
        }
        self.places = places
    }

    /// The number that random bits stand for.
    @inlinable @inline(__always)
    public func draw(_ bits: UInt64) -> UInt32 {
        let product = bits.multipliedFullWidth(by: UInt64(places.count))
        let place = places[Int(product.high)]
        // The low half of the product is as random as the bits, and independent of the place.
        let isOwn = product.low >> 32 <= place >> 32
        return UInt32(truncatingIfNeeded: isOwn ? product.high : place)
    }
}

/// The number at `index` of the splitmix64 sequence that starts from `seed`.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
@inlinable @inline(__always)
func splitMix64(seed: UInt64, index: UInt64) -> UInt64 {
    var bits = seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits &>> 31)
}
