// Reads a snapshot file, and refuses one that is not what was written.

/// Why a snapshot file can't be used: an older one can.
struct SnapshotDamage: Error, CustomStringConvertible {
    var path: String
    var reason: String
    var description: String { "\(path): \(reason)" }
}

/// One snapshot file, in memory.
struct SnapshotReader {
    private let path: String
    private let bytes: [UInt8]
    private var offset = SnapshotLayout.headerBytes
    private var sectionCount = 0
    private(set) var snapshot: Snapshot

    /// Reads a whole file.
    ///
    /// - Errors: ``SnapshotDamage``; ``StorageError`` of the disk; of a newer version
    ///   `JournalError.newerFormat`, because what follows can't be known.
    static func read<File: StorageFile>(_ file: File) throws -> Snapshot {
        let size = try file.size()
        var bytes = [UInt8](repeating: 0, count: size)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        let count = try file.read(into: &raw, at: 0)
        guard count == size else {
            throw SnapshotDamage(path: file.path, reason: "\(count) of \(size) bytes can be read")
        }
        var reader = try SnapshotReader(path: file.path, bytes: bytes)
        try reader.readSections()
        return reader.snapshot
    }

    private init(path: String, bytes: [UInt8]) throws {
        self.path = path
        self.bytes = bytes
        guard bytes.count >= SnapshotLayout.headerBytes else {
            throw SnapshotDamage(path: path, reason: "its header is cut off")
        }
        var reader = StateBytes.Reader(Array(bytes[..<SnapshotLayout.headerBytes]))
        guard try reader.read(UInt64.self) == SnapshotLayout.magic else {
            throw SnapshotDamage(path: path, reason: "it does not begin as a snapshot does")
        }
        let version = try reader.read(UInt32.self)
        let checksum = try reader.read(UInt32.self)
        let sum = SnapshotSections.checksum(Array(bytes[..<12]), seed: 0)
        guard
            SnapshotSections.checksum(Array(bytes[16..<SnapshotLayout.headerBytes]), seed: sum)
                == checksum
        else { throw SnapshotDamage(path: path, reason: "its header is damaged") }
        guard version == SnapshotLayout.version else {
            throw JournalError.newerFormat(
                path: path, version: Int(version), supported: Int(SnapshotLayout.version))
        }
        snapshot = Snapshot(
            number: try reader.read(UInt64.self), base: try reader.read(UInt64.self),
            position: JournalPosition(rawValue: try reader.read(UInt64.self)),
            time: try reader.read(UInt64.self), layout: "",
            cut: EngineCut(elements: [], nodes: []))
    }

    private mutating func readSections() throws {
        while true {
            let (kind, range) = try nextSection()
            do {
                if try take(kind, range) { break }
            } catch let error as RecordError {
                throw SnapshotDamage(path: path, reason: "section \(sectionCount - 1): \(error)")
            }
        }
        guard offset == bytes.count else {
            throw SnapshotDamage(path: path, reason: "it goes on behind its end")
        }
    }

    private mutating func nextSection() throws -> (SnapshotLayout.Section, Range<Int>) {
        let head = SnapshotLayout.sectionBytes
        guard offset + head <= bytes.count else {
            throw SnapshotDamage(path: path, reason: "it ends at byte \(offset), before its end")
        }
        var reader = StateBytes.Reader(Array(bytes[offset..<(offset + head)]))
        let kind = try reader.read(UInt32.self)
        let count = Int(try reader.read(UInt32.self))
        let checksum = try reader.read(UInt32.self)
        guard offset + head + count <= bytes.count else {
            throw SnapshotDamage(path: path, reason: "the section at byte \(offset) is cut off")
        }
        let range = (offset + head)..<(offset + head + count)
        var sum = SnapshotLayout.checksumSeed(snapshot: snapshot.number, section: sectionCount)
        sum = self.checksum(offset..<(offset + 8), seed: sum)
        guard self.checksum(range, seed: sum) == checksum,
            let section = SnapshotLayout.Section(rawValue: kind)
        else {
            throw SnapshotDamage(path: path, reason: "the section at byte \(offset) is damaged")
        }
        offset = range.upperBound
        sectionCount += 1
        return (section, range)
    }

    private func checksum(_ range: Range<Int>, seed: UInt32) -> UInt32 {
        unsafe bytes.withUnsafeBytes {
            unsafe SnapshotSections.checksum(
                UnsafeRawBufferPointer(rebasing: $0[range]), seed: seed)
        }
    }

    /// Takes a section; true if it is the last.
    private mutating func take(
        _ kind: SnapshotLayout.Section, _ range: Range<Int>
    ) throws -> Bool {
        var reader = StateBytes.Reader(bytes, range)
        switch kind {
        case .layout: snapshot.layout = String(decoding: bytes[range], as: UTF8.self)
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
                NodeCut(place: place, fingerprints: fingerprints, head: head, units: []))
        case .units:
            guard let node = snapshot.cut.nodes.indices.last else {
                throw SnapshotDamage(path: path, reason: "units of no node")
            }
            while reader.count > 0 {
                let unit = Int(try reader.read(UInt32.self))
                let count = Int(try reader.read(UInt32.self))
                snapshot.cut.nodes[node].units.append(
                    CutUnit(unit: unit, bytes: try reader.read(count: count)))
            }
        case .end:
            guard try reader.read(UInt64.self) == UInt64(sectionCount - 1) else {
                throw SnapshotDamage(path: path, reason: "sections are missing")
            }
            return true
        }
        return false
    }
}
