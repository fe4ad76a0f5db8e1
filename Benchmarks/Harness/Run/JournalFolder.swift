// Where the trials of a run write their journals: each into an empty directory of its own, which
// goes with the trial.
import Foundation

/// The folder that holds the journals of a run, one at a time.
public struct JournalFolder: Sendable {
    /// Path of the folder, on the device that is to be measured.
    public let path: String

    /// A folder at `path`; it is made when a trial needs it.
    public init(path: String) { self.path = path }

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
        let directory = "\(path)/journal-\(getpid())-\(UUID().uuidString.prefix(8))"
        try make(directory)
        configuration.journalDirectory = directory
    }

    /// Removes the directory of a trial that has ended, however it did.
    func remove(of configuration: TrialConfiguration) {
        guard let directory = configuration.journalDirectory else { return }
        try? FileManager.default.removeItem(atPath: directory)
    }
}
