// What jemalloc counts about the process, read through mallctl.
import CJemalloc

/// Figures of jemalloc for the whole process, and for the calling thread.
public struct AllocatorStatistics: Sendable, Equatable {
    /// For example "5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c".
    public let version: String
    /// Bytes in blocks that the process holds.
    public let allocatedByteCount: UInt64
    /// Bytes in pages with such blocks.
    public let activeByteCount: UInt64
    /// Bytes of physical memory, with jemalloc's own records and pages not yet given back.
    public let residentByteCount: UInt64
    /// Bytes of address space in active use.
    public let mappedByteCount: UInt64
    /// Separate heaps that threads are spread over.
    public let arenaCount: Int
    /// Allocations asked for since the start of the process, of all sizes.
    ///
    /// Small ones are counted in caches of each thread and join this figure when such a cache is
    /// refilled or flushed: those of the calling thread always, those of other threads late by at
    /// most 200 of a size class. Over a long run that is nothing.
    public let allocationCount: UInt64
    /// Bytes the calling thread has allocated since its start; exact.
    public let threadAllocatedByteCount: UInt64

    /// Reads all figures now; nil, so not measured, when another allocator serves the process.
    ///
    /// - Cost: some 10 µs (all arenas are summed up), and it empties the calling thread's
    ///   cache of free blocks. Before and after a run, never inside.
    public static func read() -> AllocatorStatistics? {
        guard Allocator.current == .jemalloc else { return nil }
        // The flush makes the thread's own small allocations count; see `allocationCount`.
        let flushed = unsafe mallctl("thread.tcache.flush", nil, nil, nil, 0)
        // Without a cache (MALLOC_CONF=tcache:false) it answers EFAULT, and nothing is late.
        _ = flushed
        // The other figures are those of the last epoch.
        var epoch: UInt64 = 1
        guard unsafe mallctl("epoch", nil, nil, &epoch, MemoryLayout<UInt64>.size) == 0 else {
            return nil
        }
        // "All arenas" is 4096 in names (MALLCTL_ARENAS_ALL of jemalloc.h, a macro).
        guard let version = text("version"), let allocated = number("stats.allocated"),
            let active = number("stats.active"), let resident = number("stats.resident"),
            let mapped = number("stats.mapped"), let arenas = number("arenas.narenas"),
            let small = number("stats.arenas.4096.small.nrequests"),
            let large = number("stats.arenas.4096.large.nmalloc"),
            let thread = number("thread.allocated")
        else { return nil }
        return AllocatorStatistics(
            version: version, allocatedByteCount: allocated, activeByteCount: active,
            residentByteCount: resident, mappedByteCount: mapped, arenaCount: Int(arenas),
            allocationCount: small + large, threadAllocatedByteCount: thread)
    }

    /// Bytes the calling thread has allocated since its start; nil when not measured.
    ///
    /// - Cost: 3 ns, nothing is flushed: fit for a test that counts allocations of a loop.
    public static func threadAllocatedByteCount() -> UInt64? {
        Allocator.current == .jemalloc ? number("thread.allocated") : nil
    }

    /// A value of jemalloc of 4 or 8 bytes; nil when it has none of that name.
    ///
    /// A `StaticString`, because making a C string of a `String` may allocate and so be counted.
    static func number(_ name: StaticString) -> UInt64? {
        let name = unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        // The widest value; jemalloc refuses a length that differs, so the length is tried.
        var wide: UInt64 = 0
        var size = MemoryLayout<UInt64>.size
        if unsafe mallctl(name, &wide, &size, nil, 0) == 0 { return wide }
        var narrow: UInt32 = 0
        size = MemoryLayout<UInt32>.size
        if unsafe mallctl(name, &narrow, &size, nil, 0) == 0 { return UInt64(narrow) }
        return nil
    }

    private static func text(_ name: String) -> String? {
        var value: UnsafePointer<CChar>? = nil
        var size = unsafe MemoryLayout<UnsafePointer<CChar>?>.size
        guard unsafe mallctl(name, &value, &size, nil, 0) == 0, let value = unsafe value else {
            return nil
        }
        return unsafe String(cString: value)
    }
}
