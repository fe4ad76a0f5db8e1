// How many trials a difference needs to be found.
import Foundation

/// The arithmetic of finding a difference.
public enum PowerAnalysis {
    /// Trials of each cell so that a difference of `share` is found with the probability `power`.
    ///
    /// - Parameter standardError: of the ratio's logarithm, over `processes` a side.
    /// - Returns: nil if the error is not positive; at least 3.
    public static func processes(
        toFind share: Double, standardError: Double, processes: Int, power: Double = 0.95
    ) -> Int? {
        guard standardError > 0, processes > 0, share > 0 else { return nil }
        // The error of one pair.
        let single = standardError * Double(processes).squareRoot()
        let effect = log(1 + share)
        // The quantiles depend on the number that is sought: it settles in a few rounds.
        var count = 10.0
        for _ in 0..<50 {
            let degrees = max(2, count - 1)
            let reach =
                StudentT.quantile(0.975, degrees: degrees)
                + StudentT.quantile(power, degrees: degrees)
            let next = max(3, reach * reach * single * single / (effect * effect))
            if (next - count).magnitude < 0.01 { break }
            count = next
        }
        return count < 1e9 ? Int(count.rounded(.up)) : nil
    }
}
