// A run as JMH writes its results, for the viewers that read those.

/// JSON in the form of JMH 1.37 (`-rf json`), a member for each cell and regime.
///
/// The score is the mean of the trials, as JMH has it, its error half of the 99.9 % confidence
/// interval of Student's distribution; each trial is a fork with one iteration, so `rawData` has
/// them all. What belongs to a Java machine is empty.
public enum JMHExport {
    /// JMH's own confidence.
    private static let confidence = 0.999

    /// The document of one run; rows without a figure are left out.
    public static func json(_ run: RecordedRun) -> JSONValue {
        .array(
            SystemComparison(rows: run.rows).lines.compactMap { line in
                line.trials.isEmpty ? nil : benchmark(line)
            })
    }

    private static func benchmark(_ line: SystemComparison.Line) -> JSONValue {
        let cell = line.cell
        var parameters: [String: JSONValue] = [:]
        for (name, value) in line.trials.first?.axes ?? [:] { parameters[name] = .string(value) }
        if let atom = cell.atomSize { parameters["atom_size"] = .string("\(atom)") }
        if !cell.guarantee.isEmpty { parameters["guarantee"] = .string(cell.guarantee) }
        if let regime = line.regime { parameters["cores"] = .string(regime.rawValue) }
        parameters["version"] = .string(cell.version)
        let seconds = Quantile.median(line.trials.compactMap(\.figures.seconds)) ?? 0
        return .object([
            "jmhVersion": .string("1.37"),
            "benchmark": .string("portals.\(identifier(cell.workload)).\(identifier(cell.system))"),
            "mode": .string("thrpt"),
            "threads": .number(Double(cell.workers)),
            "forks": .number(Double(line.trials.count)),
            "jvm": .string(""), "jvmArgs": .array([]), "jdkVersion": .string(""),
            "vmName": .string(""), "vmVersion": .string(""),
            "warmupIterations": .number(0), "warmupTime": .string("0 s"),
            "warmupBatchSize": .number(1),
            "measurementIterations": .number(1),
            "measurementTime": .string("\(Figure.text(seconds)) s"),
            "measurementBatchSize": .number(1),
            "params": .object(parameters),
            "primaryMetric": metric(line.trials.compactMap(\.figures.eventsPerSecond), "ops/s"),
            "secondaryMetrics": .object(secondary(line.trials)),
        ])
    }

    private static func secondary(_ trials: [ResultRow]) -> [String: JSONValue] {
        let latencies: [(String, (LatencyPercentiles) -> UInt64?)] = [
            ("latency.p50", \.nanosecondsP50), ("latency.p90", \.nanosecondsP90),
            ("latency.p99", \.nanosecondsP99), ("latency.p999", \.nanosecondsP999),
        ]
        var metrics: [String: JSONValue] = [:]
        for (name, value) in latencies {
            let values = trials.compactMap { value($0.figures.latency).map { Double($0) } }
            if !values.isEmpty { metrics[name] = metric(values, "ns") }
        }
        let allocations = trials.compactMap(\.figures.allocationsPerEvent)
        if !allocations.isEmpty { metrics["allocations"] = metric(allocations, "1/op") }
        return metrics
    }

    private static func metric(_ values: [Double], _ unit: String) -> JSONValue {
        let mean = values.isEmpty ? Double.nan : values.reduce(0, +) / Double(values.count)
        var error = Double.nan
        if values.count > 1 {
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = (squares / Double(values.count - 1)).squareRoot()
            error =
                deviation / Double(values.count).squareRoot()
                * StudentT.quantile(
                    1 - (1 - confidence) / 2, degrees: Double(values.count - 1))
        }
        let percentiles = [0, 50, 90, 95, 99, 99.9, 99.99, 99.999, 99.9999, 100]
        var named: [String: JSONValue] = [:]
        for percentile in percentiles {
            named["\(percentile)"] = Quantile.of(values, percentile / 100).map { .number($0) }
        }
        return .object([
            "score": number(mean), "scoreError": number(error),
            "scoreConfidence": .array([number(mean - error), number(mean + error)]),
            "scorePercentiles": .object(named), "scoreUnit": .string(unit),
            "rawData": .array(values.map { .array([.number($0)]) }),
        ])
    }

    /// JMH writes what it does not know as the text "NaN".
    private static func number(_ value: Double) -> JSONValue {
        value.isNaN ? .string("NaN") : .number(value)
    }

    /// Parts of a benchmark's name are separated by dots, so they have none.
    private static func identifier(_ name: String) -> String {
        String(name.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "_" })
    }
}
