// Whether a percentile keeps a bound, from how many latencies were over it.

/// A bound on a percentile, such as p99 at most 5 ms.
public struct LatencyObjective: Sendable, Equatable {
    /// The share of latencies that must keep the bound, such as 0.99.
    public let quantile: Double
    public let nanosecondsMax: UInt64
    /// As it was written, such as `p99=5ms`.
    public let text: String

    /// An objective; nil unless the quantile is within 0 and 1 and the bound above zero.
    public init?(quantile: Double, nanosecondsMax: UInt64, text: String) {
        guard quantile > 0, quantile < 1, nanosecondsMax > 0 else { return nil }
        self.quantile = quantile
        self.nanosecondsMax = nanosecondsMax
        self.text = text
    }

    /// What so many latencies show of the bound.
    public enum Outcome: String, Sendable, Codable {
        case met, missed
        case tooFewSamples = "too few samples"
    }

    /// Wrong in one of a hundred decisions at the most.
    static let confidence = 0.99

    /// Whether the share of latencies over the bound is shown to be small enough, or too large.
    ///
    /// By the exact binomial interval of Clopper and Pearson (1934), as MLPerf's early stopping has
    /// it: without a latency over the bound 459 are enough for p99, with 10 over it 2,010. What
    /// is between the two needs more samples.
    public func outcome(samples: UInt64, over: UInt64) -> Outcome {
        precondition(over <= samples, "\(over) of \(samples) latencies can't be over the bound")
        let allowed = 1 - quantile
        let tail = 1 - Self.confidence
        let all = Double(samples)
        let bad = Double(over)
        // P(at most `over` of `samples` | allowed): so few only if the share is smaller.
        let atMost =
            over == samples ? 1 : 1 - StudentT.incompleteBeta(allowed, bad + 1, all - bad)
        if atMost < tail { return .met }
        // P(at least `over`): so many only if it is larger.
        let atLeast = over == 0 ? 1 : StudentT.incompleteBeta(allowed, bad, all - bad + 1)
        return atLeast < tail ? .missed : .tooFewSamples
    }

    /// The same of a histogram, whose buckets are 0.8 % wide: one that holds the bound counts as
    /// over it.
    public func outcome(_ histogram: LatencyHistogram) -> Outcome {
        outcome(
            samples: histogram.count, over: histogram.count(over: nanosecondsMax))
    }
}

extension LatencyHistogram {
    /// Latencies in buckets that reach above `nanoseconds`.
    public func count(over nanoseconds: UInt64) -> UInt64 {
        if let nanosecondsMax, nanosecondsMax <= nanoseconds { return 0 }
        var over: UInt64 = 0
        for index in counts.indices.reversed() {
            guard Self.upperEdge(index) > nanoseconds else { break }
            over += counts[index]
        }
        return over
    }
}
