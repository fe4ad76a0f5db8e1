// The ratio of two systems with the interval in which it lies.

/// The ratio of the medians of two samples, with a bootstrap interval.
public struct RatioOfMedians: Sendable, Equatable {
    /// median(numerator) / median(denominator).
    public let ratio: Double
    /// The interval that 95 % of the resampled ratios lie in; nil with fewer than three trials a
    /// side, of which no interval can honestly be made.
    public let interval: ClosedRange<Double>?

    /// Below this many trials a side there is no interval.
    static let trialsMin = 3

    /// Resamples: the ends of the interval then move by under 1 % of its width from seed to seed.
    static let resamples = 4_000

    /// The ratio; nil if a side is empty or the denominator's median is zero.
    ///
    /// Each side is resampled with replacement, the percentile interval taken (Efron and
    /// Tibshirani 1993, chapter 13). With three to five trials it is coarse: it tells the spread
    /// that was seen, no more.
    public init?(_ numerator: [Double], over denominator: [Double], seed: UInt64 = 1) {
        guard let above = Quantile.median(numerator), let below = Quantile.median(denominator),
            below != 0
        else { return nil }
        ratio = above / below
        guard numerator.count >= Self.trialsMin, denominator.count >= Self.trialsMin else {
            interval = nil
            return
        }
        var generator = SeededGenerator(seed: seed)
        var ratios: [Double] = []
        ratios.reserveCapacity(Self.resamples)
        for _ in 0..<Self.resamples {
            let drawnAbove = numerator.map { _ in
                numerator[Int.random(in: numerator.indices, using: &generator)]
            }
            let drawnBelow = denominator.map { _ in
                denominator[Int.random(in: denominator.indices, using: &generator)]
            }
            if let above = Quantile.median(drawnAbove), let below = Quantile.median(drawnBelow),
                below != 0
            {
                ratios.append(above / below)
            }
        }
        guard let low = Quantile.of(ratios, 0.025), let high = Quantile.of(ratios, 0.975) else {
            interval = nil
            return
        }
        interval = low...high
    }
}
