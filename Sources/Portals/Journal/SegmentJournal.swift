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
    public internal(set) var end: JournalPosition
    /// After the last block that is durable.
    public internal(set) var durable: JournalPosition
    /// The epoch of the writer, or of the last block found.
    public var epoch: JournalEpoch { JournalEpoch(rawValue: place.epoch) }

    let storage: Directory
    let application: JournalApplication
    let options: JournalOptions
    var segments: [SegmentHeader]
    var spares: [String]
    var state = State.reading
    /// The end of the chain, with the segment that is written now.
    var place: ChainPlace
    var active: Directory.File?
    var fenceFile: Directory.File?
    /// Whole blocks of the tail that was cut; erased by ``fence()``.
    var stale: [UInt64]
    var hasUnsynchronized = false
    /// Up to where the active segment was written before, as far as this one knows.
    var writtenEnd = 0
    /// The end of the journal at the last call of ``prepare()``.
    var preparedEnd: UInt64 = 0
    /// Segments that were written before they were made, by their start.
    var recycled: Set<UInt64> = []
    /// The last block was a short one, as lone operations make.
    var lastIsShort = true
    /// Whether the last block is a mark that says that all before it is durable.
    var endsInMark = false
    let head = JournalBuffer(count: JournalLayout.blockHeaderBytes)
    let page = JournalBuffer(count: JournalLayout.pageBytes)
    let fenceBytes = JournalBuffer(count: 32)
    /// The epoch that it has fenced for.
    var ownEpoch: UInt64 = 0
    /// The first epoch since which all writers were on this host, so that none of them can still
    /// write. Files made before may be written to at any time by one that has been fenced off.
    var reign: UInt64 = 0
    let padding = JournalBuffer(count: JournalLayout.pageBytes)

    enum State {
        case reading, writing, closed
        case failed(StorageError)
    }

    /// A file of this epoch that is not yet a segment; what a crash leaves of it is removed.
    static func unfinishedName(_ epoch: UInt64) -> String { "\(unfinishedPrefix)-\(epoch).segment" }
    static var unfinishedPrefix: String { "next" }
    /// Holds the epoch of the latest ``fence()``, for those who fenced before it.
    static var fenceName: String { "fence" }

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
    final class Found {
        var endsInMark = false
    }

    /// Before the first block that is still there.
    public var start: JournalPosition {
        JournalPosition(rawValue: ChainPlace(before: segments).end)
    }

    // MARK: Writing

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

    func name(_ index: Int) -> String {
        JournalLayout.segmentName(base: segments[index].start)
    }

    func requireWriting() throws(JournalError) {
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
    func attempt<Result>(
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
}
