// Gunther's Universal Scalability Law fitted to rates at several numbers of workers: how much they
// contend, how much they talk, and where more of them stop helping.

/// C(N) = λ N / (1 + σ (N − 1) + κ N (N − 1)), fitted to measured rates.
///
/// σ, the contention, is the share of the work that is done one after the other; κ, the coherency,
/// what every pair of workers costs. Neither is below zero here: a measured gain above linear reads
/// as σ = κ = 0. Source: Gunther, "Guerrilla Capacity Planning" (2007), chapters 4 to 6.
public struct UniversalScalability: Sendable, Equatable {
    /// λ: events a second of one worker, as the curve has it.
    public let eventsPerSecondOfOne: Double
    /// σ, without unit.
    public let contention: Double
    /// κ, without unit.
    public let coherency: Double
    /// Where 95 % of the resampled values lie; nil where a number of workers has under three
    /// trials.
    public let contentionInterval: ClosedRange<Double>?
    public let coherencyInterval: ClosedRange<Double>?
    /// Of the workers at the peak; its upper end is infinite where the coherency may be zero.
    public let peakInterval: ClosedRange<Double>?
    /// The largest number of workers that was measured: beyond it the curve is extrapolated.
    public let workersMax: Int

    /// The workers at which the curve is highest; infinite if it grows for ever.
    public var peakWorkers: Double { Self.peak(contention, coherency) }

    /// The rate that the curve has at `workers`.
    public func eventsPerSecond(workers: Double) -> Double {
        eventsPerSecondOfOne * workers
            / (1 + contention * (workers - 1) + coherency * workers * (workers - 1))
    }

    /// The law has three unknowns: below this many numbers of workers any curve fits.
    public static let workerCountsMin = 3

    /// Why there is no fit.
    public enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        /// Fewer than three numbers of workers, whose count is given.
        case tooFewWorkerCounts(Int)
        /// A rate or a number of workers that is not above zero.
        case notPositive

