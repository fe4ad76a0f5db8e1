// A child process with its output in a pipe and its errors in a file, ended with its group.
import Foundation
import Glibc

/// A started process, leader of a group of its own so that its children end with it.
public struct ChildProcess {
    public let identifier: pid_t
    /// The reading end of its standard output.
    let output: Int32
    private let leadsGroup: Bool

    /// Why a process could not be started.
    public struct StartFault: Error, CustomStringConvertible {
        public let description: String
    }

    /// Starts `path` with its errors appended to `logPath`, or where the caller's go, and nothing
    /// to read.
    ///
    /// - Parameter leadsGroup: ended with all it started; else it stays in the caller's group, and
    ///   ends with that.
    /// - Ownership: the caller calls `wait` or `waitIfEnded` until it ended, then `close`.
    public static func start(
        path: String, arguments: [String], environment: [String: String], logPath: String?,
        leadsGroup: Bool = true
    ) throws(StartFault) -> ChildProcess {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw StartFault(description: "no pipe: \(errorText(errno))")
        }
        defer { Glibc.close(ends[1]) }
        // Closed in other children: a pipe ends when the last holder of its writing end does.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        if let logPath {
            unsafe posix_spawn_file_actions_addopen(
                &actions, 2, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        if leadsGroup {
            unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        }
        unsafe posix_spawnattr_setpgroup(&attributes, 0)

        let argumentTexts = unsafe cStrings(arguments)
        let environmentTexts = unsafe cStrings(environment.map { "\($0.key)=\($0.value)" }.sorted())
        defer {
            unsafe release(argumentTexts)
            unsafe release(environmentTexts)
        }
        var identifier: pid_t = 0
        let result = unsafe posix_spawn(
            &identifier, path, &actions, &attributes, argumentTexts, environmentTexts)
        guard result == 0 else {
            Glibc.close(ends[0])
            throw StartFault(description: "\(path) cannot be started: \(errorText(result))")
        }
        return ChildProcess(identifier: identifier, output: ends[0], leadsGroup: leadsGroup)
    }

    /// Copies with the null that ends the list; the caller frees each.
    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var copies: [UnsafeMutablePointer<CChar>?] = unsafe []
        for text in texts { unsafe copies.append(strdup(text)) }
        unsafe copies.append(nil)
        return unsafe copies
    }

    private static func release(_ copies: [UnsafeMutablePointer<CChar>?]) {
        // By index: the toolchain's formatter joins the words of 'for unsafe copy in'.
        for index in unsafe copies.indices { unsafe free(copies[index]) }
    }

    private static func errorText(_ code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }

    /// What waiting for output brought.
    public enum Arrival {
        case bytes([UInt8])
        /// All holders of the writing end are gone.
        case end
        /// Nothing in that time, or a signal came.
        case nothing
    }

    /// Waits up to `milliseconds` for output, using no processor.
    public func read(waitingMilliseconds milliseconds: Int32) -> Arrival {
        var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&descriptor, 1, milliseconds) > 0 else { return .nothing }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let capacity = buffer.count
        let count = unsafe Glibc.read(output, &buffer, capacity)
        if count > 0 { return .bytes(Array(buffer.prefix(count))) }
        return count < 0 && errno == EINTR ? .nothing : .end
    }

    /// How the process ended, or nil while it runs.
    public func waitIfEnded() -> Ending? { ending(options: WNOHANG) }

    /// Waits for the end of the process.
    public func wait() -> Ending {
        while true {
            if let ending = ending(options: 0) { return ending }
        }
    }

    /// Ends the process, and all of the group that it leads, at once.
    public func kill() { _ = Glibc.kill(leadsGroup ? -identifier : identifier, SIGKILL) }

    /// Gives the pipe back.
    public func close() { Glibc.close(output) }

    /// How a process ended.
    public enum Ending: Equatable {
        case exit(Int32)
        case signal(Int32)

        /// In words.
        public var description: String {
            switch self {
            case .exit(let status): "exit status \(status)"
            case .signal(let number):
                "signal \(number) (\(unsafe String(cString: strsignal(number))))"
            }
        }
    }

    private func ending(options: Int32) -> Ending? {
        var status: Int32 = 0
        let result = unsafe waitpid(identifier, &status, options)
        // Nobody else waits for it: an error other than a signal is a mistake of ours.
        precondition(result >= 0 || errno == EINTR, "waitpid(\(identifier)): errno \(errno)")
        guard result == identifier else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? .exit((status >> 8) & 0xff) : .signal(signal)
    }
}
