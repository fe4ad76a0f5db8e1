// Memory of a worker on its NUMA node: rings, chunks and tables come from here.
import Platform
import Synchronization

/// Hands out memory of one NUMA node.
///
/// `NodeMemory` works in whole pages; small blocks share pages here, in powers of two, and are used
/// again.
/// - Ownership: any thread; a lock, because blocks are asked for when structures grow, never per
///   event.
final class NodeArena: Sendable {
    private let node: NodeID
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var pages: [UInt: NodeMemory] = [:]
        var free: [Int: [UInt]] = [:]
        var next: UInt = 0
        var end: UInt = 0
    }

    /// Small blocks are cut from pages of this size; larger ones are whole pages of their own.
    private static let pageByteCount = 1 << 20

    init(node: NodeID) { self.node = node }

    var source: MemorySource {
        unsafe MemorySource(
            allocate: { byteCount, alignment in
                unsafe UnsafeMutableRawPointer(bitPattern: self.take(byteCount, alignment))
                    .unsafelyUnwrapped
            },
            deallocate: { memory, byteCount in
                self.giveBack(UInt(bitPattern: memory), byteCount)
            })
    }

    /// All pages that it holds.
    var blocks: [NodeMemory] { state.withLock { Array($0.pages.values) } }

    private static func blockSize(_ byteCount: Int) -> Int {
        var size = 128
        while size < byteCount { size *= 2 }
        return size
    }

    private func take(_ byteCount: Int, _ alignment: Int) -> UInt {
        precondition(alignment <= 4_096, "memory of a node is aligned to a page at the most")
        let size = Self.blockSize(max(byteCount, alignment))
        return state.withLock { state in
            if size > Self.pageByteCount / 4 {
                let memory = pages(byteCount)
                let address = unsafe UInt(bitPattern: memory.base)
                state.pages[address] = memory
                return address
            }
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
    }

    private func pages(_ byteCount: Int) -> NodeMemory {
        do {
            return try NodeMemory.allocate(
                byteCount: byteCount, on: node,
                pages: byteCount >= LargePages.byteCountMin ? .huge : .small)
        } catch {
            // As the process's allocator does: a worker can't go on without memory.
            fatalError("no memory on node \(node): \(error)")
        }
    }

    private func giveBack(_ address: UInt, _ byteCount: Int) {
        let size = Self.blockSize(byteCount)
        state.withLock { state in
            if size > Self.pageByteCount / 4 {
                state.pages.removeValue(forKey: address)?.free()
            } else {
                state.free[size, default: []].append(address)
            }
        }
    }

    deinit {
        state.withLock { state in
            for memory in state.pages.values { memory.free() }
        }
    }
}
