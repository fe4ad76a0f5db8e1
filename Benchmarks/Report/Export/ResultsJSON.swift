// A run as one JSON document: results.csv, environment.json and the series of the trials together.

/// The suite's own JSON form; `README.md` beside this folder has its schema.
public enum ResultsJSON {
    /// Version of the form, apart from that of the columns: raised when a reader must know.
    public static let version = 1

    /// The document of one run. What was not measured is absent.
    public static func json(_ run: RecordedRun) -> JSONValue {
        let schema = ResultSchema(axisColumns: run.axisColumns)
        var columns: [JSONValue] = []
        for column in ResultColumn.leading { columns.append(described(column)) }
        for name in run.axisColumns {
            columns.append(.object(["name": .string(name), "kind": .string("setting")]))
        }
        for column in ResultColumn.trailing { columns.append(described(column)) }
        var document: [String: JSONValue] = [
            "format": .string("portals-results"), "formatVersion": .number(Double(version)),
            "schemaVersion": .number(Double(ResultSchema.version)), "run": .string(run.name),
            "columns": .array(columns),
            "trials": .array(run.rows.map { trial($0, run, schema) }),
        ]
        document["environment"] = run.environment
        return .object(document)
    }

    private static func described(_ column: ResultColumn) -> JSONValue {
        .object([
            "name": .string(column.name), "kind": .string(column.isText ? "text" : "number"),
            "unit": .string(column.unit),
        ])
    }

    private static func trial(
        _ row: ResultRow, _ run: RecordedRun, _ schema: ResultSchema
    ) -> JSONValue {
        var members: [String: JSONValue] = [:]
        var settings: [String: JSONValue] = [:]
        for (name, field) in zip(schema.header, row.fields(schema)) where !field.isEmpty {
            if let column = ResultColumn(rawValue: name) {
                members[name] = column.isText ? .string(field) : number(field)
            } else {
                settings[name] = .string(field)
            }
        }
        // Runs of before the column say it by their journal.
        if !row.guaranteeText.isEmpty { members["guarantee"] = .string(row.guaranteeText) }
        members["settings"] = .object(settings)
        members["counts"] = .bool(row.status.counts)
        if let regime = Regime(row) { members["cores"] = .string(regime.rawValue) }
        if let series = row.stem.flatMap({ run.series[$0] }) {
            members["series"] = .array(series.intervals.map(interval))
        }
        return .object(members)
    }

    private static func interval(_ interval: RecordedSeries.Interval) -> JSONValue {
        var members: [String: JSONValue] = ["seconds": .number(interval.seconds)]
        let counts: [(String, UInt64?)] = [
            ("events", interval.events), ("latency_count", interval.latencyCount),
            ("latency_p50_ns", interval.latencyNanosecondsP50),
            ("latency_p99_ns", interval.latencyNanosecondsP99),
            ("latency_max_ns", interval.latencyNanosecondsMax), ("commits", interval.commits),
            ("snapshots", interval.snapshots), ("faults", interval.faults),
        ]
        for (name, value) in counts { members[name] = value.map { .integer($0) } }
        return .object(members)
    }

    private static func number(_ field: String) -> JSONValue {
        UInt64(field).map { .integer($0) } ?? Double(field).map { .number($0) } ?? .string(field)
    }
}

extension ResultColumn {
    /// Whether the column holds words.
    var isText: Bool { unit == "-" }
}
