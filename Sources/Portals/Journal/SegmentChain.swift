// The segment files of a directory and the chain of blocks through them: finds the end, and tells
// a tail that never was durable from damage of what was.

/// The segments of a journal, in their order.
struct SegmentChain<Directory: Storage> {
    typealias Reader = SegmentReader<Directory.File>

    /// Something that ends the usable segments, found before any block was read.
    enum Fault {
        case damage(file: String, offset: Int, reason: String)
        case missing
    }

    let storage: Directory
    /// Whole and without a gap, ascending.
    private(set) var segments: [SegmentHeader] = []
    /// What was found after them.
    private(set) var fault: Fault?
    /// Files given up, to be written again.
    private(set) var spares: [String] = []

    static func spareName(start: UInt64) -> String {
        "spare-" + JournalLayout.segmentName(base: start).dropFirst(8)
    }

    /// Reads the heads of all segment files.
    ///
    /// - Errors: another application's, a newer format; damage is kept as ``fault``.
    init(_ storage: Directory, application: JournalApplication?) throws(JournalError) {
        self.storage = storage
        let names = try storing { () throws(StorageError) in try storage.names() }
        spares = names.filter { $0.hasPrefix("spare-") && $0.hasSuffix(".segment") }
        let page = JournalBuffer(count: JournalLayout.pageBytes)
        for name in names {
            guard let start = JournalLayout.segmentStart(name: name) else { continue }
            let (header, size) = try Self.read(name, storage, page)
            switch header {
            case .failure(.newerFormat(let version)):
                throw .newerFormat(
                    path: "\(storage.path)/\(name)", version: version,
                    supported: JournalLayout.version)
            case .failure(.noMagic):
                note(.damage(file: name, offset: 0, reason: "this is no segment of a journal"))
            case .failure(.checksum):
                note(
                    .damage(
                        file: name, offset: 0, reason: "the segment's head fails its checksum"))
            case .success(let header):
                if let application {
                    let expected = SegmentHeader(
                        application: application, salt: 0, start: 0, size: 0, epoch: 0
                    ).application
                    if header.application != expected {
                        throw .otherApplication(
                            path: "\(storage.path)/\(name)", found: Self.text(header.application),
                            expected: Self.text(expected))
                    }
                }
                add(header, name: name, start: start, size: size)
            }
        }
    }

    private static func text(_ application: JournalApplication) -> String {
        "'\(application.name)' (\(application.identity))"
    }

    private static func read(
        _ name: String, _ storage: Directory, _ page: JournalBuffer
    ) throws(JournalError) -> (Result<SegmentHeader, SegmentHeader.Fault>, size: Int) {
        try storing { () throws(StorageError) in
            let file = try storage.open(name, for: .reading)
            defer { file.close() }
            page.clear()
            _ = try page.withMutableBytes(page.count) { (bytes) throws(StorageError) in
                try file.read(into: &bytes, at: 0)
            }
            let size = try file.size()
            do throws(SegmentHeader.Fault) {
                return (.success(try SegmentHeader(page)), size)
            } catch {
                return (.failure(error), size)
            }
        }
    }

    private mutating func note(_ found: Fault) {
        if fault == nil { fault = found }
    }

    private mutating func add(_ header: SegmentHeader, name: String, start: UInt64, size: Int) {
        guard fault == nil else { return }
        if header.start != start {
            note(
                .damage(
                    file: name, offset: 32,
                    reason:
                        "its head says that it is \(JournalLayout.segmentName(base: header.start))"
                ))
        } else if let last = segments.last, last.salt != header.salt {
            note(.damage(file: name, offset: 24, reason: "it belongs to another journal"))
        } else if let last = segments.last, last.end != start {
            note(.missing)
        } else {
            segments.append(header)
            if size < header.size {
                note(
                    .damage(
                        file: name, offset: size,
                        reason: "the file has \(size) bytes, and had \(header.size)"))
            }
        }
    }

    func reader(_ index: Int) throws(StorageError) -> Reader {
        let header = segments[index]
        let file = try storage.open(
            JournalLayout.segmentName(base: header.start), for: .reading)
        return Reader(file, header)
    }

    /// Follows the chain from `place` on, shows each block, and returns where it ends.
    func walk(
        from place: ChainPlace, _ visit: (_ segment: Int, BlockHeader) -> Void = { _, _ in }
    ) throws(JournalError) -> ChainPlace {
        try storing { () throws(StorageError) in
            var place = place
            guard place.segment < segments.count else { return place }
            var reader = try reader(place.segment)
            var following = try self.following(place.segment)
            while true {
                // A block that did not fit is the first one of the next segment. So is the first of
                // a writer on another host; what stands here then was written too late.
                if let next = following, place.chain != nil, place.isFollowed(by: next.block) {
                    place.segment += 1
                    place.offset = JournalLayout.pageBytes
                    reader = next.reader
                    following = try self.following(place.segment)
                }
                guard case .block(let block) = try reader.find(at: place.offset),
                    place.isFollowed(by: block)
                else { return place }
                visit(place.segment, block)
                place.pass(block)
            }
        }
    }

    /// The first block of the segment after one, with its reader; nil if there is none.
    func following(
        _ index: Int
    ) throws(StorageError) -> (reader: Reader, block: BlockHeader)? {
        guard index + 1 < segments.count else { return nil }
        let reader = try reader(index + 1)
        guard case .block(let block) = try reader.find(at: JournalLayout.pageBytes) else {
            return nil
        }
        return (reader, block)
    }

