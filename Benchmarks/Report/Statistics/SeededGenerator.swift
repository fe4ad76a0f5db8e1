// A random generator that is a function of its seed, so that orders and resamples can be repeated.

/// SplitMix64 (Steele, Lea, Flood 2014): eight bytes of state, passes BigCrush, same everywhere.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator that draws the same numbers for the same seed.
    public init(seed: UInt64) { state = seed }

    /// A number from 0 to `count` - 1, each as likely but for 2⁻⁴⁰; faster than `Int.random`.
    mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
