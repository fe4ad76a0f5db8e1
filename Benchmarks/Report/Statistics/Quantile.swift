// Order statistics and means of a handful of trials.
import Foundation

/// Quantiles of a small sample.
public enum Quantile {
    /// The median; nil without values.
    public static func median(_ values: [Double]) -> Double? { of(values, 0.5) }

    /// The quantile by linear interpolation between order statistics; nil without values.
    ///
    /// Type 7 of Hyndman and Fan, "Sample quantiles in statistical packages" (1996): the default
    /// of R and NumPy, so that a reader who checks the table gets the same figure.
    public static func of(_ values: [Double], _ quantile: Double) -> Double? {
        precondition((0...1).contains(quantile), "a quantile is in 0...1, not \(quantile)")
        guard !values.isEmpty else { return nil }
        return of(sorted: values.sorted(), quantile)
    }

    /// The same of values in ascending order, of which there is at least one.
    static func of(sorted: [Double], _ quantile: Double) -> Double {
        let position = quantile * Double(sorted.count - 1)
        let lower = Int(position)
        let upper = min(lower + 1, sorted.count - 1)
        return sorted[lower] + (position - Double(lower)) * (sorted[upper] - sorted[lower])
    }
    /// The geometric mean, which ratios are averaged by; each value is above zero. One without
    /// values, as nothing changes by a factor of one.
    public static func geometricMean(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 1 }
        precondition(values.allSatisfy { $0 > 0 }, "a geometric mean is of values above zero")
        return exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
    }
}
