// Times of a Poisson process, for generators with a rate.
import Foundation
import Portals
import Report

extension ArrivalTimes {
    /// Arrivals of a period.
    private static let poissonCount = 1 << 16

    /// A Poisson process: distances between atoms are exponentially distributed, scaled so that a
    /// period of 65,536 atoms has exactly the rate. The same seed gives the same times.
    ///
    /// - Cost: half a megabyte, and a logarithm for each atom of the period.
    static func poisson(seed: UInt64) -> ArrivalTimes {
        var random = SeededGenerator(seed: seed ^ 0x706F_6973_736F_6E00)
        var times = [0.0]
        var sum = 0.0
        for _ in 0..<poissonCount {
            // The argument is above 0 and below 1.
            sum -= log((Double(random.next() >> 12) + 0.5) * 0x1p-52)
            times.append(sum)
        }
        let count = Double(poissonCount)
        let scaled = times.dropLast().map { min($0 * count / sum, count) }
        guard let arrivals = ArrivalTimes(periods: scaled) else {
            preconditionFailure("sums of positive numbers ascend, to their count")
        }
        return arrivals
    }
}
