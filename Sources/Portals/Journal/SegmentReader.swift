// Blocks of one segment file, read through a window and checked.
import CPlatform

/// Reads the blocks of a segment at any of its pages.
///
/// - Cost: one read of the file for each window of a megabyte that is not a hole, and the checksum
///   of what is asked for. Not mapped into memory: a file that shrinks meanwhile gives an error,
///   not a signal.
final class SegmentReader<File: StorageFile> {
    /// What stands at an offset.
    enum Found {
        /// A whole block, which says that it belongs there.
        case block(BlockHeader)
        /// The head of a block that says that it belongs there, and a checksum that denies it.
        case torn(BlockHeader)
        /// Zeros, an old block, the middle of one.
        case nothing
    }

    /// Large enough that a cold disk streams, small against the caches of a start.
    private static var windowBytes: Int { 1 << 20 }

    let header: SegmentHeader
    private let file: File
    private let seed: UInt32
    private var window: JournalBuffer
    /// The part of the file that the window holds.
    private var held = 0..<0

    init(_ file: File, _ header: SegmentHeader) {
        self.file = file
        self.header = header
        seed = JournalLayout.checksumSeed(salt: header.salt)
        window = JournalBuffer(count: min(Self.windowBytes, header.size))
    }

    deinit { file.close() }

    /// What stands at `offset`.
    func find(at offset: Int) throws(StorageError) -> Found {
        guard try hold(offset, JournalLayout.blockHeaderBytes),
            let block = BlockHeader(window, at: offset - held.lowerBound),
            block.position == header.start + UInt64(offset)
        else { return .nothing }
        let count = JournalLayout.blockHeaderBytes + block.payloadCount
        guard try hold(offset, count) else { return .torn(block) }
        let begin = offset - held.lowerBound
        var sum = window.checksum(begin..<begin + 12, seed: seed)
        sum = window.checksum(begin + 16..<begin + count, seed: sum)
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.ignoresChecksums) { return .block(block) }
        #endif
        return sum == block.checksum ? .block(block) : .torn(block)
    }

    /// The first page from `offset` on that may hold something; the segment's size if none does.
    ///
    /// Asked only where the window ends: within it looking is cheaper than asking.
    func nextPage(from offset: Int) throws(StorageError) -> Int {
        if held.contains(offset) { return offset }
        guard let data = try file.nextData(from: offset) else { return header.size }
        return min(data & ~(JournalLayout.pageBytes - 1), header.size)
    }

    /// Calls `body` with the payload of `block`, which ``find(at:)`` has just given.
    func withPayload<Result>(
        of block: BlockHeader, at offset: Int, _ body: (RawSpan) -> Result
    ) -> Result {
        let begin = offset - held.lowerBound + JournalLayout.blockHeaderBytes
        return window.withBytes(begin..<begin + block.payloadCount, body)
    }

    /// Makes the window hold `count` bytes from `offset` on; false if the segment ends before.
    private func hold(_ offset: Int, _ count: Int) throws(StorageError) -> Bool {
        if offset >= held.lowerBound, offset + count <= held.upperBound { return true }
        let left = header.size - offset
        if count > left { return false }
        if count > window.count { window = JournalBuffer(count: JournalLayout.pageAligned(count)) }
        let wanted = min(window.count, left)
        let got = try window.withMutableBytes(wanted) { (bytes) throws(StorageError) in
            try file.read(into: &bytes, at: offset)
        }
        held = offset..<offset + got
        return count <= got
    }
}
