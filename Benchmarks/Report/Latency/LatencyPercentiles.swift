// The percentiles of a trial's latency, each only where there are samples enough for it.

/// Percentiles of the latency of an atom, in nanoseconds, from its intended time of entry.
public struct LatencyPercentiles: Sendable, Equatable, Codable {
    public var nanosecondsP50: UInt64?
    public var nanosecondsP90: UInt64?
    public var nanosecondsP99: UInt64?
    public var nanosecondsP999: UInt64?
    public var nanosecondsMax: UInt64?

    /// Nothing measured.
    public init() {}

    /// The percentiles of a histogram; those with too few samples stay nil (`SampleSize`).
    public init(_ histogram: LatencyHistogram) {
        self = LatencyPercentiles(unguarded: histogram).supported(bySamples: histogram.count)
    }

    /// The percentiles of a histogram, however few samples it has.
    public init(unguarded histogram: LatencyHistogram) {
        nanosecondsP50 = histogram.nanoseconds(atQuantile: 0.5)
        nanosecondsP90 = histogram.nanoseconds(atQuantile: 0.9)
        nanosecondsP99 = histogram.nanoseconds(atQuantile: 0.99)
        nanosecondsP999 = histogram.nanoseconds(atQuantile: 0.999)
        nanosecondsMax = histogram.nanosecondsMax
    }

    /// The same without the percentiles that `samples` samples are too few for.
    public func supported(bySamples samples: UInt64) -> LatencyPercentiles {
        var result = self
        if samples < SampleSize.needed(forQuantile: 0.5) { result.nanosecondsP50 = nil }
        if samples < SampleSize.needed(forQuantile: 0.9) { result.nanosecondsP90 = nil }
        if samples < SampleSize.needed(forQuantile: 0.99) { result.nanosecondsP99 = nil }
        if samples < SampleSize.needed(forQuantile: 0.999) { result.nanosecondsP999 = nil }
        if samples == 0 { result.nanosecondsMax = nil }
        return result
    }
}
