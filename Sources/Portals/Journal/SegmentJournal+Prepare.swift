// What a segment journal does ahead of its blocks: the next segment, and zeros where short ones go.

extension SegmentJournal {
    /// How far ahead of the last block zeros are written: 2 MiB, for 512 short commits.
    private static var aheadBytes: Int { 2 << 20 }
    /// What is left of that when all of it is done at once, which takes 3 ms: room for 16 commits.
    private static var aheadBytesMin: Int { 64 << 10 }
    /// What is done at a time while the writer stays idle: 256 KiB, 0.4 ms.
    private static var aheadPieceBytes: Int { 256 << 10 }
    /// Blocks up to so many bytes are short: what writing them twice costs is below the 60 µs that
    /// it saves of a synchronization.
    static var shortBytes: Int { 16 << 10 }

    /// Writes zeros where the next short blocks go, so that their synchronizations write no more
    /// than they do.
    ///
    /// The first write to reserved space marks it as written in the file system's own journal. A
    /// synchronization then waits for that one too: at the median 220 to 250 µs in place of 160 to
    /// 190, at p99 1 to 1.3 ms in place of 0.3 to 1 (ext4, a write each ms).
    func writeAhead() throws(JournalError) {
        let size = segments[place.segment].size
        let start = max(writtenEnd, place.offset)
        let left = start - place.offset
        let isFirst = place.end != preparedEnd
        preparedEnd = place.end
        let wanted =
            if left < Self.aheadBytesMin {
                Self.aheadBytes
            } else if isFirst || left + Self.aheadPieceBytes > Self.aheadBytes {
                // Who has just been answered may be about to ask again.
                0
            } else {
                Self.aheadPieceBytes
            }
        let end = min(start + wanted, size)
        guard lastIsShort, !hasUnsynchronized, start < end else { return }
        let zeros = JournalBuffer(count: min(Self.aheadPieceBytes, end - start))
        var offset = start
        while offset < end {
            // Before each piece, as before each append.
            try checkFence()
            let count = min(zeros.count, end - offset)
            try attempt { () throws(StorageError) in
                try zeros.withBytes(0..<count) { (bytes) throws(StorageError) in
                    try active?.write(bytes, at: offset)
                }
            }
            offset += count
        }
        hasUnsynchronized = true
        try synchronizeActive()
        writtenEnd = end
    }

    func prepareNext() throws(JournalError) {
        if place.segment + 1 < segments.count { return }
        let last = segments[segments.count - 1]
        try attempt { () throws(StorageError) in
            try addSegment(start: last.end, salt: last.salt, epoch: place.epoch)
        }
    }

    /// Makes the next segment, whole and durable before it has its name, which it takes from none:
    /// who has been fenced off and does not know it yet must not replace a segment of who has
    /// fenced.
    func addSegment(start: UInt64, salt: UInt64, epoch: UInt64) throws(StorageError) {
        let header = SegmentHeader(
            application: application, salt: salt, start: start, size: options.segmentBytes,
            epoch: epoch)
        let name = Self.unfinishedName(epoch)
        // What an error left of an earlier try.
        if try storage.names().contains(name) { try storage.remove(name) }
        var made: Directory.File?
        while made == nil, let spare = spares.popLast() {
            let file = try storage.open(spare, for: .writing)
            if try file.size() == header.size, try isOfThisReign(file) {
                made = file
            } else {
                file.close()
                try storage.remove(spare)
            }
            if made != nil { try storage.rename(spare, to: name) }
        }
        let isRecycled = made != nil
        let file: Directory.File
        if let made { file = made } else { file = try storage.create(name, size: header.size) }
        defer { file.close() }
        header.store(to: page)
        do throws(StorageError) {
            try page.withBytes(0..<page.count) { (bytes) throws(StorageError) in
                try file.write(bytes, at: 0)
            }
            try file.synchronize()
            try storage.name(name, JournalLayout.segmentName(base: start))
        } catch {
            // A disk that is full now may have room at the next try, which makes this file anew.
            try? storage.remove(name)
            throw error
        }
        #if PROTOCOL_MUTATIONS
        if !ProtocolMutation.has(.losesSegmentNames) { try storage.synchronize() }
        #else
        try storage.synchronize()
        #endif
        segments.append(header)
        if isRecycled { recycled.insert(start) }
    }

    /// No writer but those of this reign can have a segment's file open.
    private func isOfThisReign(_ file: Directory.File) throws(StorageError) -> Bool {
        try page.withMutableBytes(page.count) { (bytes) throws(StorageError) in
            _ = try file.read(into: &bytes, at: 0)
        }
        return ((try? SegmentHeader(page))?.epoch ?? 0) >= reign
    }
}
