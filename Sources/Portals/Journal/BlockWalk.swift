// Reading the blocks of an open journal from a position on.

/// A place that a reader of a journal has come to.
struct BlockWalk {
    var segment: Int
    var offset: Int
    /// The position that it stands for, after the block before.
    var end: UInt64
    /// All that the next block must say; nil before the first one.
    private var place: ChainPlace?

    init(segment: Int, offset: Int, end: UInt64) {
        self.segment = segment
        self.offset = offset
        self.end = end
    }

    /// Shows each data block up to the end of `journal`.
    mutating func visit<Directory: Storage>(
        in journal: SegmentJournal<Directory>,
        _ visit: (RawSpan, JournalPosition, JournalPosition) -> JournalVisit
    ) throws(JournalError) {
        var reader = try storing { () throws(StorageError) in try journal.reader(segment) }
        var following = try storing { () throws(StorageError) in try journal.following(segment) }
        while end < journal.end.rawValue {
            // As ``SegmentChain/walk(from:_:)``: what follows here in the next segment comes first.
            if let next = following, next.block.endOfBefore == end, belongs(next.block) {
                (segment, offset) = (segment + 1, JournalLayout.pageBytes)
                reader = next.reader
                following = try storing { () throws(StorageError) in
                    try journal.following(segment)
                }
            }
            guard let block = try next(in: reader) else { throw failure(in: journal) }
            let next = JournalPosition(rawValue: block.position + UInt64(block.alignedBytes))
            if block.kind == .data {
                let answer = reader.withPayload(of: block, at: offset) { payload in
                    visit(payload, JournalPosition(rawValue: block.position), next)
                }
                if answer == .stop { return }
            }
            pass(block)
        }
    }

    /// The block here, if it belongs here.
    private func next<File: StorageFile>(
        in reader: SegmentReader<File>
    ) throws(JournalError) -> BlockHeader? {
        let found = try storing { () throws(StorageError) in try reader.find(at: offset) }
        guard case .block(let block) = found, belongs(block) else { return nil }
        return block
    }

    private func belongs(_ block: BlockHeader) -> Bool {
        if let place { return place.isFollowed(by: block) }
        // The first block says itself where the one before it ended.
        return block.position == end || block.endOfBefore == end
    }

    private mutating func pass(_ block: BlockHeader) {
        var after = place ?? ChainPlace(before: [])
        after.offset = offset
        after.pass(block)
        (offset, end) = (after.offset, after.end)
        place = after
    }

    private func failure<Directory: Storage>(
        in journal: SegmentJournal<Directory>
    ) -> JournalError {
        if place == nil, end != journal.start.rawValue {
            return .notABlock(position: JournalPosition(rawValue: end))
        }
        return .damaged(
            JournalDamage(
                directory: journal.storage.path,
                file: JournalLayout.segmentName(base: journal.segments[segment].start),
                offset: offset, position: JournalPosition(rawValue: end),
                reason: "a block that was whole when the journal was opened is changed or gone"))
    }
}
