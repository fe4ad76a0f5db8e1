// A run as its folder has it: what comparisons, tables, reports and exports are made from.

/// The contents of a run's folder, read.
public struct RecordedRun: Sendable {
    /// The folder's name.
    public let name: String
    /// Where the folder lies, as its reader named it.
    public let path: String
    /// `results.csv`, as text and as rows.
    public let resultsText: String
    public let rows: [ResultRow]
    /// Names of the further axes.
    public let axisColumns: [String]
    /// `environment.json`, as text and as a document of any schema version; absent if it is not
    /// there.
    public let environmentText: String?
    public let environment: JSONValue?
    /// By the stem of the trial's files.
    public let series: [String: RecordedSeries]
    public let histograms: [String: HdrHistogramLog]
    /// What could not be read, and why.
    public let notes: [String]

    /// Reads the texts of a folder. Only `results.csv` has to be right: what is wrong with another
    /// file is a note.
    ///
    /// - Parameters:
    ///   - path: the folder's place, for messages; its name if nil.
    ///   - trialFiles: contents of `trials/`, by file name.
    public init(
        name: String, path: String? = nil, resultsText: String, environmentText: String?,
        trialFiles: [String: String] = [:]
    ) throws(ResultFileError) {
        let file = try ResultFile(text: resultsText)
        self.name = name
        self.path = path ?? name
        self.resultsText = resultsText
        rows = file.rows
        axisColumns = file.schema.axisColumns
        self.environmentText = environmentText
        environment = environmentText.flatMap { JSONValue(text: $0) }
        var notes: [String] = []
        if file.completeByteCount < resultsText.utf8.count {
            notes.append("results.csv: its last row was torn and is left out")
        }
        if environmentText == nil {
            notes.append("environment.json: not there, so where this ran is not known")
        } else if environment == nil {
            notes.append("environment.json: is no JSON document")
        }
        var series: [String: RecordedSeries] = [:]
        var histograms: [String: HdrHistogramLog] = [:]
        for (fileName, text) in trialFiles.sorted(by: { $0.key < $1.key }) {
            if let stem = Self.stem(fileName, ".series.csv") {
                do throws(ResultFileError) {
                    series[stem] = try RecordedSeries(text: text)
                } catch {
                    notes.append("trials/\(fileName):\(error.line): \(error.problem)")
                }
            } else if let stem = Self.stem(fileName, ".hlog") {
                do throws(HdrHistogramLogError) {
                    histograms[stem] = try HdrHistogramLog(text: text)
                } catch {
                    notes.append("trials/\(fileName):\(error.line): \(error.problem)")
                }
            }
        }
        self.series = series
        self.histograms = histograms
        self.notes = notes
    }

    private static func stem(_ name: String, _ ending: String) -> String? {
        name.hasSuffix(ending) ? String(name.dropLast(ending.count)) : nil
    }

    /// Events a second of each interval of a trial; empty if its series was not recorded or read,
    /// and of a trial with faults.
    public func intervals(of row: ResultRow) -> [Double] {
        guard let series = series[row.trial], !series.hasFaults else { return [] }
        return series.intervals.compactMap(\.eventsPerSecond)
    }

    /// Where and when it ran, in one line; as far as the environment says.
    public var origin: String {
        let machine = environment?["machine"]
        var parts: [String] = []
        if let model = machine?["processorModel"]?.plainText { parts.append(model) }
        if let processors = machine?["processorsUsable"]?.plainText {
            parts.append("\(processors) processors")
        }
        if let started = environment?["startedAt"]?.plainText { parts.append(started) }
        if let commit = environment?["build"]?["commit"]?.plainText {
            let isDirty = environment?["build"]?["isDirty"] == .bool(true)
            parts.append("commit \(commit.prefix(10))\(isDirty ? ", changed since" : "")")
        }
        return parts.joined(separator: " · ")
    }

    /// A run for the comparison table.
    public func tableRun(reference: String? = nil) -> SystemTable.Run {
        SystemTable.Run(
            name: name, origin: origin,
            comparison: SystemComparison(rows: rows, reference: reference))
    }
}

extension JSONValue {
    /// A value without members as a reader has it; nil for null, arrays and objects.
    public var plainText: String? {
        switch self {
        case .null, .array, .object: nil
        case .bool(let value): value ? "yes" : "no"
        case .number(let value): Self.digits(value)
        case .integer(let value): "\(value)"
        case .string(let value): value
        }
    }
}
