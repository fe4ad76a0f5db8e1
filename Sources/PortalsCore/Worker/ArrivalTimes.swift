// When atoms of a generator with a rate enter, where they do not enter evenly.

/// When the atoms of generators with a rate enter: times of a period, which then begins anew.
///
/// An atom's time is a pure function of its number, so no error adds up, and a late atom makes none
/// after it late.
public struct ArrivalTimes: Sendable {
    /// When the atoms of a period enter, in mean gaps between two atoms: ascending, from 0 to their
    /// count at the most, which is the length of the period.
    public let times: [Double]

    /// Makes the arrivals of a period.
    ///
    /// - Returns: nil if the times are not ascending, the first is not 0, or the last is above
    ///   their count: then the rate would not be kept.
    public init?(_ times: [Double]) {
        guard times.first == 0, let last = times.last, last <= Double(times.count),
            zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 })
        else { return nil }
        self.times = times
    }

    /// From each atom of a period to the next one; from the last to the first of the next period.
    public var gaps: [Double] {
        zip(times, times.dropFirst() + [Double(times.count)]).map { $1 - $0 }
    }

    /// When an atom enters, in mean gaps after the first one.
    ///
    /// - Parameter start: the place of the first one in the periods.
    public func time(of atom: UInt64, from start: UInt64 = 0) -> Double {
        let first = start % UInt64(times.count)
        return fromBeginning(first + atom) - fromBeginning(first)
    }

    private func fromBeginning(_ atom: UInt64) -> Double {
        let count = UInt64(times.count)
        let (round, place) = atom.quotientAndRemainder(dividingBy: count)
        return Double(round &* count) + times[Int(truncatingIfNeeded: place)]
    }
}
