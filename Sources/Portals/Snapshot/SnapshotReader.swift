// Reads a snapshot file, and refuses one that is not what was written.

/// Why a snapshot file can't be used: an older one can.
struct SnapshotDamage: Error, CustomStringConvertible {
    var path: String
    var reason: String
    var description: String { "\(path): \(reason)" }
}

/// Reads one snapshot file from its first byte to its last.
///
/// - Cost: each byte is read once, to where it stays.
struct SnapshotReader<File: StorageFile> {
    private let file: File
    private let size: Int
    private var offset = SnapshotLayout.headerBytes
    private var sectionCount = 0
    private(set) var snapshot: Snapshot

    /// Reads a whole file.
    ///
    /// - Errors: ``SnapshotDamage``; ``StorageError`` of the disk; of a newer version
    ///   `JournalError.newerFormat`, because what follows can't be known.
    static func read(_ file: File) throws -> Snapshot {
        var reader = try SnapshotReader(file)
        try reader.readSections()
        return reader.snapshot
    }

    private init(_ file: File) throws {
        self.file = file
        size = try file.size()
        guard size >= SnapshotLayout.headerBytes else {
            throw SnapshotDamage(path: file.path, reason: "its header is cut off")
        }
        let header = try Self.read(file, 0..<SnapshotLayout.headerBytes)
        var reader = StateBytes.Reader(header)
        guard try reader.read(UInt64.self) == SnapshotLayout.magic else {
            throw SnapshotDamage(path: file.path, reason: "it does not begin as a snapshot does")
        }
        let version = try reader.read(UInt32.self)
        let checksum = try reader.read(UInt32.self)
        let sum = SnapshotSections.checksum(Array(header[..<12]), seed: 0)
        guard SnapshotSections.checksum(Array(header[16...]), seed: sum) == checksum else {
            throw SnapshotDamage(path: file.path, reason: "its header is damaged")
        }
        guard version == SnapshotLayout.version else {
            throw JournalError.newerFormat(
                path: file.path, version: Int(version), supported: Int(SnapshotLayout.version))
        }
        snapshot = Snapshot(
            number: try reader.read(UInt64.self), base: try reader.read(UInt64.self),
            position: JournalPosition(rawValue: try reader.read(UInt64.self)),
            time: try reader.read(UInt64.self), layout: "",
            cut: EngineCut(elements: [], nodes: []))
    }

    private static func read(_ file: File, _ range: Range<Int>) throws -> [UInt8] {
        let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: range.count) { memory, count in
            var raw = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(memory))
            count = try file.read(into: &raw, at: range.lowerBound)
        }
        guard bytes.count == range.count else {
            throw SnapshotDamage(
                path: file.path,
                reason: "only \(bytes.count) of \(range.count) bytes can be read at byte "
                    + "\(range.lowerBound)")
        }
        return bytes
    }

    private mutating func readSections() throws {
        while true {
            let (kind, payload) = try nextSection()
            do {
                if try take(kind, payload) { break }
            } catch let error as RecordError {
                throw SnapshotDamage(
                    path: file.path, reason: "section \(sectionCount - 1): \(error)")
            }
        }
        guard offset == size else {
            throw SnapshotDamage(path: file.path, reason: "it goes on behind its end")
        }
    }

    private mutating func nextSection() throws -> (SnapshotLayout.Section, payload: [UInt8]) {
        let headEnd = offset + SnapshotLayout.sectionBytes
        guard headEnd <= size else {
            throw SnapshotDamage(
                path: file.path, reason: "it ends at byte \(offset), before its end")
        }
        let head = try Self.read(file, offset..<headEnd)
        var reader = StateBytes.Reader(head)
        let kind = try reader.read(UInt32.self)
        let count = Int(try reader.read(UInt32.self))
        let checksum = try reader.read(UInt32.self)
        guard headEnd + count <= size else {
            throw SnapshotDamage(
                path: file.path, reason: "the section at byte \(offset) is cut off")
        }
        let payload = try Self.read(file, headEnd..<(headEnd + count))
        var sum = SnapshotLayout.checksumSeed(snapshot: snapshot.number, section: sectionCount)
        sum = SnapshotSections.checksum(Array(head[..<8]), seed: sum)
        guard SnapshotSections.checksum(payload, seed: sum) == checksum,
            let section = SnapshotLayout.Section(rawValue: kind)
        else {
            throw SnapshotDamage(
                path: file.path, reason: "the section at byte \(offset) is damaged")
        }
        offset = headEnd + count
        sectionCount += 1
        return (section, payload)
    }

    /// Takes a section; true if it is the last.
    private mutating func take(
        _ kind: SnapshotLayout.Section, _ payload: [UInt8]
    ) throws -> Bool {
        var reader = StateBytes.Reader(payload)
        switch kind {
        case .layout: snapshot.layout = String(decoding: payload, as: UTF8.self)
        case .element:
            var words: [UInt64] = []
            while reader.count > 0 { words.append(try reader.read(UInt64.self)) }
            snapshot.cut.elements.append(words)
        case .node:
            let place = NodePlace(
                element: Int(clamping: try reader.read(UInt64.self)),
                partition: Int(clamping: try reader.read(UInt64.self)),
                node: Int(clamping: try reader.read(UInt64.self)))
            let head = try [UInt64](from: &reader)
            let fingerprints = try [String](from: &reader)
            snapshot.cut.nodes.append(
                NodeCut(place: place, fingerprints: fingerprints, head: head, sections: []))
        case .units:
            guard let node = snapshot.cut.nodes.indices.last else {
                throw SnapshotDamage(path: file.path, reason: "units of no node")
            }
            snapshot.cut.nodes[node].sections.append(payload)
        case .feed: snapshot.cut.feeds.append(payload)
        case .sink: snapshot.cut.sinks.append(payload)
        case .end:
            guard try reader.read(UInt64.self) == UInt64(sectionCount - 1) else {
                throw SnapshotDamage(path: file.path, reason: "sections are missing")
            }
            return true
        }
        return false
    }
}
