// How many samples a percentile needs before it may be printed.

/// The arithmetic of MLPerf's early stopping: n = z² · p · (1 − p) / m².
public enum SampleSize {
    /// Two-sided normal quantile of a 99 % confidence.
    static let z = 2.575829303548901

    /// The margin as a share of the tail: p99 within ±0.05 %, p99.9 within ±0.005 %.
    public static let marginOfTail = 1.0 / 20

    /// The same for quotients of two tails, each of which says where its tail begins: p99 within
    /// ±0.5 %, so 2,628 samples.
    public static let marginOfTailInRatios = 1.0 / 2

    /// What stands in a table for a percentile that has fewer.
    static let tooSmall = "n too small"

    /// Samples needed for a quantile at 99 % confidence, within a twentieth of its tail.
    ///
    /// p50 2,654; p90 23,886; p99 262,742; p99.9 2,651,305.
    public static func needed(
        forQuantile quantile: Double, marginOfTail: Double = SampleSize.marginOfTail
    ) -> UInt64 {
        precondition(quantile > 0 && quantile < 1, "a quantile is in 0..<1, not \(quantile)")
        let tail = 1 - quantile
        let margin = tail * marginOfTail
        return UInt64((z * z * quantile * tail / (margin * margin)).rounded(.up))
    }
}
