// Statistics against worked examples.
import Report
import Testing

@Suite("statistics")
struct StatisticsTests {
    @Test("the median is the middle, or the mean of the two middles")
    func median() {
        #expect(Quantile.median([3, 1, 2]) == 2)
        #expect(Quantile.median([4, 1, 2, 3]) == 2.5)
        #expect(Quantile.median([]) == nil)
    }

    @Test("quantiles interpolate as R and NumPy do")
    func quantiles() {
        // numpy.quantile([1, 2, 3, 4, 10], [0.1, 0.9, 1]) == [1.4, 7.6, 10]
        let values = [10.0, 1, 2, 3, 4]
        #expect(abs((Quantile.of(values, 0.1) ?? 0) - 1.4) < 1e-12)
        #expect(abs((Quantile.of(values, 0.9) ?? 0) - 7.6) < 1e-12)
        #expect(Quantile.of(values, 1) == 10)
    }

    @Test("percentiles need the samples of MLPerf's arithmetic")
    func sampleSize() {
        #expect(SampleSize.needed(forQuantile: 0.5) == 2_654)
        #expect(SampleSize.needed(forQuantile: 0.9) == 23_886)
        #expect(SampleSize.needed(forQuantile: 0.99) == 262_742)
        #expect(SampleSize.needed(forQuantile: 0.999) == 2_651_305)
        #expect(
            SampleSize.needed(forQuantile: 0.99, marginOfTail: SampleSize.marginOfTailInRatios)
                == 2_628)
    }

    @Test("the ratio of a table has an interval that holds it, from three trials up")
    func ratio() throws {
        func ratio(_ above: [Double], _ below: [Double]) -> TrialRatio? {
            TrialRatio(samples(above), over: samples(below))
        }
        // Block by block twice as fast, whatever else the machine did meanwhile.
        #expect(abs(try #require(ratio([20, 22, 30], [10, 11, 15])).ratio - 2) < 1e-9)
        let paired = try #require(ratio([20, 22, 30], [10, 11, 15])?.interval)
        #expect(paired.upperBound - paired.lowerBound < 1e-9)
        let interval = try #require(ratio([20, 22, 24, 23], [10, 11, 12, 11])?.interval)
        #expect(interval.lowerBound < 2 && interval.upperBound > 2)
        #expect(interval.lowerBound > 1.8 && interval.upperBound < 2.3)
        // Not in pairs: the spread of both sides counts.
        #expect(try #require(ratio([20, 22, 24], [10, 11, 12, 15])?.interval).upperBound > 2.2)
        #expect(ratio([20, 22], [10, 11, 12])?.interval == nil)
        #expect(ratio([20], [10])?.ratio == 2)
        #expect(ratio([], [10]) == nil)
        #expect(ratio([1], [0]) == nil)
    }

    @Test("the generator draws the published numbers of SplitMix64")
    func generator() {
        var generator = SeededGenerator(seed: 1_234_567)
        let drawn = (0..<3).map { _ in generator.next() }
        #expect(
            drawn == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }
}

@Suite("latency histogram")
struct LatencyHistogramTests {
    @Test("latencies below 256 ns are exact")
    func exact() {
        var histogram = LatencyHistogram()
        for value in 1...100 { histogram.record(nanoseconds: UInt64(value)) }
        #expect(histogram.nanoseconds(atQuantile: 0.5) == 50)
        #expect(histogram.nanoseconds(atQuantile: 0.99) == 99)
        #expect(histogram.nanoseconds(atQuantile: 1) == 100)
        #expect(histogram.count == 100)
    }

    @Test("larger latencies are at most 1/128 too large and never too small")
    func bounded() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<10_000 {
            let value = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
            var histogram = LatencyHistogram()
            histogram.record(nanoseconds: value)
            histogram.record(nanoseconds: .max)  // So that the largest sample does not cut it off.
            let read = histogram.nanoseconds(atQuantile: 0.5) ?? 0
            #expect(read >= value && read - value <= value / 128, "\(value) was read as \(read)")
        }
    }

    @Test("merged histograms are as if one had recorded all")
    func merge() {
        var all = LatencyHistogram()
        var parts = [LatencyHistogram(), LatencyHistogram()]
        for value in 0..<5_000 {
            all.record(nanoseconds: UInt64(value * value))
            parts[value % 2].record(nanoseconds: UInt64(value * value))
        }
        parts[0].merge(parts[1])
        #expect(LatencyPercentiles(parts[0]) == LatencyPercentiles(all))
        #expect(parts[0].count == all.count)
    }

    @Test("percentiles with too few samples stay empty")
    func tooFew() {
        var histogram = LatencyHistogram()
        #expect(LatencyPercentiles(histogram) == LatencyPercentiles())
        histogram.record(nanoseconds: 7, times: 23_886)
        let percentiles = LatencyPercentiles(histogram)
        #expect(percentiles.nanosecondsP50 == 7)
        #expect(percentiles.nanosecondsP90 == 7)
        #expect(percentiles.nanosecondsP99 == nil)
        #expect(percentiles.nanosecondsMax == 7)
        #expect(percentiles.supported(bySamples: 23_885).nanosecondsP90 == nil)
    }
}
