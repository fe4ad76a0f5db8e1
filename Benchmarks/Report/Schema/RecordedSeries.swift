// What happened in the course of a trial: `trials/<trial>.series.csv`, a line an interval.

/// Throughput and latency over time of one trial.
public struct RecordedSeries: Sendable, Equatable {
    /// In the order of time.
    public let intervals: [Interval]

    /// One interval of the measured window; what is nil was not measured.
    public struct Interval: Sendable, Equatable {
        /// Its end, since the start of the window.
        public var seconds: Double
        /// Counts are of what happened within it.
        public var events: UInt64?
        public var latencyCount: UInt64?
        public var latencyNanosecondsP50: UInt64?
        public var latencyNanosecondsP99: UInt64?
        public var latencyNanosecondsMax: UInt64?
        public var commits: UInt64?
        public var snapshots: UInt64?
        /// Failures that the trial brought about at the end of it: kills of the process.
        public var faults: UInt64?
        /// Events a second within it; nil in an interval without length.
        public var eventsPerSecond: Double?
    }

    /// Whether something failed in it: then its intervals are not draws of one rate.
    public var hasFaults: Bool { intervals.contains { ($0.faults ?? 0) > 0 } }

    /// Reads the text of a file by the names in its header: columns that are not there were not
    /// measured, those not known are passed over, a line that was torn is left out.
    public init(text: String) throws(ResultFileError) {
        let parsed: CSV.Records
        do throws(CSV.Malformed) {
            parsed = try CSV.parse(text)
        } catch {
            throw ResultFileError(line: error.line, problem: error.problem)
        }
        guard let header = parsed.records.first?.fields,
            let secondsColumn = header.firstIndex(of: "seconds")
        else {
            throw ResultFileError(line: 1, problem: "a series has a column 'seconds'")
        }
        var intervals: [Interval] = []
        var last = 0.0
        for record in parsed.records.dropFirst() where record.isComplete {
            let fields = record.fields
            guard fields.count == header.count, let seconds = Double(fields[secondsColumn]) else {
                throw ResultFileError(
                    line: record.line, problem: "no line of a series with \(header.count) columns")
            }
            let count = { (name: String) in
                header.firstIndex(of: name).flatMap { UInt64(fields[$0]) }
            }
            let events = count("events")
            let length = seconds - last
            intervals.append(
                Interval(
                    seconds: seconds, events: events, latencyCount: count("latency_count"),
                    latencyNanosecondsP50: count("latency_p50_ns"),
                    latencyNanosecondsP99: count("latency_p99_ns"),
                    latencyNanosecondsMax: count("latency_max_ns"), commits: count("commits"),
                    snapshots: count("snapshots"), faults: count("faults"),
                    eventsPerSecond: events.flatMap { length > 0 ? Double($0) / length : nil }))
            last = seconds
        }
        self.intervals = intervals
    }
}
