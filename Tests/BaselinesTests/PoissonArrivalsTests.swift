// Whether the Poisson arrivals of a rate are those of a Poisson process.
import Foundation
import Portals
import Report
import Testing

@Suite struct PoissonArrivalsTests {
    private func arrivals(seed: UInt64) -> ArrivalTimes {
        var random = SeededGenerator(seed: seed)
        return .poisson { _ in random.next() }
    }

    @Test("distances are exponentially distributed", arguments: [1, 2, 3] as [UInt64])
    func distribution(seed: UInt64) {
        let sorted = arrivals(seed: seed).gaps.sorted()
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
        let gaps = arrivals(seed: 4).gaps
        let products = zip(gaps, gaps.dropFirst()).map { ($0 - 1) * ($1 - 1) }
        let correlation = products.reduce(0, +) / Double(products.count)
        // Five standard deviations.
        #expect(abs(correlation) < 5 / Double(products.count).squareRoot())
    }

    @Test("the same bits give the same times, others do not; the rate is kept, also by extremes")
    func bits() {
        let arrivals = arrivals(seed: 1)
        #expect(arrivals.times == self.arrivals(seed: 1).times)
        #expect(arrivals.times != self.arrivals(seed: 2).times)
        #expect(arrivals.times.count == 65_536)
        #expect(abs(arrivals.gaps.reduce(0, +) - 65_536) < 1e-6)
        for bits in [0, .max] as [UInt64] {
            #expect(ArrivalTimes.poisson(count: 3) { _ in bits }.times == [0, 1, 2])
        }
        #expect(ArrivalTimes.poisson(count: 1) { _ in 5 }.times == [0])
    }
}
