// What the world outside sees of a recovery trial over time: the rate before the kill, none until
// the first new output, and the rate after it.
import Harness
import Platform

/// The series of one recovery trial, read off the page that its processes share.
struct RecoverySeries {
    private let page: RecoveryPage
    /// What was shown until then; the last one of all begins the next interval.
    private var looks: [Look]

    private struct Look {
        var nanoseconds: UInt64
        var events: UInt64
        var faults: UInt64
    }

    /// How long the process that goes on is watched after its first new output.
    static let goingOnSeconds = 0.3
    /// Of the process that is killed so much is kept.
    private static let secondsBefore = 0.5
    private static let intervalNanoseconds: UInt64 = 10_000_000

    /// A series that begins now.
    init(_ page: RecoveryPage, at now: UInt64 = MonotonicClock.nanoseconds()) {
        self.page = page
        looks = [Look(nanoseconds: now, events: page.eventsShown, faults: 0)]
    }

    /// Looks if the last time is long enough ago.
    mutating func lookIfDue(at now: UInt64 = MonotonicClock.nanoseconds()) {
        if now >= looks[looks.count - 1].nanoseconds + Self.intervalNanoseconds { look(at: now) }
    }

    /// Ends an interval.
    mutating func look(isFault: Bool = false, at now: UInt64 = MonotonicClock.nanoseconds()) {
        looks.append(
            Look(nanoseconds: now, events: page.eventsShown, faults: isFault ? 1 : 0))
    }

    /// The intervals from half a second before the kill on, to the last output: what comes after
    /// that is the check of the answer.
    func series(killed: UInt64) -> WindowSeries {
        let earliest = killed - min(killed, UInt64(Self.secondsBefore * 1e9))
        let end = looks.firstIndex { $0.events == looks[looks.count - 1].events } ?? 0
        let kept = looks[...end].drop { $0.nanoseconds < earliest }
        var series = WindowSeries()
        guard let first = kept.first else { return series }
        for (before, look) in zip(kept, kept.dropFirst()) {
            series.intervals.append(
                TrialInterval(
                    seconds: Double(look.nanoseconds - first.nanoseconds) / 1e9,
                    events: look.events - before.events, faults: look.faults))
        }
        return series
    }
}
