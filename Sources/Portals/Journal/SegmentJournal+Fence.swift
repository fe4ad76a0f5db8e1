// How a segment journal is taken over from the writer before, and refuses when it is taken over.

extension SegmentJournal {
    /// Takes the journal over, and makes durable what is there.
    @discardableResult
    public func fence() throws(JournalError) -> JournalEpoch {
        switch state {
        case .reading: break
        case .writing:
            try checkFence()
            return epoch
        case .closed: throw .closed
        case .failed(let error): throw .failed(error)
        }
        #if PROTOCOL_MUTATIONS
        let raise: UInt64 = ProtocolMutation.has(.keepsEpoch) ? 0 : 1
        let next = max(1, max(place.epoch, try openFence()) + raise)
        #else
        let next = max(place.epoch, try openFence()) + 1
        #endif
        reign = try fencedReign() ?? next
        ownEpoch = next
        try raiseFence(to: next)
        try catchUp()
        if segments.isEmpty {
            let salt = options.salt ?? UInt64.random(in: 0 ... .max)
            try attempt { () throws(StorageError) in
                try addSegment(start: 0, salt: salt, epoch: next)
            }
            place = ChainPlace(before: segments)
        } else {
            try attempt { () throws(StorageError) in
                try dropUnusedOfOtherSize()
                try makeFoundDurable()
                try eraseStale()
                if segments[place.segment].epoch < reign { try leaveFiles(epoch: next) }
            }
        }
        try attempt { () throws(StorageError) in
            active = try storage.open(name(place.segment), for: .writing)
        }
        end = JournalPosition(rawValue: place.end)
        durable = end
        try roomFor(JournalLayout.pageBytes)
        try put(RawSpan(), kind: .mark, epoch: next)
        try synchronizeActive()
        durable = end
        state = .writing
        return epoch
    }

    /// Opens the file of the fence and returns the epoch in it.
    private func openFence() throws(JournalError) -> UInt64 {
        try attempt { () throws(StorageError) in
            let names = try storage.names()
            for name in names where name.hasPrefix(Self.unfinishedPrefix) {
                try storage.remove(name)
            }
            fenceFile =
                names.contains(Self.fenceName)
                ? try storage.open(Self.fenceName, for: .writing)
                : try storage.create(Self.fenceName, size: fenceBytes.count)
        }
        return try fencedEpoch() ?? 0
    }

    /// The epoch in the file of the fence; nil if nothing that a fence wrote stands there.
    private func fencedEpoch() throws(JournalError) -> UInt64? {
        try attempt { () throws(StorageError) in
            let count = try fenceBytes.withMutableBytes(fenceBytes.count) {
                (bytes) throws(StorageError) in
                try fenceFile?.read(into: &bytes, at: 0) ?? 0
            }
            let epoch = fenceBytes.load(UInt64.self, at: 0)
            let isWhole = count >= 16 && fenceBytes.load(UInt64.self, at: 8) == ~epoch
            return isWhole ? epoch : nil
        }
    }

    /// The first epoch of the reign that this one goes on with; nil if the latest fence was raised
    /// on another host, or before fences said so.
    private func fencedReign() throws(JournalError) -> UInt64? {
        guard try fencedEpoch() != nil, storage.host != 0 else { return nil }
        let (host, first) = (
            fenceBytes.load(UInt64.self, at: 16), fenceBytes.load(UInt64.self, at: 24)
        )
        return host == storage.host && first > 0 ? first : nil
    }

    /// Goes on in a segment of its own, and leaves those of an earlier reign as they are.
    ///
    /// Its writer looks at the fence, and then writes: a block, or zeros ahead. Where its machine
    /// stands still in between, that comes after the fence, however late. It has only files open
    /// that it found or made, so it can't write into one made now; and what it writes into its own,
    /// nobody reads: the chain goes on where the next segment's first block says that it follows.
    private func leaveFiles(epoch: UInt64) throws(StorageError) {
        while segments.count > place.segment + 1 {
            try storage.remove(name(segments.count - 1))
            try storage.synchronize()
            segments.removeLast()
        }
        let last = segments[place.segment]
        try addSegment(start: last.end, salt: last.salt, epoch: epoch)
        place.segment += 1
        place.offset = JournalLayout.pageBytes
        writtenEnd = place.offset
    }

