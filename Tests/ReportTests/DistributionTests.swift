// Distributions and bounds against the figures of SciPy 1.17, and arithmetic that can be done by
// hand.
import Testing

@testable import Report

@Suite("distributions")
struct DistributionTests {
    @Test(
        "Student's distribution has SciPy's values",
        arguments: [
            (2.776445105, 4.0, 0.9749999999949402), (-1.5, 2.5, 0.12391822654314809),
            (0.3, 30.0, 0.6168769473578236), (5.0, 1.0, 0.9371670418109987),
        ])
    func student(value: Double, degrees: Double, share: Double) {
        #expect((StudentT.cumulative(value, degrees: degrees) - share).magnitude < 1e-9)
        #expect((StudentT.quantile(share, degrees: degrees) - value).magnitude < 1e-6)
    }

    @Test("the normal distribution has SciPy's values")
    func normal() {
        #expect((Normal.cumulative(-1.96) - 0.024997895148220435).magnitude < 1e-12)
        #expect(Normal.cumulative(0) == 0.5)
    }

    @Test(
        "a bound on a percentile is met, missed, or needs more samples",
        arguments: [
            // P(no latency over the bound | 1 %) is 0.0099 for 459 samples and 0.0100 for 458.
            (459, 0, LatencyObjective.Outcome.met), (458, 0, .tooFewSamples),
            // P(at least 30 of 1,000 | 1 %) is 3e-7.
            (1_000, 30, .missed), (1_000, 12, .tooFewSamples), (1_000_000, 9_700, .met),
            (1_000_000, 10_300, .missed), (0, 0, .tooFewSamples), (5, 5, .missed),
        ] as [(UInt64, UInt64, LatencyObjective.Outcome)])
    func objective(samples: UInt64, over: UInt64, outcome: LatencyObjective.Outcome) throws {
        let objective = try #require(
            LatencyObjective(quantile: 0.99, nanosecondsMax: 5_000_000, text: "p99=5ms"))
        #expect(objective.outcome(samples: samples, over: over) == outcome)
    }

    @Test("latencies over a bound are counted by the buckets that reach above it")
    func over() {
        var histogram = LatencyHistogram()
        for value in [100, 200, 200, 5_000_000, 6_000_000] as [UInt64] {
            histogram.record(nanoseconds: value)
        }
        #expect(histogram.count(over: 200) == 2)
        #expect(histogram.count(over: 199) == 4)
        #expect(histogram.count(over: 5_500_000) == 1)
        #expect(histogram.count(over: 6_000_000) == 0)
    }
}
