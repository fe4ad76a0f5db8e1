// Which malloc serves the process, and how a child process gets the other one.
import CJemalloc
import CPlatform
import Glibc

/// The allocator of a process: linked or preloaded when it starts, never changed after that.
public enum Allocator: String, CaseIterable, Sendable {
    /// jemalloc, which our programs link; it counts what it does.
    case jemalloc
    /// The malloc of the C library; its use is not measured.
    case system

    /// The allocator that really serves this process.
    public static let current = detect()

    /// The library that gives this process its `malloc`; nil in a wholly static program.
    public static var libraryPath: String? { library(of: "malloc") }

    /// The environment that gives a child process of this program this allocator.
    ///
    /// The linker takes `malloc` from the first library that has it: preloading the C library puts
    /// it before the linked jemalloc, and preloading jemalloc puts it before the C library. Paths
    /// are those of the libraries loaded in this process, so nothing is guessed.
    ///
    /// - Parameter environment: that of the child otherwise; other preloaded libraries stay.
    /// - Returns: nil when a library is not loaded here and so can't be named.
    public func childEnvironment(from environment: [String: String]) -> [String: String]? {
        // Functions that only one of the two libraries has.
        guard let system = Self.library(of: "gnu_get_libc_version"),
            let jemalloc = Self.library(of: "mallctl")
        else { return nil }
        var preloaded = (environment["LD_PRELOAD"] ?? "")
            .split { $0 == ":" || $0 == " " }.map(String.init)
            .filter { $0 != system && $0 != jemalloc }
        preloaded.insert(self == .system ? system : jemalloc, at: 0)
        var result = environment
        result["LD_PRELOAD"] = preloaded.joined(separator: ":")
        return result
    }

    /// Whether `malloc` comes from the library that has jemalloc's `mallctl`.
    ///
    /// Not by allocating and looking whether jemalloc's counter moved: optimised code drops a
    /// block that is freed unused, and every release build would call its allocator the system's.
    private static func detect() -> Allocator {
        guard AllocatorStatistics.number("thread.allocated") != nil,
            let jemalloc = library(of: "mallctl"), library(of: "malloc") == jemalloc
        else { return .system }
        return .jemalloc
    }

    private static func library(of symbol: String) -> String? {
        guard let path = unsafe portals_library_of(symbol) else { return nil }
        return unsafe String(cString: path)
    }
}
