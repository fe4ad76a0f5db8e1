// The histogram against an exact sort: ranks, error bound, edges, merge.
import PortalsCore
import Testing

@Suite("LatencyHistogram")
struct LatencyHistogramTests {
    static let percentiles: [Double] = [0, 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100]

    /// The value of nearest rank, by sorting.
    func exact(_ values: [UInt64], _ percentile: Double) -> UInt64 {
        let sorted = values.sorted()
        let rank = (percentile / 100 * Double(values.count)).rounded(.up)
        return sorted[max(1, min(values.count, Int(rank))) - 1]
    }

    enum Spread: CaseIterable {
        case small, latencies, allMagnitudes, oneValue

        func draw(_ generator: inout SplitMix) -> UInt64 {
            switch self {
            case .small: generator.next() % 256
            case .latencies: 500 + generator.next() % 3000 * (generator.next() % 400)
            case .allMagnitudes: generator.next() >> (generator.next() % 64)
            case .oneValue: 123_456_789
            }
        }
    }

    @Test(
        "every percentile is the exact one or at most 1/128 above it",
        arguments: Spread.allCases, [1, 2, 3, 100, 5000])
    func percentiles(spread: Spread, count: Int) {
        var generator = SplitMix(state: UInt64(count))
        var histogram = LatencyHistogram(memory: .heap)
        let values = (0..<count).map { _ in spread.draw(&generator) }
        for value in values { histogram.record(value) }
        let (recorded, minimum, maximum) = (
            histogram.count, histogram.minimum, histogram.maximum
        )
        #expect(recorded == UInt64(count))
        #expect(minimum == values.min())
        #expect(maximum == values.max())
        for percentile in Self.percentiles {
            let wanted = exact(values, percentile)
            let got = histogram.value(atPercentile: percentile)!
            #expect(got >= wanted)
            #expect(got - wanted <= wanted / 128)
            if wanted < 256 { #expect(got == wanted) }
        }
    }

    @Test("a value alone beside a larger one keeps the bound at every edge of every octave")
    func edges() {
        var histogram = LatencyHistogram(memory: .heap)
        for bit in 0..<64 as Range<UInt64> {
            for offset in [-1, 0, 1, 2] as [Int64] {
                for fraction in [0, 1, 2] as [UInt64] {
                    let power = (UInt64(1) << bit)
                    let value =
                        (power + power / 4 * fraction) &+ UInt64(bitPattern: offset)
                    histogram.reset()
                    histogram.record(value)
                    histogram.record(.max)
                    let got = histogram.value(atPercentile: 50)!
                    #expect(got >= value && got - value <= value / 128)
                }
            }
        }
    }

    @Test("merged histograms are the histogram of all values")
    func merge() {
        var generator = SplitMix(state: 3)
        var one = LatencyHistogram(memory: .heap)
        var two = LatencyHistogram(memory: .heap)
        var all = LatencyHistogram(memory: .heap)
        for index in 0..<10_000 {
            let value = Spread.latencies.draw(&generator)
            if index % 3 == 0 { one.record(value) } else { two.record(value) }
            all.record(value)
        }
        let nothing = LatencyHistogram(memory: .heap)
        one.merge(two)
        one.merge(nothing)
        #expect(one.count == all.count)
        #expect(one.minimum == all.minimum)
        #expect(one.maximum == all.maximum)
        for percentile in Self.percentiles {
            #expect(
                one.value(atPercentile: percentile) == all.value(atPercentile: percentile))
        }
    }

    @Test("an empty or reset histogram has no values, and its memory goes back")
    func emptyAndReset() {
        let memory = CountedMemory()
        do {
            var histogram = LatencyHistogram(memory: memory.source)
            #expect(memory.bytesOut == 59_392)
            #expect(histogram.value(atPercentile: 50) == nil)
            #expect(histogram.minimum == nil && histogram.maximum == nil)
            histogram.record(7)
            #expect(histogram.value(atPercentile: 50) == 7)
            histogram.reset()
            #expect(histogram.count == 0)
            #expect(histogram.value(atPercentile: 50) == nil)
            histogram.record(9)
            #expect(histogram.minimum == 9 && histogram.maximum == 9)
        }
        #expect(memory.blocksOut == 0)
    }
}
