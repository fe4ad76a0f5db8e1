// Throughput and latency in the course of a trial, with its commits, snapshots and faults.

/// The plots over time of one line of a comparison.
struct TimeSection {
    let line: SystemComparison.Line
    /// Whether the name says the workload too.
    let namesWorkload: Bool
    /// Of the trials that have one, in the order of their rates.
    let series: [RecordedSeries]

    /// Nil if no trial of the line has a series.
    init?(
        line: SystemComparison.Line, series: [String: RecordedSeries], namesWorkload: Bool
    ) {
        self.line = line
        self.namesWorkload = namesWorkload
        self.series =
            line.trials
            .sorted { ($0.figures.eventsPerSecond ?? 0) < ($1.figures.eventsPerSecond ?? 0) }
            .compactMap { $0.stem.flatMap { series[$0] } }
            .filter { $0.intervals.count > 1 }
        if self.series.isEmpty { return nil }
    }

    /// The middle one is drawn in full, the others faint behind it.
    private var middle: RecordedSeries { series[series.count / 2] }

    private var name: String {
        (namesWorkload ? "\(line.cell.workload): " : "") + SectionNames.line(line, settings: true)
    }

    var plots: [LinePlot] { [throughput, latency].compactMap { $0 } }

    private var seconds: PlotScale {
        let ends = series.compactMap { $0.intervals.last?.seconds }
        return .upTo(ends.max() ?? 1) { ShortFigure.trimmed(Figure.text($0)) }
    }

    private func rules(
        _ name: String, style: Int, of count: (RecordedSeries.Interval) -> UInt64?
    ) -> [LinePlot.Rule] {
        middle.intervals.filter { (count($0) ?? 0) > 0 }.map {
            LinePlot.Rule(place: .x($0.seconds), name: name, style: style)
        }
    }

    private var snapshots: [LinePlot.Rule] { rules("snapshot", style: 4, of: \.snapshots) }
    private var faults: [LinePlot.Rule] { rules("fault: a kill", style: 1, of: \.faults) }

    private var commits: [(from: Double, to: Double, share: Double)] {
        let most = Double(middle.intervals.compactMap(\.commits).max() ?? 0)
        guard most > 0 else { return [] }
        var from = 0.0
        return middle.intervals.map { interval in
            defer { from = interval.seconds }
            return (from, interval.seconds, Double(interval.commits ?? 0) / most)
        }
    }

    private var throughput: LinePlot? {
        let lines = series.enumerated().map { index, trial in
            LinePlot.Series(
                name: index == series.count / 2 ? "trial of the median rate" : "another trial",
                style: 0, points: Self.points(trial) { $0.eventsPerSecond }, hasDots: false,
                isFaint: index != series.count / 2)
        }.filter { !$0.points.isEmpty }
        let rates = lines.flatMap(\.points).map(\.y)
        guard let most = rates.max(), let least = rates.min() else { return nil }
        let commitsMax = middle.intervals.compactMap(\.commits).max()
        return LinePlot(
            title: "\(name): throughput over time",
            description: "Events a second of \(series.count) trials over "
                + "\(Figure.text(middle.intervals.last?.seconds ?? 0)) seconds: between "
                + "\(ShortFigure.scaled(least)) and \(ShortFigure.scaled(most)) in an interval"
                + "; \(snapshots.count) intervals with a snapshot, \(faults.count) with a fault.",
            x: seconds, y: .fromZero(rates) { ShortFigure.trimmed(ShortFigure.scaled($0)) },
            xLabel: "seconds of the measured window", yLabel: "events a second", series: lines,
            rules: snapshots + faults, strip: commits,
            stripName: commitsMax.map { "commits, at most \($0) an interval" } ?? "")
    }

    private var latency: LinePlot? {
        let kinds: [(String, (RecordedSeries.Interval) -> UInt64?)] = [
            ("p50", \.latencyNanosecondsP50), ("p99", \.latencyNanosecondsP99),
            ("largest", \.latencyNanosecondsMax),
        ]
        let lines = kinds.enumerated().map { index, kind in
            LinePlot.Series(
                name: kind.0, style: [0, 1, 6][index],
                points: Self.points(middle) { kind.1($0).map { Double(max(1, $0)) } },
                hasDots: false)
        }.filter { !$0.points.isEmpty }
        guard !lines.isEmpty else { return nil }
        let all = lines.flatMap(\.points).map(\.y)
        return LinePlot(
            title: "\(name): latency over time",
            description: "Latency in each interval of the trial of the median rate: between "
                + "\(ShortFigure.duration(nanoseconds: all.min() ?? 0)) and "
                + "\(ShortFigure.duration(nanoseconds: all.max() ?? 0)).",
            x: seconds,
            y: .logarithmic(all) { ShortFigure.trimmed(ShortFigure.duration(nanoseconds: $0)) },
            xLabel: "seconds of the measured window", yLabel: "latency within the interval",
            series: lines, rules: snapshots + faults, strip: commits, stripName: "commits")
    }

    private static func points(
        _ trial: RecordedSeries, _ value: (RecordedSeries.Interval) -> Double?
    ) -> [LinePlot.Point] {
        trial.intervals.compactMap { interval in
            value(interval).map { LinePlot.Point(x: interval.seconds, y: $0) }
        }
    }
}
