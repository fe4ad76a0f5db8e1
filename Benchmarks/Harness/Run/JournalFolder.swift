// Where the trials of a run write their journals: each into an empty directory of its own, which
// goes with the trial.
import Foundation

/// The folder that holds the journals of a run, one at a time, or all where they are kept.
public struct JournalFolder: Sendable {
    /// Path of the folder, on the device that is to be measured.
    public let path: String

    /// Journals outlive their trials.
    private let keepsAll: Bool

    /// A folder at `path`; it is made when a trial needs it.
    ///
    /// Its path becomes absolute: servers among the peers change their working directory.
    ///
    /// - Parameter keepsAll: leave the journals there when the trials have ended.
    public init(path: String, keepsAll: Bool = false) {
        self.path =
            path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        self.keepsAll = keepsAll
    }

    /// The journals that are there with what wrote them, so that they can be read and repeated.
    ///
    /// - Parameter file: what every one of them has beside its segments.
    public func kept(with file: String) -> [String] {
        let trials = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return trials.sorted().flatMap { trial in
            let parts =
                (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(trial)")) ?? []
            return parts.sorted().map { "\(path)/\(trial)/\($0)" }
        }
        .filter { FileManager.default.fileExists(atPath: "\($0)/\(file)") }
    }

    /// Makes the folder, so that what is wrong with it is known before the first trial.
    public func make() throws(RunFolder.Fault) { try make(path) }

    private func make(_ directory: String) throws(RunFolder.Fault) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw RunFolder.Fault(
                description: "\(directory) cannot be made (\(error.localizedDescription)); name "
                    + "another disk with --journal-directory")
        }
    }

    /// Gives the trial an empty directory, if it has a journal.
    func give(to configuration: inout TrialConfiguration) throws(RunFolder.Fault) {
        guard configuration.journal != .none else { return }
        let directory =
            keepsAll
            ? "\(path)/\(configuration.workload)-\(configuration.journal.rawValue)-"
                + "\(configuration.seed)-\(UUID().uuidString.prefix(8))"
            : "\(path)/journal-\(getpid())-\(UUID().uuidString.prefix(8))"
        try make(directory)
        configuration.journalDirectory = directory
    }

    /// Removes the directory of a trial that has ended, however it did.
    func remove(of configuration: TrialConfiguration) {
        guard !keepsAll, let directory = configuration.journalDirectory else { return }
        try? FileManager.default.removeItem(atPath: directory)
    }
}
