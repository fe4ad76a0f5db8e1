// What a journal refuses: each with the file, the position, and what an operator can do.

/// A refusal of a ``Journal``.
public enum JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The disk refused; what was durable is untouched.
    case storage(StorageError)
    /// A block or file changed after it was durable.
    case damaged(JournalDamage)
    /// A newer release of this program wrote the file.
    case newerFormat(path: String, version: Int, supported: Int)
    /// The directory holds the journal of another application.
    case otherApplication(path: String, found: String, expected: String)
    /// A file is missing between two others; the blocks from `position` on were in it.
    case missingSegment(directory: String, position: JournalPosition)
    /// An append after a position that is not the end: someone else appended, or the caller lost
    /// count.
    case notTheEnd(after: JournalPosition, end: JournalPosition)
    /// Another opener has fenced this one off.
    case fenced(epoch: JournalEpoch, by: JournalEpoch)
    /// An append before ``Journal/fence()``.
    case notFenced
    /// A block that no segment can hold.
    case payloadTooLarge(bytes: Int, max: Int)
    /// Reading before the first block that is still there.
    case released(position: JournalPosition, start: JournalPosition)
    /// Reading from a position that is between no two blocks.
    case notABlock(position: JournalPosition)
    /// An earlier error ended this journal for good.
    case failed(StorageError)
    /// It was closed.
    case closed

    /// What happened, where, and the cure.
    public var description: String {
        switch self {
        case .storage(let error): error.description
        case .damaged(let damage): damage.description
        case .newerFormat(let path, let version, let supported):
            "\(path): written in format \(version) by a newer release; this one reads up to "
                + "\(supported): use that release"
        case .otherApplication(let path, let found, let expected):
            "\(path): the journal of application \(found), not of \(expected): give each "
                + "application a directory of its own"
        case .missingSegment(let directory, let position):
            "\(directory): the segment that holds position \(position.rawValue) is missing: put "
                + "it back, or give up all from there on: portals journal repair \(directory) "
                + "--cut-at \(position.rawValue)"
        case .notTheEnd(let after, let end):
            "an append after position \(after.rawValue), but the journal ends at \(end.rawValue): "
                + "read what was appended meanwhile"
        case .fenced(let epoch, let other):
            "epoch \(other.rawValue) has taken this journal over from epoch \(epoch.rawValue): "
                + "end this process; the other one goes on"
        case .notFenced: "an append before fence(): call it once after opening"
        case .payloadTooLarge(let bytes, let max):
            "a block of \(bytes) bytes, but a segment holds \(max): commit smaller blocks, or make "
                + "segments larger"
        case .released(let position, let start):
            "position \(position.rawValue) was given up; the journal begins at \(start.rawValue): "
                + "recover from a newer snapshot"
        case .notABlock(let position):
            "position \(position.rawValue) is between no two blocks of this journal: it belongs to "
                + "another one, or was not taken from one"
        case .failed(let error):
            "the journal has ended by an earlier error: \(error)"
        case .closed: "the journal was closed"
        }
    }
}

/// Where a journal is damaged, and how that is known.
public struct JournalDamage: Equatable, Sendable, CustomStringConvertible {
    /// The directory of the journal.
    public let directory: String
    /// The name of the damaged file in it.
    public let file: String
    /// The byte in that file where the damage begins, at the latest.
    public let offset: Int
    /// The position up to which everything is whole; what `--cut-at` takes.
    public let position: JournalPosition
    /// How it is known.
    public let reason: String

    /// The place, the reason and the command to run.
    public var description: String {
        "\(directory)/\(file): damaged at byte \(offset), position \(position.rawValue): "
            + "\(reason). Put back a good copy of the file; or look with: portals journal check "
            + "\(directory); and give up everything from there on with: portals journal repair "
            + "\(directory) --cut-at \(position.rawValue)"
    }
}

/// A tail that was never durable and was cut, as after a crash during a write.
public struct JournalCut: Equatable, Sendable {
    /// Where the journal ends now.
    public let position: JournalPosition
    /// Bytes recognised after it, of blocks that no one was ever told were durable.
    public let byteCount: UInt64
}