        public var description: String {
            switch self {
            case .tooFewWorkerCounts(let count):
                "too few worker counts: \(count), and the law has "
                    + "\(UniversalScalability.workerCountsMin) unknowns; "
                    + "measure at \(UniversalScalability.workerCountsMin) or more"
            case .notPositive: "a rate or a number of workers is not above zero"
            }
        }
    }

    /// Resamples for the intervals: their ends then move by a few hundredths of the width.
    static let resamples = 2_000
    /// Trials of each number of workers, below which no interval can honestly be made.
    static let trialsMin = 3

    /// Fits the law to trials.
    ///
    /// The time of a worker for an event, N / C(N), is linear in 1/λ, σ/λ and κ/λ; the three are
    /// those that are not negative and have the least sum of squared relative errors. There is one
    /// such minimum, so the fit depends on no starting point. The intervals are of a bootstrap that
    /// draws trials within each number of workers.
    ///
    /// - Parameter rates: events a second of each trial, by number of workers.
    public init(
        _ rates: [Int: [Double]], seed: UInt64 = 1
    ) throws(Refusal) {
        let groups = rates.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        guard groups.allSatisfy({ $0.key > 0 && $0.value.allSatisfy { $0 > 0 && $0.isFinite } })
        else { throw .notPositive }
        guard groups.count >= Self.workerCountsMin else { throw .tooFewWorkerCounts(groups.count) }
        let points = groups.map { Point(workers: Double($0.key), rates: $0.value) }
        let fit = Self.fit(points)
        eventsPerSecondOfOne = fit.rate
        contention = fit.contention
        coherency = fit.coherency
        workersMax = groups.last?.key ?? 0
        guard points.allSatisfy({ $0.rates.count >= Self.trialsMin }) else {
            contentionInterval = nil
            coherencyInterval = nil
            peakInterval = nil
            return
        }
        var generator = SeededGenerator(seed: seed)
        var drawn: [Fit] = []
        drawn.reserveCapacity(Self.resamples)
        for _ in 0..<Self.resamples {
            drawn.append(
                Self.fit(
                    points.map { point in
                        Point(
                            workers: point.workers,
                            rates: point.rates.map { _ in
                                point.rates[
                                    Int.random(in: point.rates.indices, using: &generator)]
                            })
                    }))
        }
        contentionInterval = Self.interval(drawn.map(\.contention))
        coherencyInterval = Self.interval(drawn.map(\.coherency))
        peakInterval = Self.interval(drawn.map { Self.peak($0.contention, $0.coherency) })
    }

    private struct Point {
        let workers: Double
        let rates: [Double]
    }

    private struct Fit {
        var rate: Double
        var contention: Double
        var coherency: Double
    }

    private static func peak(_ contention: Double, _ coherency: Double) -> Double {
        // With all of the work in sequence, one worker is as good as many.
        guard contention < 1 else { return 1 }
        return coherency > 0
            ? max(1, ((1 - contention) / coherency).squareRoot()) : .infinity
    }

    /// 2.5 % and 97.5 % of sorted values: no interpolation, which infinity would not survive.
    private static func interval(_ values: [Double]) -> ClosedRange<Double>? {
        let sorted = values.sorted()
        guard let first = sorted.first, !sorted.contains(where: \.isNaN) else { return nil }
        let low = Int(Double(sorted.count) * 0.025)
        let high = min(sorted.count - 1, Int(Double(sorted.count) * 0.975))
        return sorted.isEmpty ? first...first : sorted[low]...sorted[high]
    }

    /// The non-negative least squares of the relative errors of the time for an event.
    private static func fit(_ points: [Point]) -> Fit {
        // Columns of 1/λ, σ/λ, κ/λ; each row over the median time at its number of workers.
        var matrix = [[Double]](repeating: [0, 0, 0], count: 3)
        var right = [0.0, 0, 0]
        var square = 0.0
        for point in points {
            let times = point.rates.map { point.workers / $0 }
            guard let scale = Quantile.median(times), scale > 0 else { continue }
            let row = [
                1 / scale, (point.workers - 1) / scale,
                point.workers * (point.workers - 1) / scale,
            ]
            for time in times {
                let value = time / scale
                square += value * value
                for i in 0..<3 {
                    right[i] += row[i] * value
                    for j in 0..<3 { matrix[i][j] += row[i] * row[j] }
                }
            }
        }
        // Beside 1/λ, four sets of unknowns may be above zero: the best of all is taken.
        var best: (error: Double, solution: [Double])?
        for active in [[0, 1, 2], [0, 1], [0, 2], [0]] {
            guard let solution = solve(matrix, right, active), solution.allSatisfy({ $0 >= 0 })
            else { continue }
            var error = square
            for i in 0..<3 {
                error -= 2 * solution[i] * right[i]
                for j in 0..<3 { error += solution[i] * matrix[i][j] * solution[j] }
            }
            if best.map({ error < $0.error }) ?? true { best = (error, solution) }
        }
        // The set of 1/λ alone always has a solution above zero.
        let solution = best?.solution ?? [1, 0, 0]
        return Fit(
            rate: 1 / solution[0], contention: solution[1] / solution[0],
            coherency: solution[2] / solution[0])
    }

    /// Solves for the unknowns in `active`, the others zero, by elimination with pivots; nil if
    /// they are not determined.
    private static func solve(
        _ matrix: [[Double]], _ right: [Double], _ active: [Int]
    ) -> [Double]? {
        // Each unknown in units of its own diagonal: their sizes differ by the workers squared.
        let units = active.map { matrix[$0][$0].squareRoot() }
        guard units.allSatisfy({ $0 > 0 }) else { return nil }
        var rows = active.indices.map { i in
            active.indices.map { j in matrix[active[i]][active[j]] / units[i] / units[j] }
                + [right[active[i]] / units[i]]
        }
        for column in rows.indices {
            let pivot =
                rows.indices[column...].max {
                    rows[$0][column].magnitude < rows[$1][column].magnitude
                } ?? column
            rows.swapAt(column, pivot)
            // The columns were brought to length one, so this is a share of what could be.
            guard rows[column][column].magnitude > 1e-12 else { return nil }
            for row in rows.indices where row != column {
                let factor = rows[row][column] / rows[column][column]
                for index in column..<rows[row].count {
                    rows[row][index] -= factor * rows[column][index]
                }
            }
        }
        var solution = [0.0, 0, 0]
        for (position, index) in active.enumerated() {
            solution[index] =
                rows[position][active.count] / rows[position][position]
                / units[position]
        }
        return solution
    }
}
