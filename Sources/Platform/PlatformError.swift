// The one error of this module: what was asked of the machine, where, and what to do about it.
import Glibc

/// A request that the machine, its kernel or its container refused, or a file of theirs that lies.
public struct PlatformError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What to branch on.
    public enum Code: String, Sendable {
        /// A file of the topology tree holds what no kernel writes there; `path` names it.
        case malformedTopology
        /// The directory holds no processor at all; `path` names it.
        case noProcessors
        /// The kernel or container refuses the processors asked for.
        case pinningRefused
        /// The kernel gives no further thread.
        case threadRefused
        /// The kernel gives no further memory.
        case memoryRefused
    }

    /// The kind of refusal.
    public let code: Code
    /// What happened, and the cure.
    public let message: String
    /// The file or directory it is about.
    public let path: String?
    /// The `errno` of the refused system call.
    public let systemError: Int32?

    init(_ code: Code, _ message: String, path: String? = nil, systemError: Int32? = nil) {
        self.code = code
        self.message = message
        self.path = path
        self.systemError = systemError
    }

    /// Place, message and system error in one line.
    public var description: String {
        var text = message
        if let systemError { text += " (\(nameOfSystemError(systemError)))" }
        if let path { text = "\(path): \(text)" }
        return text
    }
}

/// "Operation not permitted, errno 1".
func nameOfSystemError(_ number: Int32) -> String {
    // `strerror` keeps a static buffer; the text is copied at once and only ever shown to people.
    unsafe "\(String(cString: strerror(number))), errno \(number)"
}
