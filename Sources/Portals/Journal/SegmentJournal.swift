// The journal of a site: segment files of one directory, appended to by one writer.
import CPlatform

/// A journal in segment files of fixed size, preallocated and written again when given up.
///
/// The layout is drawn in `JournalLayout.swift`; README.md beside it says why it is so.
///
/// - Ownership: one thread. The directory is locked from opening until ``close()`` or release.
/// - Cost: an append is one gathered write and a checksum (28 GB/s on the measuring machine).
public final class SegmentJournal<Directory: Storage>: Journal {
    /// What opening found at the end and cut; nil if the end was clean.
    public let cut: JournalCut?
    /// What fits a block.
    public let payloadBytesMax: Int

    /// After the last block appended.
    public private(set) var end: JournalPosition
    /// After the last block that is durable.
    public private(set) var durable: JournalPosition
    /// The epoch of the writer, or of the last block found.
    public var epoch: JournalEpoch { JournalEpoch(rawValue: place.epoch) }

    let storage: Directory
    let application: JournalApplication
    let options: JournalOptions
    private(set) var segments: [SegmentHeader]
    private var spares: [String]
    private var state = State.reading
    /// The end of the chain, with the segment that is written now.
    private var place: ChainPlace
    private var active: Directory.File?
    private var fenceFile: Directory.File?
    /// Whole blocks of the tail that was cut; erased by ``fence()``.
    private var stale: [UInt64]
    private var hasUnsynchronized = false
    /// Up to where the active segment was written before, as far as this one knows.
    private var writtenEnd = 0
    /// The end of the journal at the last call of ``prepare()``.
    private var preparedEnd: UInt64 = 0
    /// Segments that were written before they were made, by their start.
    private var recycled: Set<UInt64> = []
    /// The last block was a short one, as lone operations make.
    private var lastIsShort = true
    /// Whether the last block is a mark that says that all before it is durable.
    private var endsInMark = false
    private let head = JournalBuffer(count: JournalLayout.blockHeaderBytes)
    private let page = JournalBuffer(count: JournalLayout.pageBytes)
    private let fenceBytes = JournalBuffer(count: 16)
    private let padding = JournalBuffer(count: JournalLayout.pageBytes)

    private enum State {
        case reading, writing, closed
        case failed(StorageError)
    }

    /// A file that is not yet a segment; what a crash leaves of it is removed.
    private static var unfinishedName: String { "next.segment" }
    /// Holds the epoch of the latest ``fence()``, for those who fenced before it.
    private static var fenceName: String { "fence" }

    /// Opens the journal in `storage`, or an empty one if there is none; changes nothing in it.
    ///
    /// - Cost: reads and checks all blocks.
    /// - Errors: `storage` with `inUse` if another process has it; `damaged`, `missingSegment`,
    ///   `newerFormat`, `otherApplication`.
    public init(
        opening storage: Directory, application: JournalApplication,
        options: JournalOptions = JournalOptions()
    ) throws(JournalError) {
        let pageBytes = JournalLayout.pageBytes
        precondition(
            options.segmentBytes >= 2 * pageBytes && options.segmentBytes % pageBytes == 0,
            "segments of \(options.segmentBytes) bytes: give a multiple of \(pageBytes), at least 2"
        )
        self.storage = storage
        self.application = application
        self.options = options
        payloadBytesMax = options.segmentBytes - pageBytes - JournalLayout.blockHeaderBytes
        try storing { () throws(StorageError) in try storage.lock() }
        do throws(JournalError) {
            let chain = try SegmentChain(storage, application: application)
            let found = Self.Found()
            place = try chain.walk(from: ChainPlace(before: chain.segments)) { _, block in
                found.endsInMark = block.kind == .mark
            }
            let tail = try chain.tail(place)
            stale = tail.positions
            cut =
                tail.end > place.end
                ? JournalCut(
                    position: JournalPosition(rawValue: place.end),
                    byteCount: tail.end - place.end) : nil
            endsInMark = found.endsInMark
            segments = chain.segments
            spares = chain.spares
        } catch {
            storage.unlock()
            throw error
        }
        end = JournalPosition(rawValue: place.end)
        durable = JournalPosition(rawValue: place.durable)
    }

