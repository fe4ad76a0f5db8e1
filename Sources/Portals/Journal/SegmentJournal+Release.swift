// How a segment journal gives up what a snapshot has made needless.

extension SegmentJournal {
    /// Gives up what lies before, as far as it fills whole files or rows.
    public func release(before position: JournalPosition) throws(JournalError) {
        try requireWriting()
        try attempt { () throws(StorageError) in
            // Below the durable mark: the first segment left must keep a block, or its end would
            // look like damage.
            #if PROTOCOL_MUTATIONS
            let position =
                ProtocolMutation.has(.givesTooMuchUp)
                ? JournalPosition(rawValue: position.rawValue + UInt64(options.segmentBytes))
                : position
            #endif
            while place.segment > 0, segments[0].end <= position.rawValue,
                segments[0].end < durable.rawValue
            {
                let start = segments[0].start
                if spares.count < options.sparesMax, segments[0].epoch >= reign {
                    let spare = SegmentChain<Directory>.spareName(start: start)
                    try storage.rename(JournalLayout.segmentName(base: start), to: spare)
                    spares.append(spare)
                } else {
                    try storage.remove(JournalLayout.segmentName(base: start))
                }
                // Each one by itself: a crash that kept a later removal and lost an earlier one
                // would leave a gap, which is what a missing file looks like.
                try storage.synchronize()
                segments.removeFirst()
                place.segment -= 1
            }
        }
    }
}
