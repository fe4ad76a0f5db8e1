// What a comparison comes to, in one word.
import Foundation

/// What may be said of B against A.
public enum Verdict: String, Sendable, Codable, CaseIterable {
    /// B is faster, by more than the noise of equals.
    case faster
    case slower
    /// The ratio lies within the bounds of what counts as equal.
    case equal
    /// Neither is shown: more trials, or a quieter machine.
    case undecided

    /// The verdict on a ratio.
    ///
    /// - Parameters:
    ///   - adjusted: its p-value after `FalseDiscovery.adjusted` over all comparisons.
    ///   - floor: the ratio, at least 1, that two runs of the same may differ by: a smaller
    ///     difference is never called one.
    ///   - delta: differences up to this share count as none; raised to the floor.
    public init(_ ratio: RateRatio, adjusted: Double, floor: Double, delta: Double) {
        let bound = max(log(1 + delta), log(floor))
        let estimate = log(ratio.ratio)
        if adjusted <= Self.falseDiscoveryRate, estimate.magnitude > log(floor),
            !ratio.interval.contains(1)
        {
            self = estimate > 0 ? .faster : .slower
        } else if log(ratio.interval90.lowerBound) > -bound,
            log(ratio.interval90.upperBound) < bound
        {
            self = .equal
        } else {
            self = .undecided
        }
    }

    /// One false call among twenty.
    public static let falseDiscoveryRate = 0.05
}

/// What two sets of trials of the same differ by.
public enum NoiseFloor {
    /// Random halves: their 95th percentile settles to a tenth.
    static let splits = 200

    /// The ratio, at least 1, that a comparison of equals stays within 19 times of 20, as halves of
    /// its own trials show; nil with fewer than four.
    ///
    /// Of cells that ran in the same blocks the halves are of the ratios within the blocks, which
    /// know nothing of the drift from block to block; else they are of the trials of A.
    public static func halves(
        _ a: [ProcessSample], _ b: [ProcessSample], seed: UInt64 = 1
    ) -> Double? {
        let pairs = HierarchicalBootstrap.pairs(b, a)
        if pairs.count >= 4, pairs.count == a.count, pairs.count == b.count {
            // Two means of n / 2 differ by twice what one of n does.
            return reach(pairs.map { log($0.above.rate / $0.below.rate) }, scale: 2, seed: seed)
        }
        // By √2 times what two means of n do.
        return reach(a.map { log($0.rate) }, scale: 2.0.squareRoot(), seed: seed)
    }

    private static func reach(_ logarithms: [Double], scale: Double, seed: UInt64) -> Double? {
        guard logarithms.count >= 4 else { return nil }
        var generator = SeededGenerator(seed: seed)
        let half = logarithms.count / 2
        let distances = (0..<splits).map { _ in
            let drawn = logarithms.shuffled(using: &generator)
            let left = drawn[..<half].reduce(0, +) / Double(half)
            let right = drawn[half..<(2 * half)].reduce(0, +) / Double(half)
            return (left - right).magnitude
        }
        return Quantile.of(distances, 0.95).map { exp($0 / scale) }
    }
}