    deinit {
        if case .closed = state { return }
        storage.unlock()
    }

    /// What a walk reports besides its end.
    private final class Found {
        var endsInMark = false
    }

    /// Before the first block that is still there.
    public var start: JournalPosition {
        JournalPosition(rawValue: ChainPlace(before: segments).end)
    }

    // MARK: Writing

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

    /// Appends a block, in one write.
    public func append(
        _ payload: RawSpan, after position: JournalPosition
    ) throws(JournalError) -> JournalPosition {
        try requireWriting()
        if position != end { throw .notTheEnd(after: position, end: end) }
        if payload.byteCount > payloadBytesMax {
            throw .payloadTooLarge(bytes: payload.byteCount, max: payloadBytesMax)
        }
        try roomFor(JournalLayout.blockHeaderBytes + payload.byteCount)
        try put(payload, kind: .data, epoch: place.epoch)
        return end
    }

    /// Makes durable what was written.
    public func synchronize() throws(JournalError) {
        try requireWriting()
        try synchronizeActive()
        // Asked after the disk: who fenced meanwhile may have taken these blocks for its own tail,
        // and nobody may be told by this one that they are durable.
        try checkFence()
        durable = end
    }

    /// Makes the next segment, and writes zeros ahead of short blocks: a little at each call that
    /// finds no new block, much at once where hardly any are left.
    public func prepare() throws(JournalError) {
        try requireWriting()
        try prepareNext()
        try writeAhead()
    }

    /// How far ahead of the last block zeros are written: 2 MiB, for 512 short commits.
    private static var aheadBytes: Int { 2 << 20 }
    /// What is left of that when all of it is done at once, which takes 3 ms: room for 16 commits.
    private static var aheadBytesMin: Int { 64 << 10 }
    /// What is done at a time while the writer stays idle: 256 KiB, 0.4 ms.
    private static var aheadPieceBytes: Int { 256 << 10 }
    /// Blocks up to so many bytes are short: what writing them twice costs is below the 60 µs that
    /// it saves of a synchronization.
    private static var shortBytes: Int { 16 << 10 }

