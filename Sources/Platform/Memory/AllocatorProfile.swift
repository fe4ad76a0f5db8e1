// What jemalloc allocated, by size and, where it was built with its profiler, by stack.
import CJemalloc
import Glibc

/// Allocations by size class, and jemalloc's sampling profiler.
public enum AllocatorProfile {
    /// Blocks of one size class asked for since the start of the process.
    public struct SizeClass: Sendable, Equatable {
        /// Size of the class's blocks.
        public let byteCount: UInt64
        /// How many were asked for.
        public let count: UInt64
    }

    /// All size classes, ascending; nil when another allocator serves the process.
    ///
    /// - Cost: some 100 µs; it empties the calling thread's cache of free blocks, and counts those
    ///   of other threads late by at most 200 of a class, as ``AllocatorStatistics`` does.
    public static func sizeClasses() -> [SizeClass]? {
        guard AllocatorStatistics.read() != nil,
            let bins = AllocatorStatistics.number("arenas.nbins"),
            let extents = AllocatorStatistics.number("arenas.nlextents")
        else { return nil }
        var classes: [SizeClass] = []
        // "All arenas" is 4096 in names (MALLCTL_ARENAS_ALL of jemalloc.h, a macro).
        for bin in 0..<bins {
            if let size = number("arenas.bin.\(bin).size"),
                let count = number("stats.arenas.4096.bins.\(bin).nrequests")
            {
                classes.append(SizeClass(byteCount: size, count: count))
            }
        }
        for extent in 0..<extents {
            if let size = number("arenas.lextent.\(extent).size"),
                let count = number("stats.arenas.4096.lextents.\(extent).nrequests")
            {
                classes.append(SizeClass(byteCount: size, count: count))
            }
        }
        return classes
    }

    /// Whether jemalloc serves the process, was built with its profiler, and was started with it:
    /// `MALLOC_CONF=prof:true,prof_active:false`.
    public static var isAvailable: Bool {
        Allocator.current == .jemalloc && flag("config.prof") && flag("opt.prof")
    }

    /// What a process must be started with for its allocations to be profiled by stack.
    ///
    /// One in 32 KiB is looked at: a keyed count that allocates nothing gives none, a program that
    /// allocates 100 MB/s gives 3,000 a second. All that was allocated counts, not what is left.
    public static let environment = (
        name: "MALLOC_CONF", value: "prof:true,prof_active:false,prof_accum:true,lg_prof_sample:15"
    )

    /// Begins to look at allocations of all threads.
    public static func begin() { setActive(true) }

    /// Ends that, and writes what was seen; false where that is not possible.
    public static func end(path: String) -> Bool {
        setActive(false)
        return unsafe path.withCString { text in
            var name: UnsafePointer<CChar>? = unsafe text
            return unsafe mallctl(
                "prof.dump", nil, nil, &name, MemoryLayout<UnsafePointer<CChar>?>.size) == 0
        }
    }

    private static func setActive(_ isActive: Bool) {
        var value = isActive
        // Where there is no profiler it answers ENOENT, and nothing is written afterwards.
        _ = unsafe mallctl("prof.active", nil, nil, &value, MemoryLayout<Bool>.size)
    }

    private static func flag(_ name: String) -> Bool {
        var value = false
        var size = MemoryLayout<Bool>.size
        return unsafe mallctl(name, &value, &size, nil, 0) == 0 && value
    }

    /// A value of 4 or 8 bytes.
    private static func number(_ name: String) -> UInt64? {
        var wide: UInt64 = 0
        var size = MemoryLayout<UInt64>.size
        if unsafe mallctl(name, &wide, &size, nil, 0) == 0 { return wide }
        var narrow: UInt32 = 0
        size = MemoryLayout<UInt32>.size
        return unsafe mallctl(name, &narrow, &size, nil, 0) == 0 ? UInt64(narrow) : nil
    }
}
