// Memory of a worker, on its NUMA node: rings, chunks and tables come from here.
import Platform
import Synchronization

/// Hands out the memory of one worker: that of its NUMA node, or of the process's allocator where
/// it is bound to none; of both, large blocks in pages of 2 MiB where the kernel has them.
///
/// A table of ten million keys has 65,000 pages of 4 KiB, more than a processor's address cache
/// holds. `NodeMemory` works in whole pages; small blocks of a node share pages here, in powers of
/// two, and are used again.
/// - Ownership: any thread; a lock, because blocks are asked for when structures grow, never per
///   event.
final class WorkerArena: Sendable {
    /// The node that all of it is bound to; nil for the process's allocator.
    let node: NodeID?
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var pages: [UInt: NodeMemory] = [:]
        var free: [Int: [UInt]] = [:]
        var next: UInt = 0
        var end: UInt = 0
    }

    /// Small blocks of a node are cut from pages of this size; larger ones than a quarter are whole
    /// pages of their own.
    private static let pageByteCount = 1 << 20
    /// Four huge pages: smaller blocks the processor finds without them, and of the last page half
    /// is used in vain.
    private static let hugeByteCountMin = 8 << 20

    init(node: NodeID?) { self.node = node }

    var source: MemorySource {
        unsafe MemorySource(
            allocate: { byteCount, alignment in unsafe self.take(byteCount, alignment) },
            deallocate: { memory, byteCount in unsafe self.giveBack(memory, byteCount) })
    }

    /// All pages that it holds.
    var blocks: [NodeMemory] { state.withLock { Array($0.pages.values) } }

    private static func blockSize(_ byteCount: Int) -> Int {
        var size = 128
        while size < byteCount { size *= 2 }
        return size
    }

    /// Blocks of so many bytes have pages of their own.
    private func hasOwnPages(_ byteCount: Int) -> Bool {
        node == nil
            ? byteCount >= Self.hugeByteCountMin
            : Self.blockSize(byteCount) > Self.pageByteCount / 4
    }

    private func take(_ byteCount: Int, _ alignment: Int) -> UnsafeMutableRawPointer {
        precondition(alignment <= 4_096, "memory of a worker is aligned to a page at the most")
        if hasOwnPages(byteCount) {
            let memory = pages(byteCount)
            state.withLock { $0.pages[unsafe UInt(bitPattern: memory.base)] = memory }
            return unsafe memory.base
        }
        if node == nil { return .allocate(byteCount: byteCount, alignment: alignment) }
        let address = state.withLock { cut(Self.blockSize(max(byteCount, alignment)), &$0) }
        return unsafe UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
    }

    /// A small block of the node.
    private func cut(_ size: Int, _ state: inout State) -> UInt {
        if let address = state.free[size]?.popLast() { return address }
        var start = (state.next + UInt(size) - 1) & ~(UInt(size) - 1)
        if start + UInt(size) > state.end {
            let memory = pages(Self.pageByteCount)
            let address = unsafe UInt(bitPattern: memory.base)
            state.pages[address] = memory
            state.end = address + UInt(Self.pageByteCount)
            start = (address + UInt(size) - 1) & ~(UInt(size) - 1)
        }
        state.next = start + UInt(size)
        return start
    }

    private func pages(_ byteCount: Int) -> NodeMemory {
        do {
            return try NodeMemory.allocate(
                byteCount: byteCount, on: node,
                pages: byteCount >= Self.hugeByteCountMin ? .huge : .small)
        } catch {
            // As the process's allocator does: a worker can't go on without memory.
            fatalError(
                "no memory\(node.map { " on node \($0)" } ?? "") for a worker: \(error)")
        }
    }

    private func giveBack(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) {
        let address = UInt(bitPattern: memory)
        if hasOwnPages(byteCount) {
            state.withLock { $0.pages.removeValue(forKey: address) }?.free()
        } else if node == nil {
            unsafe memory.deallocate()
        } else {
            state.withLock { $0.free[Self.blockSize(byteCount), default: []].append(address) }
        }
    }

    deinit {
        state.withLock { state in
            for memory in state.pages.values { memory.free() }
        }
    }
}
