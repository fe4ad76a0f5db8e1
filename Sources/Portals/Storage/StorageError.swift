// What a disk refuses, and what an operator can do about it.
import Glibc

/// An operation on a file or directory that failed.
public struct StorageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What to branch on.
    public enum Code: String, Sendable {
        /// No space, or no more of it for this user.
        case diskFull
        /// The file system, or the directory, takes no writes.
        case readOnly
        /// This user may not.
        case permission
        /// There is no such file or directory.
        case missing
        /// There is such a file already.
        case exists
        /// Another process has locked the directory; `holder` is its id where it is known.
        case inUse
        /// The process or the machine has too many open files.
        case tooManyFiles
        /// The device failed; what it held may be lost.
        case device
        /// The file was closed, or its process is no more (simulated crashes).
        case closed
        /// Anything else; `systemError` tells.
        case other
    }

    /// What was tried.
    public enum Operation: String, Sendable {
        case open, create, read, write, synchronize, size, truncate, list, rename, remove, lock
    }

    /// The kind of refusal.
    public let code: Code
    /// What was tried.
    public let operation: Operation
    /// The file or directory.
    public let path: String
    /// The `errno` of the refused call, 0 if no call was made.
    public let systemError: Int32
    /// The process that has the directory, for `inUse`.
    public let holder: Int32?

    /// An error whose code follows from `systemError`.
    public init(
        _ operation: Operation, path: String, systemError: Int32, holder: Int32? = nil
    ) {
        self.init(
            Self.code(of: systemError), operation, path: path, systemError: systemError,
            holder: holder)
    }

    /// An error of a kind that no system call reports.
    public init(
        _ code: Code, _ operation: Operation, path: String, systemError: Int32 = 0,
        holder: Int32? = nil
    ) {
        self.code = code
        self.operation = operation
        self.path = path
        self.systemError = systemError
        self.holder = holder
    }

    /// "/data/x: create failed: No space left on device (errno 28); free space there, …".
    public var description: String {
        var text = "\(path): \(operation.rawValue) failed"
        if systemError != 0 {
            // `strerror` keeps a static buffer; the text is copied at once and shown to people.
            text += ": \(unsafe String(cString: strerror(systemError))) (errno \(systemError))"
        }
        return "\(text); \(cure)"
    }

    /// What an operator can do.
    public var cure: String {
        switch code {
        case .diskFull: "free space on that file system or move the directory, then start again"
        case .readOnly: "remount the file system for writing, or give another directory"
        case .permission: "let this user write there, or run as the one who may"
        case .missing: "check the path; nothing was created"
        case .exists: "another file has that name: move it away"
        case .inUse:
            holder.map { "process \($0) has it: end that process, or give another directory" }
                ?? "another process has it: end that process, or give another directory"
        case .tooManyFiles: "raise the limit of open files (ulimit -n)"
        case .device:
            "the device did not keep what was written: check it (dmesg), then start again; "
                + "what was acknowledged before is there"
        case .closed: "it was used after it was closed: report this as a bug"
        case .other: "see the system error"
        }
    }

    private static func code(of systemError: Int32) -> Code {
        switch systemError {
        case ENOSPC, EDQUOT: .diskFull
        case EROFS: .readOnly
        case EACCES, EPERM: .permission
        case ENOENT, ENOTDIR: .missing
        case EEXIST: .exists
        case EWOULDBLOCK: .inUse
        case EMFILE, ENFILE: .tooManyFiles
        case EIO: .device
        case EBADF: .closed
        default: .other
        }
    }
}
