// Memory that blocks are read into and headers made in; every access is checked against its size.
import CPlatform
import Glibc

/// Bytes on a page boundary, owned by one object.
///
/// Safe: the memory lives as long as the object, and each operation checks its bounds.
@safe
final class JournalBuffer {
    let count: Int
    private let memory: UnsafeMutableRawBufferPointer

    /// `count` zeros.
    init(count: Int) {
        self.count = count
        unsafe memory = .allocate(byteCount: count, alignment: JournalLayout.pageBytes)
        clear()
    }

    deinit { unsafe memory.deallocate() }

    func clear() { unsafe memset(memory.baseAddress!, 0, count) }

    func load<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, at offset: Int
    ) -> Number {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count, "\(offset)")
        return unsafe Number(littleEndian: memory.loadUnaligned(fromByteOffset: offset, as: type))
    }

    func store<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count, "\(offset)")
        unsafe memory.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Number.self)
    }

    func checksum(_ range: Range<Int>, seed: UInt32) -> UInt32 {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range)")
        return unsafe portals_crc32c(seed, memory.baseAddress! + range.lowerBound, range.count)
    }

    /// Calls `body` with the bytes in `range`.
    func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range)")
        let part = unsafe UnsafeRawBufferPointer(rebasing: memory[range])
        return try body(unsafe part.bytes)
    }

    /// Calls `body` with the first `count` bytes to be written.
    func withMutableBytes<Result, Failure: Error>(
        _ count: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(count >= 0 && count <= self.count, "\(count)")
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
        var span = unsafe part.mutableBytes
        return try body(&span)
    }
}
