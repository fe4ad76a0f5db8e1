// Which malloc serves the process, and how a child process gets the other one.
import CJemalloc
import CPlatform

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

    /// Allocates and looks whether jemalloc's counter of this thread moved.
    private static func detect() -> Allocator {
        guard let before = AllocatorStatistics.number("thread.allocated") else { return .system }
        // Not here: a release build drops a malloc whose block is only freed, and sees no jemalloc.
        portals_allocate_once(4_096)
        let after = AllocatorStatistics.number("thread.allocated") ?? before
        return after >= before + 4_096 ? .jemalloc : .system
    }

    private static func library(of symbol: String) -> String? {
        guard let path = unsafe portals_library_of(symbol) else { return nil }
        return unsafe String(cString: path)
    }
}
