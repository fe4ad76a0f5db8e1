// What a trial writes beside its journal, so that the journal can be read without knowing more: the
// trial itself.
import Foundation
import Harness
import Portals

/// A trial whose journal was kept.
public struct RecordedTrial {
    /// As it was run; of a length in events, where it has an end.
    public var configuration: TrialConfiguration

    /// The file in the journal's directory.
    public static let fileName = "trial.json"

    init(_ configuration: TrialConfiguration) { self.configuration = configuration }

    /// The trial whose journal this is.
    ///
    /// - Errors: a `TrialFault` where no trial wrote it, or another version of this program.
    public init(in recording: Recording) throws {
        try self.init(directory: recording.path, application: recording.applicationName)
    }

    /// The trial whose journal lies in a directory.
    public init(directory: String) throws {
        try self.init(directory: directory, application: nil)
    }

    private init(directory: String, application: String?) throws {
        let path = directory + "/" + Self.fileName
        guard let data = FileManager.default.contents(atPath: path) else {
            let owner = application.map { " the journal of '\($0)' in" } ?? ""
            throw TrialFault(
                "\(path) is missing: no trial of this suite wrote\(owner) \(directory). Take a "
                    + "directory that 'portals bench --keep-journals' printed; in a program of "
                    + "your own: Replay(Recording(\"\(directory)\"), of: yourApplication)")
        }
        do {
            configuration = try JSONDecoder().decode(TrialConfiguration.self, from: data)
        } catch {
            throw TrialFault(
                "\(path) is no trial of this version (\(error)): use the version that wrote it")
        }
    }

    /// Writes it beside the journal that is to be.
    func write(directory: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        var written = configuration
        written.journalDirectory = nil
        try encoder.encode(written).write(
            to: URL(fileURLWithPath: directory + "/" + Self.fileName))
    }

    /// The application that ran.
    ///
    /// - Errors: a `TrialFault` for a workload that this program does not know.
    public func application() throws -> Application {
        try WorkloadRun(configuration).application
    }
}