    /// Writes zeros where the next short blocks go, so that their synchronizations write no more
    /// than they do.
    ///
    /// The first write to reserved space marks it as written in the file system's own journal. A
    /// synchronization then waits for that one too: at the median 220 to 250 µs in place of 160 to
    /// 190, at p99 1 to 1.3 ms in place of 0.3 to 1 (ext4, a write each ms).
    private func writeAhead() throws(JournalError) {
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

    private func prepareNext() throws(JournalError) {
        if place.segment + 1 < segments.count { return }
        let last = segments[segments.count - 1]
        try attempt { () throws(StorageError) in
            try addSegment(start: last.end, salt: last.salt, epoch: place.epoch)
        }
    }

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
                if spares.count < options.sparesMax {
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

    /// Gives it back.
    public func close() throws(JournalError) {
        switch state {
        case .closed: return
        case .reading, .failed: break
        case .writing:
            try synchronize()
            if !endsInMark {
                // With its mark, damage of any block of the site's is told from a torn tail.
                do throws(JournalError) {
                    try roomFor(JournalLayout.pageBytes)
                    try put(RawSpan(), kind: .mark, epoch: place.epoch)
                    try synchronize()
                } catch {
                    // All is durable: a full disk costs the mark, and no more.
                    guard case .storage(let refusal) = error, refusal.code == .diskFull,
                        case .writing = state
                    else { throw error }
                }
            }
        }
        active?.close()
        fenceFile?.close()
        storage.unlock()
        state = .closed
    }

    // MARK: Reading

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

    func reader(_ index: Int) throws(StorageError) -> SegmentReader<Directory.File> {
        let file = try storage.open(name(index), for: .reading)
        return SegmentReader(file, segments[index])
    }

    // MARK: Parts of writing

    private func name(_ index: Int) -> String {
        JournalLayout.segmentName(base: segments[index].start)
    }

    private func requireWriting() throws(JournalError) {
        switch state {
        case .writing: try checkFence()
        case .reading: throw .notFenced
        case .closed: throw .closed
        case .failed(let error): throw .failed(error)
        }
    }

    /// Runs `body`; an error other than a full disk ends the journal.
    ///
    /// A failed synchronization ends it whatever the reason: what it was to write is lost, and the
    /// next one would not say so.
    private func attempt<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(JournalError) -> Result {
        do throws(StorageError) {
            return try body()
        } catch {
            if error.code != .diskFull || error.operation == .synchronize {
                state = .failed(error)
            }
            throw .storage(error)
        }
    }

    /// Makes the active segment one that `count` bytes fit in.
    private func roomFor(_ count: Int) throws(JournalError) {
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
        place.segment += 1
        place.offset = JournalLayout.pageBytes
        let isRecycled = recycled.remove(segments[place.segment].start) != nil
        writtenEnd = isRecycled ? segments[place.segment].size : place.offset
    }

    /// Writes a block at the end, where it fits.
    private func put(
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

    private func synchronizeActive() throws(JournalError) {
        guard hasUnsynchronized else { return }
        try attempt { () throws(StorageError) in try active?.synchronize() }
        hasUnsynchronized = false
    }

    /// Makes the next segment, whole and durable before it has its name.
    private func addSegment(start: UInt64, salt: UInt64, epoch: UInt64) throws(StorageError) {
        let header = SegmentHeader(
            application: application, salt: salt, start: start, size: options.segmentBytes,
            epoch: epoch)
        var made: (name: String, file: Directory.File)?
        while made == nil, let spare = spares.popLast() {
            let file = try storage.open(spare, for: .writing)
            if try file.size() == header.size {
                made = (spare, file)
            } else {
                file.close()
                try storage.remove(spare)
            }
        }
        let name = made?.name ?? Self.unfinishedName
        let file: Directory.File
        if let made {
            file = made.file
        } else {
            file = try storage.create(name, size: header.size)
        }
        defer { file.close() }
        header.store(to: page)
        do throws(StorageError) {
            try page.withBytes(0..<page.count) { (bytes) throws(StorageError) in
                try file.write(bytes, at: 0)
            }
            try file.synchronize()
            try storage.rename(name, to: JournalLayout.segmentName(base: start))
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
        if made != nil { recycled.insert(start) }
    }

    // MARK: Parts of fencing

    /// Opens the file of the fence and returns the epoch in it.
    private func openFence() throws(JournalError) -> UInt64 {
        try attempt { () throws(StorageError) in
            let names = try storage.names()
            if names.contains(Self.unfinishedName) { try storage.remove(Self.unfinishedName) }
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
            let isWhole = count == 16 && fenceBytes.load(UInt64.self, at: 8) == ~epoch
            return isWhole ? epoch : nil
        }
    }

    /// Tells writers of earlier epochs, which look here at each append; blocks tell later readers.
    private func raiseFence(to epoch: UInt64) throws(JournalError) {
        fenceBytes.store(epoch, at: 0)
        fenceBytes.store(~epoch, at: 8)
        try attempt { () throws(StorageError) in
            try fenceBytes.withBytes(0..<fenceBytes.count) { (bytes) throws(StorageError) in
                try fenceFile?.write(bytes, at: 0)
            }
        }
    }

    /// Throws if another one has fenced since this one did.
    ///
    /// The lock of the directory keeps others out; this is for file systems whose locks do not hold
    /// between machines, and costs a read of 16 bytes from the page cache.
    private func checkFence() throws(JournalError) {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.ignoresFence) { return }
        #endif
        if let other = try fencedEpoch(), other != place.epoch {
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
