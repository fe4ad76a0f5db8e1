// The folder of a run: results row by row, environment, tables and logs.
import Foundation
import Report

/// The output folder of one run; rows are on their way to the disk when `append` returns.
public final class RunFolder {
    /// Path of the folder.
    public let path: String
    private let schema: ResultSchema
    private let results: FileHandle

    /// Why a folder cannot be used, and what to do.
    public struct Fault: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Makes the folder and its empty `results.csv`.
    ///
    /// - Throws: `Fault` if it cannot be written or holds results already: nothing is overwritten.
    public init(creating path: String, schema: ResultSchema) throws(Fault) {
        self.path = path
        self.schema = schema
        let file = path + "/results.csv"
        if FileManager.default.fileExists(atPath: file) {
            throw Fault(description: "\(file) exists; give another folder with --output DIR")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path + "/logs", withIntermediateDirectories: true)
            try Data(ResultFile.headerLine(schema).utf8).write(to: URL(fileURLWithPath: file))
            results = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try results.seekToEnd()
        } catch {
            throw Fault(
                description: "\(path) cannot be written (\(error.localizedDescription)); "
                    + "give another folder with --output DIR")
        }
    }

    /// Opens the folder of a run that was ended, cuts off a torn last row, and gives the rows.
    ///
    /// - Throws: `Fault` if there are no results or they have other columns than `schema`.
    public static func reopen(
        _ path: String, schema: ResultSchema
    ) throws(Fault) -> (folder: RunFolder, rows: [ResultRow]) {
        let name = path + "/results.csv"
        do {
            let url = URL(fileURLWithPath: name)
            let file = try ResultFile(text: String(contentsOf: url, encoding: .utf8))
            guard file.schema == schema else {
                throw Fault(
                    description: "\(name) has the columns of another matrix; start a new run")
            }
            let handle = try FileHandle(forUpdating: url)
            try handle.truncate(atOffset: UInt64(file.completeByteCount))
            try handle.seekToEnd()
            return (RunFolder(path: path, schema: schema, results: handle), file.rows)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(description: "\(name) cannot be continued: \(error)")
        }
    }

    private init(path: String, schema: ResultSchema, results: FileHandle) {
        self.path = path
        self.schema = schema
        self.results = results
    }

    /// Appends one row; written through to the kernel, so a kill of this process loses nothing.
    public func append(_ row: ResultRow) throws(Fault) {
        try write("results.csv") {
            try results.write(contentsOf: Data(ResultFile.line(row, schema).utf8))
        }
    }

    /// Writes `environment.json`.
    public func write(_ environment: EnvironmentRecord) throws(Fault) {
        try write("environment.json") {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try (encoder.encode(environment) + Data("\n".utf8)).write(
                to: URL(fileURLWithPath: path + "/environment.json"), options: .atomic)
        }
    }

    /// Writes `table.txt` and `table.md`.
    public func write(_ table: ResultTable) throws(Fault) {
        try write("table.txt") {
            for (name, text) in [("table.txt", table.text), ("table.md", table.markdown)] {
                try Data(text.utf8).write(
                    to: URL(fileURLWithPath: "\(path)/\(name)"), options: .atomic)
            }
        }
    }

    /// The stem of a trial's own files.
    func trialName(block: Int, position: Int, configuration: TrialConfiguration) -> String {
        let number = { (value: Int, width: Int) in
            String(repeating: "0", count: max(0, width - String(value).count)) + String(value)
        }
        return "block-\(number(block + 1, 2))-trial-\(number(position + 1, 3))-"
            + "\(configuration.workload)-\(configuration.system)"
    }

    /// Where a trial keeps what it says.
    func logPath(_ trial: String) -> String { "\(path)/logs/\(trial).log" }

    /// Writes what a trial did over time, and all of its latencies; each file only where there is
    /// something. A fault goes to the notes: the row has the figures.
    func writeTrial(
        _ trial: String, _ measurement: TrialMeasurement, note: (String) -> Void
    ) {
        var files: [(name: String, text: String)] = []
        if let series = measurement.series, !series.intervals.isEmpty {
            files.append(("\(trial).series.csv", series.csv))
        }
        if let log = measurement.latencyLog() { files.append(("\(trial).hlog", log)) }
        if files.isEmpty { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path + "/trials", withIntermediateDirectories: true)
            for file in files {
                try Data(file.text.utf8).write(
                    to: URL(fileURLWithPath: "\(path)/trials/\(file.name)"))
            }
        } catch {
            note("the trial's own files cannot be written: \(error.localizedDescription)")
        }
    }

    /// Appends the notes of a trial to its log, and drops a log that holds nothing.
    func finishLog(_ path: String, notes: [String]) {
        if !notes.isEmpty {
            let old = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
            let text = notes.map { "note: \($0)\n" }.joined()
            try? (old + Data(text.utf8)).write(to: URL(fileURLWithPath: path))
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? UInt64
        if size == 0 { try? FileManager.default.removeItem(atPath: path) }
    }

    private func write(_ name: String, _ body: () throws -> Void) throws(Fault) {
        do {
            try body()
        } catch {
            throw Fault(
                description: "\(path)/\(name) cannot be written (\(error.localizedDescription)); "
                    + "make room or give another folder with --output DIR")
        }
    }
}
