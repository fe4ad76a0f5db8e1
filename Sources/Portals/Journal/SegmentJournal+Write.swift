// How a segment journal puts a block at its end, and synchronizes it.

extension SegmentJournal {
    /// Makes the active segment one that `count` bytes fit in.
    func roomFor(_ count: Int) throws(JournalError) {
        let bytes = JournalLayout.pageAligned(count)
        if place.offset + bytes <= segments[place.segment].size { return }
        try prepareNext()
        // Blocks of two files would else reach the disk in any order.
        #if PROTOCOL_MUTATIONS
        if !ProtocolMutation.has(.leavesSegmentsUnsynchronized) { try synchronizeActive() }
        #else
        try synchronizeActive()
        #endif
        try attempt { () throws(StorageError) in
            let next = try storage.open(name(place.segment + 1), for: .writing)
            active?.close()
            active = next
        }
        // Asked again with the file open: who fences from now on makes a file of its own.
        try checkFence()
        place.segment += 1
        place.offset = JournalLayout.pageBytes
        let isRecycled = recycled.remove(segments[place.segment].start) != nil
        writtenEnd = isRecycled ? segments[place.segment].size : place.offset
    }

    /// Writes a block at the end, where it fits.
    func put(
        _ payload: RawSpan, kind: BlockHeader.Kind, epoch: UInt64
    ) throws(JournalError) {
        let segment = segments[place.segment]
        var block = BlockHeader(
            kind: kind, payloadCount: payload.byteCount,
            position: segment.start + UInt64(place.offset), durable: claimedDurable,
            epoch: epoch, chain: place.chain ?? 0, endOfBefore: place.end)
        block.seal(head, payload: payload, seed: JournalLayout.checksumSeed(salt: segment.salt))
        let count = JournalLayout.blockHeaderBytes + payload.byteCount
        try attempt { () throws(StorageError) in
            try head.withBytes(0..<head.count) { (head) throws(StorageError) in
                try padding.withBytes(0..<block.alignedBytes - count) {
                    (padding) throws(StorageError) in
                    try active?.write(head, payload, padding, at: place.offset)
                }
            }
        }
        hasUnsynchronized = true
        endsInMark = kind == .mark
        lastIsShort = block.alignedBytes <= Self.shortBytes
        place.pass(block)
        end = JournalPosition(rawValue: place.end)
    }

    private var claimedDurable: UInt64 {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.claimsDurableEarly) { return place.end }
        #endif
        return durable.rawValue
    }

    func synchronizeActive() throws(JournalError) {
        guard hasUnsynchronized else { return }
        try attempt { () throws(StorageError) in try active?.synchronize() }
        hasUnsynchronized = false
    }
}
