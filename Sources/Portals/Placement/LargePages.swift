// Memory of sites that bind none to a node: the allocator of the process, and huge pages for large
// blocks.
import Platform
import Synchronization

/// The process's allocator, but pages of 2 MiB, where the kernel has them, for blocks of at least
/// ``byteCountMin``.
///
/// A table of ten million keys has 65,000 pages of 4 KiB, and the processor remembers the places of
/// some two thousand: nearly every event missed there too.
/// - Ownership: any thread; a lock, because only tables and rings that grow ask for such blocks.
enum LargePages {
    static let source = unsafe MemorySource(
        allocate: { byteCount, alignment in
            if byteCount >= byteCountMin, alignment <= 4_096, let memory = pages(byteCount) {
                let address = unsafe UInt(bitPattern: memory.base)
                taken.withLock { $0[address] = memory }
                return unsafe memory.base
            }
            return .allocate(byteCount: byteCount, alignment: alignment)
        },
        deallocate: { memory, byteCount in
            let address = UInt(bitPattern: memory)
            if byteCount >= byteCountMin,
                let pages = taken.withLock({ $0.removeValue(forKey: address) })
            {
                return pages.free()
            }
            unsafe memory.deallocate()
        })

    /// Four huge pages: smaller blocks the processor finds without them, and of the last page half
    /// is used in vain.
    static let byteCountMin = 8 << 20

    /// The blocks in use, by their addresses.
    private static let taken = Mutex<[UInt: NodeMemory]>([:])

    /// Nil where the kernel gives none: the allocator ends the process then, and says so.
    private static func pages(_ byteCount: Int) -> NodeMemory? {
        try? NodeMemory.allocate(byteCount: byteCount, pages: .huge)
    }
}