    /// Whole blocks after the end of the chain, and what they say of it.
    func survivors(after place: ChainPlace) throws(JournalError) -> ChainSurvivors {
        try storing { () throws(StorageError) in
            var found = ChainSurvivors(end: place.end)
            for index in segments.indices.dropFirst(place.segment) {
                let reader = try reader(index)
                var offset = index == place.segment ? place.offset : JournalLayout.pageBytes
                while true {
                    // What is reserved and was never written holds no block: reading its zeros
                    // would be most of the time of a start.
                    offset = try reader.nextPage(from: offset)
                    if offset >= reader.header.size { break }
                    switch try reader.find(at: offset) {
                    case .block(let block):
                        found.positions.append(block.position)
                        if found.count == 1 { found.firstEndOfBefore = block.endOfBefore }
                        found.durable = max(found.durable, block.durable)
                        found.note(block, epoch: place.epoch)
                        offset += block.alignedBytes
                    case .torn(let block):
                        found.note(block, epoch: place.epoch)
                        offset += JournalLayout.pageBytes
                    case .nothing:
                        offset += JournalLayout.pageBytes
                    }
                }
            }
            return found
        }
    }

    /// Whole blocks after the end of the journal; throws what they and the files tell of damage.
    func tail(_ place: ChainPlace) throws(JournalError) -> ChainSurvivors {
        let position = JournalPosition(rawValue: place.end)
        switch fault {
        case .damage(let file, let offset, let reason):
            throw .damaged(
                JournalDamage(
                    directory: storage.path, file: file, offset: offset, position: position,
                    reason: reason))
        case .missing:
            throw .missingSegment(directory: storage.path, position: position)
        case nil: break
        }
        guard place.segment < segments.count else { return ChainSurvivors(end: place.end) }
        let found = try survivors(after: place)
        func damaged(_ reason: String) -> JournalError {
            // What is gone may have been the first block of a later segment: the first whole block
            // after it knows where it ended.
            let last = found.firstEndOfBefore - 1
            let index = segments.lastIndex { $0.start < last } ?? place.segment
            let isHere = index <= place.segment
            let file = isHere ? segments[place.segment] : segments[index]
            return .damaged(
                JournalDamage(
                    directory: storage.path, file: JournalLayout.segmentName(base: file.start),
                    offset: isHere ? place.offset : JournalLayout.pageBytes, position: position,
                    reason: reason))
        }
        // The rule that tells a lost tail from damage. Blocks are written in their order, but an
        // interrupted synchronization leaves any subset of those it was to write. Such a block
        // carries a mark at or before the first one lost: that one was never reported durable.
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.cutsDamage) { return found }
        #endif
        if found.durable > place.end {
            throw damaged(
                "a block is missing or changed that was durable: \(found.count) whole blocks stand "
                    + "after it, and the journal was durable up to \(found.durable)")
        }
        if place.chain == nil {
            throw damaged("the first block is changed, though segments before it were given up")
        }
        return found
    }
}

/// Whole blocks after the end of a chain.
struct ChainSurvivors {
    /// Those of any epoch, ascending.
    var positions: [UInt64] = []
    var count: Int { positions.count }
    /// Where the block before the first of them ended.
    var firstEndOfBefore: UInt64 = 1
    /// The highest durable mark among them.
    var durable: UInt64 = 0
    /// Where the last one of the journal's present writer ends, whole or not.
    var end: UInt64

    init(end: UInt64) { self.end = end }

    /// Blocks of earlier epochs were cut before, and lie where no one has written since.
    mutating func note(_ block: BlockHeader, epoch: UInt64) {
        if block.epoch >= epoch {
            end = max(end, block.position &+ UInt64(block.alignedBytes))
        }
    }
}

/// A place in the chain: after a block, with all that the next one must say to belong there.
struct ChainPlace {
    /// Index of the segment, and the offset in it.
    var segment = 0
    var offset = JournalLayout.pageBytes
    /// The position after the block before.
    var end: UInt64
    /// Its hash; nil if it was given up.
    var chain: UInt64?
    var epoch: UInt64 = 0
    /// Up to where the writer knew it durable.
    var durable: UInt64

    /// The place before the first block of `segments`.
    init(before segments: [SegmentHeader]) {
        let start = segments.first?.start ?? 0
        end = start + UInt64(JournalLayout.pageBytes)
        durable = end
        if start == 0, let first = segments.first {
            chain = JournalLayout.chainSeed(salt: first.salt)
        }
    }

    func isFollowed(by block: BlockHeader) -> Bool {
        guard let chain else { return true }
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.acceptsStaleBlocks) { return block.position >= end - 1 }
        #endif
        guard block.chain == chain, block.endOfBefore == end else { return false }
        switch block.kind {
        case .data: return block.epoch == epoch
        case .mark: return block.epoch >= epoch
        }
    }

    mutating func pass(_ block: BlockHeader) {
        offset += block.alignedBytes
        end = block.position + UInt64(block.alignedBytes)
        chain = block.chainAfter
        epoch = block.epoch
        durable = max(durable, block.durable)
    }
}

/// Runs `body` and throws its errors as a journal's.
func storing<Result>(
    _ body: () throws(StorageError) -> Result
) throws(JournalError) -> Result {
    do {
        return try body()
    } catch {
        throw .storage(error)
    }
}
