// Reading a segment journal from a position on.

extension SegmentJournal {
    /// Reads from there on.
    public func read(
        from position: JournalPosition,
        _ visit: (_ payload: RawSpan, _ position: JournalPosition, _ next: JournalPosition) ->
            JournalVisit
    ) throws(JournalError) {
        if case .closed = state { throw .closed }
        // A segment that is given up takes the position after its last block with it, which is
        // where the first block that is left begins.
        let first = segments.first?.start ?? 0
        let position = position.rawValue == first ? start : position
        if position < start { throw .released(position: position, start: start) }
        if position == end { return }
        guard position < end,
            let index = segments.lastIndex(where: { $0.start <= position.rawValue })
        else { throw .notABlock(position: position) }
        let offset = Int(position.rawValue - segments[index].start)
        if offset % JournalLayout.pageBytes != 0 { throw .notABlock(position: position) }
        // Offset 0: the block before filled its segment to the last byte.
        var walk = BlockWalk(
            segment: index, offset: max(offset, JournalLayout.pageBytes), end: position.rawValue)
        try walk.visit(in: self, visit)
    }

    /// The first block of the segment after one, with its reader; nil if there is none.
    func following(
        _ index: Int
    ) throws(StorageError) -> (reader: SegmentReader<Directory.File>, block: BlockHeader)? {
        guard index + 1 < segments.count else { return nil }
        let reader = try reader(index + 1)
        guard case .block(let block) = try reader.find(at: JournalLayout.pageBytes) else {
            return nil
        }
        return (reader, block)
    }

    func reader(_ index: Int) throws(StorageError) -> SegmentReader<Directory.File> {
        let file = try storage.open(name(index), for: .reading)
        return SegmentReader(file, segments[index])
    }
}
