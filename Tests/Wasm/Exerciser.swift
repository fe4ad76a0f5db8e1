// Drives the core from a page's point of view: compiled as Embedded Swift for WebAssembly against
// PortalsCore and called by `scripts/test-wasm`, so that the core keeps to what a browser can run.

import PortalsCore

/// Sums `count` squares in memory from the core's own source.
///
/// `expected.csv` holds the answers, from the closed form (n − 1) n (2n − 1) / 6. Memory that comes
/// back misaligned answers `UInt64.max`.
@_expose(wasm, "exercise")
@_cdecl("exercise")
public func exercise(_ count: UInt32) -> UInt64 {
    let byteCount = Int(count) * MemoryLayout<UInt64>.stride
    let alignment = 128
    let memory = MemorySource.heap.allocate(byteCount, alignment)
    defer { MemorySource.heap.deallocate(memory, byteCount) }
    if Int(bitPattern: memory) % alignment != 0 { return .max }

    let squares = memory.bindMemory(to: UInt64.self, capacity: Int(count))
    for index in 0..<Int(count) {
        squares[index] = UInt64(index) &* UInt64(index)
    }
    var sum: UInt64 = 0
    for index in 0..<Int(count) {
        sum &+= squares[index]
    }
    return sum
}
