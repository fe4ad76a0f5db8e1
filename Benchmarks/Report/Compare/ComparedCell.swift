// One cell of a matrix on both sides of a comparison.

/// Two sets of trials that differ in one thing, and what that came to.
public struct ComparedCell: Sendable {
    /// The cell in words, without what differs.
    public let name: String
    /// Of several workers: trials of different regimes are never compared.
    public let regime: Regime?
    /// What both sides promise; empty in results that do not say.
    public let guarantees: (a: String, b: String)
    /// Trials that count.
    public let trials: (a: Int, b: Int)
    /// Median rates.
    public let rates: (a: Double, b: Double)
    /// B over A; nil where there are too few trials.
    public let ratio: RateRatio?
    /// The ratio that two runs of the same may differ by, at least 1; nil where there are too few
    /// trials.
    public let floor: Double?
    /// Whether the floor was measured by running A twice; else by halves of the trials.
    public let isFloorMeasured: Bool
    /// The p-value after the correction for all cells, and the verdict; set by `Comparison`.
    public internal(set) var adjusted: Double?
    public internal(set) var verdict: Verdict?
    /// Trials a side that would find a difference of 1 % with 95 % power.
    public let trialsForOnePercent: Int?
    /// Median length of a trial's window, in seconds.
    public let seconds: Double?

    init(
        name: String, regime: Regime?, guarantees: (a: String, b: String), a: [ProcessSample],
        b: [ProcessSample], again: [ProcessSample], seconds: Double?
    ) {
        self.name = name
        self.regime = regime
        self.guarantees = guarantees
        trials = (a.count, b.count)
        rates = (Quantile.median(a.map(\.rate)) ?? 0, Quantile.median(b.map(\.rate)) ?? 0)
        self.seconds = seconds
        ratio = HierarchicalBootstrap.ratio(b, over: a)
        let halves = NoiseFloor.halves(a, b)
        let twice = HierarchicalBootstrap.ratio(again, over: a).map { max($0.ratio, 1 / $0.ratio) }
        isFloorMeasured = twice != nil
        floor = [halves, twice].compactMap { $0 }.max()
        trialsForOnePercent = ratio.flatMap {
            PowerAnalysis.processes(
                toFind: 0.01, standardError: $0.standardError, processes: min(a.count, b.count))
        }
    }
}
