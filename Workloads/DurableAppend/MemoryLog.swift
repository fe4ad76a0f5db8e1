// The log of a run that keeps nothing on a disk.

/// Records in memory, in the order in which they were appended.
///
/// - Ownership: one thread at a time. Segments are never moved, so a record costs one copy.
@safe
public struct MemoryLog: ~Copyable {
    /// Records of a segment: 1 MiB, so that their allocation costs nothing a record.
    static let segmentRecords = (1 << 20) / Definition.recordByteCount

    /// Memory that is owned here; freed in `deinit`.
    @safe private struct Segment {
        let bytes: UnsafeMutableRawPointer
    }

    private var segments: [Segment] = []
    /// Records in the last segment.
    private var used = MemoryLog.segmentRecords

    /// An empty log.
    public init() {}

    deinit {
        for index in segments.indices { unsafe segments[index].bytes.deallocate() }
    }

    /// Appends some records, one after the other in memory.
    ///
    /// - Ownership: `records` points to `count` times 100 bytes.
    public mutating func append(_ records: UnsafeRawPointer, count: Int) {
        var done = 0
        while done < count {
            if used == Self.segmentRecords {
                segments.append(
                    unsafe Segment(
                        bytes: .allocate(
                            byteCount: Self.segmentRecords * Definition.recordByteCount,
                            alignment: 64)))
                used = 0
            }
            let some = min(count - done, Self.segmentRecords - used)
            unsafe (segments[segments.count - 1].bytes + used * Definition.recordByteCount)
                .copyMemory(
                    from: records + done * Definition.recordByteCount,
                    byteCount: some * Definition.recordByteCount)
            used += some
            done += some
        }
    }

    /// Reads all of it.
    public borrowing func readBack() -> Answer {
        var answer = Answer()
        for index in segments.indices {
            let count = index == segments.count - 1 ? used : Self.segmentRecords
            for place in 0..<count {
                unsafe answer.take(segments[index].bytes + place * Definition.recordByteCount)
            }
        }
        return answer
    }
}
