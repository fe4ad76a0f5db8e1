// Whether the cores of a trial were near or far from each other.

/// The regime that the round trip of a cache line puts a trial of several workers in.
///
/// The cores of a virtual machine move: the same binary runs several times faster while they share
/// a cache. Figures of different regimes are never put in one median.
public enum Regime: String, Sendable, Hashable, CaseIterable {
    /// Both probes were below the limit.
    case near
    /// Both probes were above the limit.
    case far
    /// One was below and one above: the cores moved during the trial.
    case moved
    /// Several workers, and no probe.
    case unknown

    /// Round trips up to here are near.
    ///
    /// Near cores took 102 to 160 ns, far ones 500 to 1,900 ns on the project's machine: this is
    /// the geometric middle of 160 and 500.
    public static let nearNanosecondsMax = 283.0

    /// The regime of one trial; nil with one worker, to which it means nothing.
    public init?(_ row: ResultRow) {
        guard row.workers > 1 else { return nil }
        let probes = [
            row.figures.coreRoundTripNanosecondsBefore, row.figures.coreRoundTripNanosecondsAfter,
        ].compactMap { $0 }
        guard !probes.isEmpty else {
            self = .unknown
            return
        }
        let near = probes.count { $0 <= Self.nearNanosecondsMax }
        self = near == probes.count ? .near : near == 0 ? .far : .moved
    }

    /// Its place among the lines of a table; that of one worker is first.
    static func rank(_ regime: Regime?) -> Int {
        regime.flatMap { allCases.firstIndex(of: $0) } ?? -1
    }
}
