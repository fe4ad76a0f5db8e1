// What a trial did over time: one interval after the other, as the system's own counters tell.
import Report

/// What happened between two looks at a running system. Not measured is nil.
public struct TrialInterval: Codable, Sendable, Equatable {
    /// Its end, from the start of the window.
    public var seconds: Double
    /// Events that entered.
    public var events: UInt64
    /// Latencies that ended.
    public var latency: LatencyHistogram?
    public var commits: UInt64?
    public var snapshots: UInt64?
    /// Failures that the trial brought about, at the end of the interval: kills of the process.
    public var faults: UInt64?

    /// An interval that ends so long after the start of the window.
    public init(
        seconds: Double, events: UInt64, latency: LatencyHistogram? = nil, commits: UInt64? = nil,
        snapshots: UInt64? = nil, faults: UInt64? = nil
    ) {
        self.seconds = seconds
        self.events = events
        self.latency = latency
        self.commits = commits
        self.snapshots = snapshots
        self.faults = faults
    }
}

/// The intervals of a window, and what they say of it.
public struct WindowSeries: Codable, Sendable, Equatable {
    /// In order, without gaps; the first begins with the window.
    public var intervals: [TrialInterval] = []
    /// From the launch to the start of the window.
    public var warmUpSeconds: Double?
    /// Time inside the window in which the system was asked to stop and was looked at.
    public var lookSeconds = 0.0

    /// A series without intervals.
    public init() {}

    /// Events a second of each interval.
    public var rates: [Double] {
        var start = 0.0
        return intervals.map { interval in
            let seconds = interval.seconds - start
            start = interval.seconds
            return seconds > 0 ? Double(interval.events) / seconds : 0
        }
    }

    /// Whether something failed in it: then its intervals are not draws of one rate.
    public var hasFaults: Bool { intervals.contains { ($0.faults ?? 0) > 0 } }

    /// The intervals as `trials/<trial>.series.csv`.
    public var csv: String {
        var lines = [Self.header]
        func text(_ value: UInt64?) -> String { value.map { String($0) } ?? "" }
        for interval in intervals {
            let latency = interval.latency
            lines.append(
                [
                    String(interval.seconds), String(interval.events), text(latency?.count),
                    text(latency?.nanoseconds(atQuantile: 0.5)),
                    text(latency?.nanoseconds(atQuantile: 0.99)), text(latency?.nanosecondsMax),
                    text(interval.commits), text(interval.snapshots), text(interval.faults),
                ].joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The first line of the file.
    public static let header =
        "seconds,events,latency_count,latency_p50_ns,latency_p99_ns,latency_max_ns,commits,"
        + "snapshots,faults"

    /// How long an interval is in a window of `seconds`: a fiftieth, so that a change of level has
    /// values on both sides, but at least 20 ms, of which a look (25 µs with one worker, 150 with
    /// two on two cores: medians of `look_seconds`) is under 1 %, and at most half a second.
    public static func interval(windowSeconds seconds: Double) -> Double {
        min(max(seconds / 50, 0.02), 0.5)
    }
}
