// A memory source for tests that counts what is out, fills new memory with rubbish, and checks what
// comes back.
import PortalsCore
import Synchronization

/// Memory of the process, counted.
final class CountedMemory: Sendable {
    private let blocks = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)
    private let allocations = Atomic<Int>(0)

    /// Blocks given out and not taken back.
    var blocksOut: Int { blocks.load(ordering: .acquiring) }
    /// Bytes given out and not taken back.
    var bytesOut: Int { bytes.load(ordering: .acquiring) }
    /// Blocks ever given out.
    var allocationCount: Int { allocations.load(ordering: .acquiring) }

    var source: MemorySource {
        unsafe MemorySource(
            allocate: { [self] byteCount, alignment in
                blocks.add(1, ordering: .acquiringAndReleasing)
                bytes.add(byteCount, ordering: .acquiringAndReleasing)
                allocations.add(1, ordering: .acquiringAndReleasing)
                let memory = UnsafeMutableRawPointer.allocate(
                    byteCount: byteCount, alignment: alignment)
                unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xA5, count: byteCount)
                return unsafe memory
            },
            deallocate: { [self] memory, byteCount in
                blocks.subtract(1, ordering: .acquiringAndReleasing)
                bytes.subtract(byteCount, ordering: .acquiringAndReleasing)
                unsafe memory.deallocate()
            })
    }
}
