// Many comparisons at once: some differ by chance, and that has to be allowed for.

/// The procedure of Benjamini and Hochberg (1995).
public enum FalseDiscovery {
    /// For each p-value the smallest rate of false discoveries at which it counts, in their order.
    ///
    /// Calling a difference where this is at most 0.05 makes one in twenty of the differences that
    /// are called a false one, however many comparisons there are.
    public static func adjusted(_ pValues: [Double]) -> [Double] {
        let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
        var result = pValues
        var least = 1.0
        for (rank, index) in order.enumerated().reversed() {
            least = min(least, pValues[index] * Double(pValues.count) / Double(rank + 1))
            result[index] = least
        }
        return result
    }
}
