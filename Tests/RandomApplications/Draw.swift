// Random choices from a seed.

/// A generator of random numbers (Steele, Lea, Flood, OOPSLA 2014).
package struct Draw {
    private var state: UInt64

    /// Scatters the seeds first: the streams of neighbours would be each other's, shifted.
    package init(seed: UInt64) {
        state = seed &* 0xD6E8_FEB8_6659_FD93 &+ 0x2545_F491_4F6C_DD1D
        state = next() ^ (state << 17)
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in `0..<count`.
    package mutating func below(_ count: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// True in so many of a hundred cases.
    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    package mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}
