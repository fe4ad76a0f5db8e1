// A run as it lies on disk: its rows, its environment, and what each trial left beside them.
import Foundation

/// The folder of a run, read.
public struct ResultRun: Sendable {
    /// Path of the folder, as it was given.
    public let path: String
    public let rows: [ResultRow]
    /// Absent if the file is not there.
    public let environment: EnvironmentRecord?

    /// Why a folder is no run, and what to do.
    public struct Fault: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Reads the folder of a run; a torn last row is left out.
    ///
    /// - Errors: `Fault` with the file, the line and the cure.
    public init(path: String) throws(Fault) {
        self.path = path
        let results = path + "/results.csv"
        guard FileManager.default.fileExists(atPath: results) else {
            throw Fault(
                description: "\(path) is no run: it has no results.csv; name a folder that "
                    + "'portals bench' wrote, such as one in Results")
        }
        do {
            rows = try ResultFile(text: String(contentsOfFile: results, encoding: .utf8)).rows
        } catch {
            throw Fault(description: "\(path): \(error)")
        }
        let record = path + "/environment.json"
        guard let data = FileManager.default.contents(atPath: record) else {
            environment = nil
            return
        }
        do {
            environment = try JSONDecoder().decode(EnvironmentRecord.self, from: data)
        } catch {
            throw Fault(
                description: "\(record) cannot be read (\(error)); it is of another program, or "
                    + "was changed")
        }
    }

    /// Where a file of a trial lies, if it is there.
    public func trialFile(_ row: ResultRow, _ suffix: String) -> String? {
        guard !row.trial.isEmpty else { return nil }
        let file = "\(path)/trials/\(row.trial).\(suffix)"
        return FileManager.default.fileExists(atPath: file) ? file : nil
    }

    /// Events a second of each interval of a trial; empty without a series.
    ///
    /// - Errors: `Fault` for a file that is none.
    public func intervals(of row: ResultRow) throws(Fault) -> [Double] {
        guard let file = trialFile(row, "series.csv") else { return [] }
        let records: CSV.Records
        do {
            records = try CSV.parse(String(contentsOfFile: file, encoding: .utf8))
        } catch {
            throw Fault(description: "\(file) cannot be read: \(error)")
        }
        let header = records.records.first?.fields ?? []
        guard let seconds = header.firstIndex(of: "seconds"),
            let events = header.firstIndex(of: "events")
        else {
            throw Fault(description: "\(file):1: there are no columns 'seconds' and 'events'")
        }
        var start = 0.0
        var rates: [Double] = []
        for record in records.records.dropFirst() where record.isComplete {
            guard record.fields.count == header.count, let end = Double(record.fields[seconds]),
                let count = Double(record.fields[events]), end > start
            else {
                throw Fault(description: "\(file):\(record.line): no interval")
            }
            rates.append(count / (end - start))
            start = end
        }
        return rates
    }
}
