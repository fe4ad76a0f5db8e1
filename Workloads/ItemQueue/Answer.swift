// What a consumer must report of the items that it took, and the right answer.

/// What a consumer took, item by item.
@frozen
public struct Answer: Sendable, BitwiseCopyable, Hashable {
    /// Items taken.
    public var items: UInt64
    /// 31 times the digest before, plus the item; modulo 2^64.
    public var digest: UInt64

    /// What a consumer that took nothing has.
    @inlinable
    public init() {
        items = 0
        digest = 0
    }

    /// What a consumer says that it took.
    @inlinable
    public init(items: UInt64, digest: UInt64) {
        self.items = items
        self.digest = digest
    }

    /// Takes the next item.
    @inlinable @inline(__always)
    public mutating func take(_ item: UInt64) {
        items &+= 1
        digest = digest &* 31 &+ item
    }
}

/// Computes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer, in closed form of doubling: it shares no loop with what it checks.
    ///
    /// The digest of n items is the sum of i · 31^(n−1−i). With p = 31^n, s = the sum of 31^k for k
    /// below n and d that digest, twice as many have p², s·(p + 1) and d·p + d + n·s; one more has
    /// 31·p, 31·s + 1 and 31·d + n.
    public func expected() -> Answer {
        let items = definition.items
        var (count, power, sum, digest): (UInt64, UInt64, UInt64, UInt64) = (0, 1, 0, 0)
        for bit in (0..<(64 - items.leadingZeroBitCount)).reversed() {
            digest = digest &* power &+ digest &+ count &* sum
            sum = sum &* (power &+ 1)
            power = power &* power
            count = count &* 2
            if items >> UInt64(bit) & 1 == 1 {
                digest = 31 &* digest &+ count
                sum = 31 &* sum &+ 1
                power = 31 &* power
                count += 1
            }
        }
        return Answer(items: items, digest: digest)
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        if answer.items != expected.items {
            return "the consumer took \(answer.items) items, expected \(expected.items)"
        }
        if answer.digest != expected.digest {
            return "\(answer.items) items came in another order, or were other ones: their digest "
                + "is \(answer.digest), expected \(expected.digest)"
        }
        return nil
    }
}
