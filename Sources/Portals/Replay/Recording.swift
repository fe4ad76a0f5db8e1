// What a site left in its directory, to be looked at and run again: nothing in it is changed.

/// The journal and snapshots of a site that does not run.
///
/// - Ownership: one thread at a time. Holds the directory's lock, so that no site starts on it.
/// - Cost: reads the whole journal once to find its end.
public final class Recording {
    /// The directory.
    public let path: String
    /// The names of the applications that it is of, joined by `+`.
    public let applicationName: String
    let journal: SegmentJournal<FileStorage>
    private let store: SnapshotStore<FileStorage>

    /// Opens what a site left in a directory.
    ///
    /// - Errors: ``RecordingError/noJournal(path:reason:)`` where there is none, ``JournalError``
    ///   where it is damaged, of a newer version, or in use.
    public init(_ path: String) throws {
        let storage: FileStorage
        do {
            storage = try FileStorage(path: path, missing: .refuse)
        } catch {
            throw RecordingError.noJournal(path: path, reason: "\(error)")
        }
        guard
            let application = try SegmentChain(storage, application: nil).segments.first?
                .application
        else {
            throw RecordingError.noJournal(
                path: path, reason: "no segment file of a journal lies there")
        }
        self.path = path
        applicationName = application.name
        journal = try SegmentJournal(opening: storage, application: application)
        store = SnapshotStore(storage, epoch: journal.epoch)
    }

    /// The snapshots that can be read, the oldest first.
    func snapshots() throws -> [Snapshot] { try store.all() }
}

/// Why a recorded run can't be looked at.
public enum RecordingError: Error, CustomStringConvertible {
    /// There is no journal.
    case noJournal(path: String, reason: String)
    /// An element or node that the applications don't have.
    case unknownPath(String, known: [String])
    /// A step is of one of several elements, and none was named.
    case whoseStep(elements: [String])
    /// The element did not come so far.
    case beyondEnd(step: UInt64, element: String, next: UInt64)
    /// What came before a snapshot was given up.
    case givenUp(step: UInt64, element: String, first: UInt64)
    /// The record ends before all that the step depends on.
    case lost(step: UInt64, element: String, next: UInt64)

    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .noJournal(let path, let reason):
            "\(path) holds no journal: \(reason). Name the directory that was given to "
                + "`SiteJournal.directory`, or to `portals bench --keep-journals`"
        case .unknownPath(let path, let known):
            "there is no '\(path)' in what was recorded; there is:\n  "
                + known.joined(separator: "\n  ")
        case .whoseStep(let elements):
            "a step is of one element, and there are several; name one of:\n  "
                + elements.joined(separator: "\n  ")
        case .beyondEnd(let step, let element, let next):
            next == 0
                ? "\(element) has done no step"
                : "\(element) has done no step \(step): the last one recorded is \(next - 1)"
        case .givenUp(let step, let element, let first):
            "step \(step) of \(element) was given up for a snapshot: the first that is left is "
                + "\(first)"
        case .lost(let step, let element, let next):
            "the record ends before all that step \(step) of \(element) depends on: a crash took "
                + "it, and nobody had seen the step; the last one that can be done again is "
                + (next == 0 ? "none" : "\(next - 1)")
        }
    }
}
