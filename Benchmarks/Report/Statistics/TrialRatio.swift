// The ratio that a table shows: of the trials of two cells, with its interval if there are enough.

/// The ratio of the rates of two cells.
public struct TrialRatio: Sendable, Equatable {
    /// Of three trials a side and more that of `HierarchicalBootstrap`, pair by pair where both ran
    /// in the same blocks; of fewer median over median.
    public let ratio: Double
    /// Where it lies with 95 % confidence; nil with fewer trials, of which no interval can honestly
    /// be made.
    public let interval: ClosedRange<Double>?

    /// Resamples: the ends of an interval then move by 2 % of its width from seed to seed, less
    /// than a table prints.
    static let resamples = 2_000

    /// The ratio; nil if a side is empty or a rate is none.
    public init?(_ numerator: [ProcessSample], over denominator: [ProcessSample]) {
        if let ratio = HierarchicalBootstrap.ratio(
            numerator, over: denominator, resamples: Self.resamples)
        {
            self.ratio = ratio.ratio
            interval = ratio.interval
            return
        }
        guard let above = Quantile.median(numerator.map(\.rate)),
            let below = Quantile.median(denominator.map(\.rate)), above > 0, below > 0
        else { return nil }
        ratio = above / below
        interval = nil
    }
}

extension ResultRow {
    /// The trial as a comparison takes it; nil if its figures don't count.
    ///
    /// - Parameter intervals: rates of its intervals, where they were read.
    func sample(intervals: [Double] = []) -> ProcessSample? {
        guard status.counts, let rate = figures.eventsPerSecond, rate > 0 else { return nil }
        return ProcessSample(block: seed, rate: rate, intervals: intervals)
    }
}
