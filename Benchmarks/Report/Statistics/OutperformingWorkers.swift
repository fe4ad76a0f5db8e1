// COST, the Configuration that Outperforms a Single Thread: how many workers a system needs to be
// faster than one plain loop (McSherry, Isard, Murray, HotOS 2015).

/// The fewest workers with which a system is faster than the single-threaded loop.
public enum OutperformingWorkers: Sendable, Equatable {
    /// With so many workers.
    case workers(Int)
    /// With none of the numbers that were measured, the largest of which is given.
    case unreached(upTo: Int)

    /// Judges the rates of a system by number of workers; nil if a side has none.
    ///
    /// Faster means that the interval of the ratio lies above one; with too few trials for an
    /// interval, that the ratio does.
    public init?(_ rates: [Int: [ProcessSample]], over singleThread: [ProcessSample]) {
        let counts = rates.filter { !$0.value.isEmpty }.keys.sorted()
        guard let largest = counts.last, !singleThread.isEmpty else { return nil }
        let first = counts.first { count in
            guard let ratio = TrialRatio(rates[count] ?? [], over: singleThread) else {
                return false
            }
            return (ratio.interval?.lowerBound ?? ratio.ratio) > 1
        }
        self = first.map { .workers($0) } ?? .unreached(upTo: largest)
    }

    /// As a table has it: `2`, or `none up to 2`.
    public var text: String {
        switch self {
        case .workers(let count): "\(count)"
        case .unreached(let largest): "none up to \(largest)"
        }
    }
}
