// The ratio of two cells of a matrix, over processes and the intervals within them, and the
// interval in which it lies.
import Foundation

/// One process of a cell: its rate, and that of each interval of its window.
public struct ProcessSample: Sendable, Equatable {
    /// Samples of two cells with the same block ran next to each other.
    public var block: UInt64
    /// Events a second over the whole window; positive.
    public var rate: Double
    /// The same of each interval; empty where there is no series.
    public var intervals: [Double]

    /// A process of a block.
    public init(block: UInt64, rate: Double, intervals: [Double] = []) {
        self.block = block
        self.rate = rate
        self.intervals = intervals
    }
}

/// The ratio of the rates of two cells, estimated over their processes.
public struct RateRatio: Sendable, Equatable {
    /// Geometric mean of the numerator's rates over that of the denominator's.
    public let ratio: Double
    /// Where the ratio lies with 95 % confidence.
    public let interval: ClosedRange<Double>
    /// Where it lies with 90 % confidence: what a test for being equal asks (TOST).
    public let interval90: ClosedRange<Double>
    /// Probability of a ratio this far from 1 where there is no difference.
    public let pValue: Double
    /// Standard error of the ratio's logarithm.
    public let standardError: Double
    /// Degrees of freedom of that error.
    public let degrees: Double
    /// Pairs of processes of the same block; else the processes were compared without regard to
    /// when they ran.
    public let isPaired: Bool
    /// Processes of either side that went in; of pairs, their number.
    public let processes: (numerator: Int, denominator: Int)

    public static func == (left: RateRatio, right: RateRatio) -> Bool {
        left.ratio == right.ratio && left.interval == right.interval
            && left.pValue == right.pValue && left.processes == right.processes
    }
}

/// Resampling over two levels: processes, and the intervals of each.
///
/// Repetitions belong at the level with the most variance, which is that of processes (Kalibera and
/// Jones, ISMM 2013): so processes are drawn with replacement, and of each process drawn its
/// intervals again. Where both cells ran in the same blocks, whole blocks are drawn: what was slow
/// for one was slow for the other. The statistic is the mean of the logarithms, so that A over B
/// is one over B over A.
///
/// With few processes the percentile interval is too narrow; it is widened to what Student's
/// distribution asks (the expanded percentile interval: Hesterberg, The American Statistician
/// 2015). `pValue` is Student's as well, of the bootstrap's standard error with the same
/// correction. Tests check both against 200 comparisons of equals.
public enum HierarchicalBootstrap {
    /// Resamples: the ends of a 95 % interval then move by about 1 % of its width.
    public static let resamples = 10_000

    /// Fewer processes a side have no interval.
    public static let processesMin = 3

    /// The ratio; nil with fewer than three processes (or pairs) a side, or a rate that is none.
    ///
    /// Cost: some milliseconds for 10 processes of 50 intervals.
    public static func ratio(
        _ numerator: [ProcessSample], over denominator: [ProcessSample], seed: UInt64 = 1,
        resamples: Int = HierarchicalBootstrap.resamples
    ) -> RateRatio? {
        let isUsable = { (sample: ProcessSample) in sample.rate > 0 && sample.rate.isFinite }
        guard numerator.allSatisfy(isUsable), denominator.allSatisfy(isUsable) else { return nil }
        let pairs = pairs(numerator, denominator)
        if pairs.count >= processesMin,
            pairs.count == numerator.count, pairs.count == denominator.count
        {
            return paired(pairs, seed: seed, resamples: resamples)
        }
        guard numerator.count >= processesMin, denominator.count >= processesMin else { return nil }
        return unpaired(numerator, denominator, seed: seed, resamples: resamples)
    }

    typealias Pair = (above: ProcessSample, below: ProcessSample)

    /// Processes of the same block.
    static func pairs(
        _ numerator: [ProcessSample], _ denominator: [ProcessSample]
    ) -> [Pair] {
        var left = denominator
        return numerator.compactMap { sample in
            guard let index = left.firstIndex(where: { $0.block == sample.block }) else {
                return nil
            }
            return (sample, left.remove(at: index))
        }
    }

    private static func paired(
        _ pairs: [Pair], seed: UInt64, resamples: Int
    ) -> RateRatio {
        var generator = SeededGenerator(seed: seed)
        let estimate =
            pairs.reduce(0) { $0 + log($1.above.rate / $1.below.rate) } / Double(pairs.count)
        let above = pairs.map { draws($0.above, &generator) }
        let below = pairs.map { draws($0.below, &generator) }
        let means = (0..<resamples).map { _ in
            var sum = 0.0
            for _ in pairs {
                let pair = generator.index(below: pairs.count)
                sum += above[pair][generator.index(below: above[pair].count)]
                sum -= below[pair][generator.index(below: below[pair].count)]
            }
            return sum / Double(pairs.count)
        }
        return summary(
            estimate, means, degrees: Double(pairs.count - 1), count: Double(pairs.count),
            isPaired: true, (pairs.count, pairs.count))
    }

