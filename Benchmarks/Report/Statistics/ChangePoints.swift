// Where the level of a series changes: what tells a warm-up from a steady state.
import Foundation

/// The segments of a series, each of one level.
///
/// Optimal partitioning (Jackson et al. 2005; Killick, Fearnhead and Eckley 2012 prune the same
/// search): the cut that minimises the squared distances to the segments' means over the variance,
/// plus a penalty for each segment. As Barrett et al. do for virtual machines (OOPSLA 2017), with
/// the mean alone: a series of rates has few values.
public enum ChangePoints {
    /// Shortest segment: one stray interval is no level.
    static let lengthMin = 3

    /// For each segment, in units of ln(n): of the 1.5 to 4.5 that were tried on 1,000 series of
    /// white noise of 50 values, 4 is the first that cuts under one in a hundred of them.
    static let penalty = 4.0

    /// The noise is taken to be at least this share of the level, or a series that is constant but
    /// for its last digits would be cut into pieces.
    static let noiseMin = 1e-3

    /// The segments of `values`, in order; one where the level never changes, none without values.
    ///
    /// Cost: quadratic; 500 values take about a millisecond.
    public static func segments(_ values: [Double]) -> [Range<Int>] {
        let count = values.count
        guard count >= 2 * lengthMin else { return count == 0 ? [] : [0..<count] }
        let variance = noiseVariance(values)
        guard variance > 0 else { return [0..<count] }
        // Prefix sums give the squared distances of any segment at once.
        var sums = [0.0]
        var squares = [0.0]
        // About the middle of the series, so that the squares keep their digits.
        let center = Quantile.median(values) ?? 0
        for value in values {
            sums.append(sums[sums.count - 1] + (value - center))
            squares.append(squares[squares.count - 1] + (value - center) * (value - center))
        }
        func cost(_ from: Int, _ to: Int) -> Double {
            let sum = sums[to] - sums[from]
            return (squares[to] - squares[from] - sum * sum / Double(to - from)) / variance
        }
        let price = penalty * log(Double(count))
        var best = [0.0] + Array(repeating: Double.infinity, count: count)
        var previous = Array(repeating: 0, count: count + 1)
        for end in lengthMin...count {
            for start in 0...(end - lengthMin) where best[start].isFinite {
                let total = best[start] + cost(start, end) + price
                if total < best[end] {
                    best[end] = total
                    previous[end] = start
                }
            }
        }
        var segments: [Range<Int>] = []
        var end = count
        while end > 0 {
            segments.append(previous[end]..<end)
            end = previous[end]
        }
        return segments.reversed()
    }

    /// The variance from one value to the next, which changes of level hardly touch: the median
    /// of the differences' magnitudes, as of a normal distribution.
    private static func noiseVariance(_ values: [Double]) -> Double {
        let differences = zip(values.dropFirst(), values).map { ($0 - $1).magnitude }
        // 0.6745 σ is the median magnitude; a difference has twice the variance.
        let sigma = (Quantile.median(differences) ?? 0) / 0.6745 / 2.0.squareRoot()
        let least = (Quantile.median(values) ?? 0).magnitude * noiseMin
        let noise = max(sigma, least)
        return noise * noise
    }
}

/// What the rate of a trial did over time.
public enum Steadiness: String, Sendable, Codable, CaseIterable {
    /// Of one level, within the tolerance.
    case steady
    /// It grew.
    case warming
    /// It fell.
    case slowing
    /// It did both.
    case unsteady

    /// Levels this near each other are one: a tenth of the differences from second to second that
    /// were seen on the project's machine would be called a change otherwise.
    static let tolerance = 0.05

    /// Fewer values have no level that could be told from noise.
    public static let valuesMin = 10

    /// What `rates` did; nil with fewer than ten of them.
    public init?(rates: [Double]) {
        guard rates.count >= Self.valuesMin else { return nil }
        let levels = Self.levels(rates)
        let steps = zip(levels.dropFirst(), levels).map { $0 - $1 }
        if levels.count == 1 {
            self = .steady
        } else if steps.allSatisfy({ $0 > 0 }) {
            self = .warming
        } else if steps.allSatisfy({ $0 < 0 }) {
            self = .slowing
        } else {
            self = .unsteady
        }
    }

    /// How many of the last values are of one level; what came before them was warm-up.
    public static func steadyTail(of rates: [Double]) -> Int {
        let segments = ChangePoints.segments(rates)
        guard let last = segments.last else { return 0 }
        let level = mean(rates[last])
        var start = last.lowerBound
        for segment in segments.dropLast().reversed() {
            guard isAlike(mean(rates[segment]), level) else { break }
            start = segment.lowerBound
        }
        return rates.count - start
    }

    /// The levels one after the other, those that are alike joined.
    private static func levels(_ rates: [Double]) -> [Double] {
        var levels: [Double] = []
        for segment in ChangePoints.segments(rates) {
            let level = mean(rates[segment])
            if let last = levels.last, isAlike(level, last) { continue }
            levels.append(level)
        }
        return levels
    }

    private static func mean(_ values: ArraySlice<Double>) -> Double {
        values.reduce(0, +) / Double(values.count)
    }

    private static func isAlike(_ left: Double, _ right: Double) -> Bool {
        (left - right).magnitude <= tolerance * max(left.magnitude, right.magnitude)
    }
}
