// What an operator does with a journal: look at it whatever its state, and cut it where it must be.

/// What stands in the segment files of a directory.
public struct JournalInspection: Sendable {
    /// One segment file.
    public struct Segment: Sendable {
        /// The file's name in the directory.
        public var name: String
        /// The position of its first byte.
        public var start: JournalPosition
        /// Bytes of the file, as its head says.
        public var byteCount: Int
        /// Blocks of the site's that the chain reaches, and the bytes of their payloads.
        public var blockCount = 0
        public var payloadByteCount = 0
        /// Epochs of its blocks; nil if it has none.
        public var epochs: ClosedRange<UInt64>?
    }

    /// Whose journal it is; nil if there is no whole segment.
    public let application: JournalApplication?
    /// The whole segments, ascending, up to damage.
    public let segments: [Segment]
    /// Segments given up, kept to be written again.
    public let spareCount: Int
    /// After the last block that the chain reaches.
    public let end: JournalPosition
    /// Up to where the blocks themselves say that it was durable.
    public let durable: JournalPosition
    /// What opening will cut, if nothing is damaged.
    public let cut: JournalCut?
    /// What opening will refuse; nil if it will not.
    public let refusal: JournalError?

    /// Reads everything in `storage` and changes nothing; takes no lock.
    ///
    /// - Errors: what the disk refuses, and a newer format. Damage is a result, not an error.
    public init<Directory: Storage>(_ storage: Directory) throws(JournalError) {
        let chain = try SegmentChain(storage, application: nil)
        let tally = Tally(
            chain.segments.map { header in
                Segment(
                    name: JournalLayout.segmentName(base: header.start),
                    start: JournalPosition(rawValue: header.start), byteCount: header.size)
            })
        let place = try chain.walk(from: ChainPlace(before: chain.segments), tally.add)
        application = chain.segments.first?.application
        segments = tally.segments
        spareCount = chain.spares.count
        end = JournalPosition(rawValue: place.end)
        durable = JournalPosition(rawValue: place.durable)
        do throws(JournalError) {
            let tail = try chain.tail(place)
            let byteCount = tail.end - place.end
            cut = byteCount > 0 ? JournalCut(position: end, byteCount: byteCount) : nil
            refusal = nil
        } catch {
            cut = nil
            refusal = error
        }
    }

    /// Counts blocks while the chain is walked.
    private final class Tally {
        var segments: [Segment]

        init(_ segments: [Segment]) { self.segments = segments }

        func add(_ index: Int, _ block: BlockHeader) {
            let epochs = segments[index].epochs ?? block.epoch...block.epoch
            segments[index].epochs =
                min(epochs.lowerBound, block.epoch)...max(epochs.upperBound, block.epoch)
            if block.kind == .data {
                segments[index].blockCount += 1
                segments[index].payloadByteCount += block.payloadCount
            }
        }
    }
}

/// Gives up the end of a journal, and keeps a copy of it.
public enum JournalRepair {
    /// Cuts the journal in `storage` at `position`, and returns the files that hold what was cut.
    ///
    /// Whole segments from there on are renamed to `cut-<position>-<their name>`; of the one that
    /// holds the position, the bytes after it are copied to such a file, then overwritten by zeros.
    /// After a crash in between, the journal is refused as before: cut it again.
    ///
    /// - Errors: `notABlock` if `position` is not between two whole blocks that the chain reaches;
    ///   `storage` with `inUse` while a site runs on it.
    public static func cut<Directory: Storage>(
        _ storage: Directory, at position: JournalPosition
    ) throws(JournalError) -> [String] {
        try storing { () throws(StorageError) in try storage.lock() }
        defer { storage.unlock() }
        let chain = try SegmentChain(storage, application: nil)
        var boundaries: Set<UInt64> = [ChainPlace(before: chain.segments).end]
        _ = try chain.walk(from: ChainPlace(before: chain.segments)) { _, block in
            boundaries.insert(block.position)
            boundaries.insert(block.position + UInt64(block.alignedBytes))
        }
        guard boundaries.contains(position.rawValue) else { throw .notABlock(position: position) }
        return try storing { () throws(StorageError) in
            var kept: [String] = []
            // From the end: a crash in between leaves the whole beginning.
            for name in try storage.names().reversed() {
                guard let start = JournalLayout.segmentStart(name: name) else { continue }
                if start + UInt64(JournalLayout.pageBytes) >= position.rawValue {
                    kept.append(try keptName(of: name, at: position, storage))
                    try storage.rename(name, to: kept[kept.count - 1])
                    try storage.synchronize()
                } else if let header = chain.segments.first(where: { $0.start == start }),
                    header.end > position.rawValue
                {
                    kept.append(try keptName(of: name, at: position, storage))
                    try clear(
                        name, from: Int(position.rawValue - start), copyingTo: kept[kept.count - 1],
                        storage)
                }
            }
            return kept
        }
    }

    private static func keptName<Directory: Storage>(
        of name: String, at position: JournalPosition, _ storage: Directory
    ) throws(StorageError) -> String {
        let names = try storage.names()
        var number = 1
        while names.contains("cut-\(position.rawValue)-\(number)-\(name)") { number += 1 }
        return "cut-\(position.rawValue)-\(number)-\(name)"
    }

    /// Copies the file `name` from `offset` on, and overwrites that part of it by zeros.
    private static func clear<Directory: Storage>(
        _ name: String, from offset: Int, copyingTo copyName: String, _ storage: Directory
    ) throws(StorageError) {
        let file = try storage.open(name, for: .writing)
        defer { file.close() }
        let size = try file.size()
        let copy = try storage.create(copyName, size: max(size - offset, 0))
        defer { copy.close() }
        // A megabyte at a time: as fast as a disk copies, and no more memory than a reader takes.
        let buffer = JournalBuffer(count: 1 << 20)
        for begin in stride(from: offset, to: size, by: buffer.count) {
            let count = min(buffer.count, size - begin)
            let got = try buffer.withMutableBytes(count) { (bytes) throws(StorageError) in
                try file.read(into: &bytes, at: begin)
            }
            try buffer.withBytes(0..<got) { (bytes) throws(StorageError) in
                try copy.write(bytes, at: begin - offset)
            }
        }
        try copy.synchronize()
        try storage.synchronize()
        buffer.clear()
        // A file cut short gets its length back, or it would be refused again.
        let whole = try wholeSize(of: name, storage) ?? size
        if whole > size { try file.truncate(to: whole) }
        for begin in stride(from: offset, to: whole, by: buffer.count) {
            try buffer.withBytes(0..<min(buffer.count, whole - begin)) {
                (bytes) throws(StorageError) in
                try file.write(bytes, at: begin)
            }
        }
        try file.synchronize()
    }

    private static func wholeSize<Directory: Storage>(
        of name: String, _ storage: Directory
    ) throws(StorageError) -> Int? {
        let page = JournalBuffer(count: JournalLayout.pageBytes)
        let file = try storage.open(name, for: .reading)
        defer { file.close() }
        _ = try page.withMutableBytes(page.count) { (bytes) throws(StorageError) in
            try file.read(into: &bytes, at: 0)
        }
        return (try? SegmentHeader(page))?.size
    }
}
