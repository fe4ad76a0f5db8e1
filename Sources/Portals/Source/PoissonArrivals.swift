// Times of a Poisson process, for generators with a rate.
import Glibc

extension ArrivalTimes {
    /// A Poisson process, as of many independent users: distances between atoms are exponentially
    /// distributed, scaled so that a period has exactly the rate.
    ///
    /// - Parameters:
    ///   - count: atoms of a period, at least 1.
    ///   - randomBits: 64 random bits for each atom of the period, by its number.
    /// - Cost: eight bytes and a logarithm for each atom of a period.
    public static func poisson(
        count: Int = 1 << 16, randomBits: (_ atom: Int) -> UInt64
    ) -> ArrivalTimes {
        precondition(count >= 1, "a period has at least one atom")
        var times = [0.0]
        var sum = 0.0
        for atom in 0..<count {
            // The argument is above 0 and below 1.
            sum -= log((Double(randomBits(atom) >> 12) + 0.5) * 0x1p-52)
            times.append(sum)
        }
        let length = Double(count)
        let scaled = times.dropLast().map { min($0 * length / sum, length) }
        guard let arrivals = ArrivalTimes(scaled) else {
            preconditionFailure("sums of positive numbers ascend, to their count")
        }
        return arrivals
    }
}