    /// Tells writers of earlier epochs, which look here at each append; blocks tell later readers.
    private func raiseFence(to epoch: UInt64) throws(JournalError) {
        fenceBytes.store(epoch, at: 0)
        fenceBytes.store(~epoch, at: 8)
        fenceBytes.store(storage.host, at: 16)
        fenceBytes.store(reign, at: 24)
        try attempt { () throws(StorageError) in
            try fenceBytes.withBytes(0..<fenceBytes.count) { (bytes) throws(StorageError) in
                try fenceFile?.write(bytes, at: 0)
            }
        }
    }

    /// Throws if another one has fenced since this one did.
    ///
    /// The lock of the directory keeps others out; this is for file systems whose locks do not hold
    /// between machines, and costs a read of 32 bytes from the page cache. What is written right
    /// after it may still come after a fence: see ``leaveFiles(epoch:)``.
    func checkFence() throws(JournalError) {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.ignoresFence) { return }
        #endif
        if let other = try fencedEpoch(), other != ownEpoch {
            throw .fenced(epoch: epoch, by: JournalEpoch(rawValue: other))
        }
    }

    /// Takes in what an earlier writer appended after this one opened the journal.
    private func catchUp() throws(JournalError) {
        let chain = try SegmentChain(storage, application: application)
        let moved = (segments.first?.start ?? 0) != (chain.segments.first?.start ?? 0)
        let from = moved || segments.isEmpty ? ChainPlace(before: chain.segments) : place
        let found = Self.Found()
        found.endsInMark = endsInMark
        place = try chain.walk(from: from) { _, block in found.endsInMark = block.kind == .mark }
        if place.end != end.rawValue { stale = try chain.tail(place).positions }
        endsInMark = found.endsInMark
        segments = chain.segments
        spares = chain.spares
    }

    /// Segments prepared under another size of segments; nothing durable is in them.
    private func dropUnusedOfOtherSize() throws(StorageError) {
        while segments.count > place.segment + 1,
            segments[segments.count - 1].size != options.segmentBytes
        {
            try storage.remove(name(segments.count - 1))
            try storage.synchronize()
            segments.removeLast()
        }
    }

    /// Writes what was found above the durable mark again, and synchronizes it.
    ///
    /// Synchronizing alone would not do: if the writer before died of a failed synchronization, its
    /// pages are in the cache, count as written, and are not on the disk. The same bytes go to the
    /// same place, so a torn write changes nothing.
    private func makeFoundDurable() throws(StorageError) {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.believesFoundBlocks) { return }
        #endif
        for index in segments.indices where segments[index].end > place.durable {
            if index > place.segment { break }
            let segment = segments[index]
            let first = max(place.durable, segment.start) - segment.start
            let last = index == place.segment ? place.offset : segment.size
            let file = try storage.open(name(index), for: .writing)
            defer { file.close() }
            var offset = Int(first) & ~(JournalLayout.pageBytes - 1)
            while offset < last {
                try page.withMutableBytes(page.count) { (bytes) throws(StorageError) in
                    _ = try file.read(into: &bytes, at: offset)
                }
                try page.withBytes(0..<page.count) { (bytes) throws(StorageError) in
                    try file.write(bytes, at: offset)
                }
                offset += page.count
            }
            try file.synchronize()
        }
        try storage.synchronize()
    }

    /// Writes zeros over the heads of blocks of the tail that was cut.
    ///
    /// The chain would leave them out as it is; but who reads from a position in the middle has no
    /// chain yet, and must not meet one of them where the block after that position did not fit.
    private func eraseStale() throws(StorageError) {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.acceptsStaleBlocks) { return }
        #endif
        page.clear()
        for position in stale {
            guard let index = segments.lastIndex(where: { $0.start <= position }) else { continue }
            let file = try storage.open(name(index), for: .writing)
            defer { file.close() }
            try page.withBytes(0..<page.count) { (bytes) throws(StorageError) in
                try file.write(bytes, at: Int(position - segments[index].start))
            }
            try file.synchronize()
        }
        stale = []
    }
}
