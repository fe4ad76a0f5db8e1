// Reads a run from its folder.
import Foundation

extension RecordedRun {
    /// Which files of the trials are read.
    public enum TrialFiles: Sendable {
        /// None: the rows are enough.
        case none
        /// What happened over time: for comparisons, which look into the trials.
        case series
        /// Also the histograms: for reports and exports.
        case all

        fileprivate func has(_ name: String) -> Bool {
            switch self {
            case .none: false
            case .series: name.hasSuffix(".series.csv")
            case .all: name.hasSuffix(".series.csv") || name.hasSuffix(".hlog")
            }
        }
    }

    /// Why a folder is no run, and what to do.
    public struct Fault: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Reads the folder of a run; a torn last row is left out.
    ///
    /// - Errors: `Fault` with the file, the line and the cure.
    public init(folder: String, trialFiles: TrialFiles) throws(Fault) {
        let results = "\(folder)/results.csv"
        guard FileManager.default.fileExists(atPath: results) else {
            throw Fault(
                description: "\(folder) is no run: it has no results.csv; name a folder that "
                    + "'portals bench' wrote, such as one in Results")
        }
        let trials = "\(folder)/trials"
        var files: [String: String] = [:]
        let names = (try? FileManager.default.contentsOfDirectory(atPath: trials)) ?? []
        for name in names where trialFiles.has(name) {
            files[name] = try? String(contentsOfFile: "\(trials)/\(name)", encoding: .utf8)
        }
        do {
            try self.init(
                name: URL(fileURLWithPath: folder).lastPathComponent, path: folder,
                resultsText: try String(contentsOfFile: results, encoding: .utf8),
                environmentText: try? String(
                    contentsOfFile: "\(folder)/environment.json", encoding: .utf8),
                trialFiles: files)
        } catch let error as ResultFileError {
            throw Fault(description: "\(folder)/\(error)")
        } catch {
            throw Fault(description: "\(results) cannot be read: \(error.localizedDescription)")
        }
    }

    /// Its environment as this version writes it; nil if there is none.
    ///
    /// - Errors: `Fault` for that of another program or version.
    public func environmentRecord() throws(Fault) -> EnvironmentRecord? {
        guard let environmentText else { return nil }
        do {
            return try JSONDecoder().decode(
                EnvironmentRecord.self, from: Data(environmentText.utf8))
        } catch {
            throw Fault(
                description: "\(path)/environment.json cannot be read (\(error)); it is of another "
                    + "version, or was changed")
        }
    }
}
