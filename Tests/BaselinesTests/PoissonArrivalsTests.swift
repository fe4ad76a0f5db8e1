// Whether the Poisson arrivals of a rate are those of a Poisson process.
import Foundation
import Portals
import Testing

@testable import Baselines

@Suite struct PoissonArrivalsTests {
    /// Distances between atoms, of which the mean is 1.
    private func gaps(seed: UInt64) -> [Double] {
        let times = ArrivalTimes.poisson(seed: seed).periods
        return zip(times, times.dropFirst() + [Double(times.count)]).map { $1 - $0 }
    }

    @Test("distances are exponentially distributed", arguments: [1, 2, 3] as [UInt64])
    func distribution(seed: UInt64) {
        let sorted = gaps(seed: seed).sorted()
        let count = Double(sorted.count)
        // Kolmogorov and Smirnov's distance; above this in one of a million samples.
        let distance = sorted.enumerated().map { index, gap in
            let expected = 1 - exp(-gap)
            return max(expected - Double(index) / count, Double(index + 1) / count - expected)
        }.max()
        #expect(distance ?? 1 < 2.7 / count.squareRoot())
    }

    @Test("a distance says nothing of the next one")
    func independence() {
        let gaps = gaps(seed: 4)
        let products = zip(gaps, gaps.dropFirst()).map { ($0 - 1) * ($1 - 1) }
        let correlation = products.reduce(0, +) / Double(products.count)
        // Five standard deviations.
        #expect(abs(correlation) < 5 / Double(products.count).squareRoot())
    }

    @Test("the same seed gives the same times, another one others; the rate is kept")
    func seeds() {
        let times = ArrivalTimes.poisson(seed: 1).periods
        #expect(times == ArrivalTimes.poisson(seed: 1).periods)
        #expect(times != ArrivalTimes.poisson(seed: 2).periods)
        #expect(times.count == 65_536 && abs(gaps(seed: 1).reduce(0, +) - 65_536) < 1e-6)
    }
}