    private static func unpaired(
        _ numerator: [ProcessSample], _ denominator: [ProcessSample], seed: UInt64, resamples: Int
    ) -> RateRatio {
        var generator = SeededGenerator(seed: seed)
        func mean(_ samples: [ProcessSample]) -> Double {
            samples.reduce(0) { $0 + log($1.rate) } / Double(samples.count)
        }
        let drawn = [numerator, denominator].map { side in side.map { draws($0, &generator) } }
        func resampled(_ side: [[Double]]) -> Double {
            var sum = 0.0
            for _ in side {
                let process = generator.index(below: side.count)
                sum += side[process][generator.index(below: side[process].count)]
            }
            return sum / Double(side.count)
        }
        let means = (0..<resamples).map { _ in resampled(drawn[0]) - resampled(drawn[1]) }
        let above = variance(numerator)
        let below = variance(denominator)
        let counts = (Double(numerator.count), Double(denominator.count))
        // Welch and Satterthwaite.
        let parts = (above / counts.0, below / counts.1)
        let scale =
            parts.0 * parts.0 / (counts.0 - 1) + parts.1 * parts.1 / (counts.1 - 1)
        let smaller = min(counts.0, counts.1)
        let degrees =
            scale > 0
            ? max(smaller - 1, (parts.0 + parts.1) * (parts.0 + parts.1) / scale)
            : counts.0 + counts.1 - 2
        return summary(
            mean(numerator) - mean(denominator), means, degrees: degrees, count: smaller,
            isPaired: false, (numerator.count, denominator.count))
    }

    /// Of each process so many rates are made of intervals drawn from its own, and resamples draw
    /// among these: a level that has little of the variance needs no more.
    private static let drawsOfProcess = 64

    /// Logarithms of rates that a process could have had; about its own, of which theirs are parts.
    private static func draws(
        _ sample: ProcessSample, _ generator: inout SeededGenerator
    ) -> [Double] {
        let intervals = sample.intervals
        let all = intervals.reduce(0, +)
        guard intervals.count >= 2, all > 0 else { return [log(sample.rate)] }
        return (0..<drawsOfProcess).map { _ in
            var sum = 0.0
            for _ in intervals { sum += intervals[generator.index(below: intervals.count)] }
            // Intervals without an event are possible; all of them without one are not a rate.
            return log(sample.rate * (sum > 0 ? sum / all : 1))
        }
    }

    private static func variance(_ samples: [ProcessSample]) -> Double {
        let logarithms = samples.map { log($0.rate) }
        let mean = logarithms.reduce(0, +) / Double(logarithms.count)
        return logarithms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            / Double(max(1, logarithms.count - 1))
    }

    private static func summary(
        _ estimate: Double, _ means: [Double], degrees: Double, count: Double, isPaired: Bool,
        _ processes: (Int, Int)
    ) -> RateRatio {
        let average = means.reduce(0, +) / Double(means.count)
        let spread =
            (means.reduce(0) { $0 + ($1 - average) * ($1 - average) }
            / Double(means.count - 1)).squareRoot()
        // A resample varies by (n - 1) / n of what the mean does.
        let correction = (count / (count - 1)).squareRoot()
        let error = spread * correction
        let sorted = means.sorted()
        func ends(_ tail: Double) -> ClosedRange<Double> {
            let quantile = StudentT.quantile(1 - tail, degrees: degrees) * correction
            let share = Normal.cumulative(-quantile)
            let low = Quantile.of(sorted: sorted, share)
            let high = Quantile.of(sorted: sorted, 1 - share)
            // With few processes the resamples end before the interval does: then Student's own.
            let reach = quantile * spread
            return exp(min(low, estimate - reach))...exp(max(high, estimate + reach))
        }
        let p: Double
        if error > 0 {
            p = 2 * StudentT.cumulative(-(estimate / error).magnitude, degrees: degrees)
        } else {
            p = estimate == 0 ? 1 : 0
        }
        return RateRatio(
            ratio: exp(estimate), interval: ends(0.025), interval90: ends(0.05), pValue: p,
            standardError: error, degrees: degrees, isPaired: isPaired,
            processes: (processes.0, processes.1))
    }
}
