// When atoms of a generator with a rate enter, where they do not enter evenly.

/// When the atoms of generators with a rate enter: times of a period, which then begins anew.
///
/// An atom's time is a pure function of its number, so no error adds up, and a late atom makes none
/// after it late. Each generator begins at another place of the period.
public struct ArrivalTimes: Sendable {
    /// When the atoms of a period enter, in mean gaps between two atoms: ascending, from 0 to their
    /// count at the most, which is the length of the period.
    public let periods: [Double]

    /// Makes the arrivals of a period.
    ///
    /// - Returns: nil if the times are not ascending, the first is not 0, or the last is above
    ///   their count: then the rate would not be kept.
    public init?(periods: [Double]) {
        guard periods.first == 0, let last = periods.last, last <= Double(periods.count),
            zip(periods, periods.dropFirst()).allSatisfy({ $0 <= $1 })
        else { return nil }
        self.periods = periods
    }
}

/// The same for leaders, which ask once an atom.
struct ArrivalRow: ~Copyable {
    private var times = Row<Double>()

    mutating func fill(_ arrivals: ArrivalTimes) {
        times.removeAll()
        for time in arrivals.periods { times.append(time) }
    }

    /// When an atom enters, in mean gaps after the first of its source.
    ///
    /// - Parameter source: places of the period lie far apart for sources next to each other.
    @inline(__always)
    func periods(_ atom: UInt64, source: Int) -> Double {
        if times.count == 0 { return Double(atom) }
        let count = UInt64(times.count)
        let first = UInt64(source) &* 0x9E37_79B9_7F4A_7C15 % count
        return since(first + atom, count) - since(first, count)
    }

    private func since(_ atom: UInt64, _ count: UInt64) -> Double {
        let (round, place) = atom.quotientAndRemainder(dividingBy: count)
        return Double(round &* count) + times[Int(truncatingIfNeeded: place)]
    }
}
