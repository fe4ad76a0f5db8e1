// Makes the bytes of a snapshot file, section by section.
import CPlatform

/// The pieces of one snapshot file, in order: the header, then its sections.
///
/// - Cost: nothing is copied; a section of units is given away with its piece.
struct SnapshotSections {
    private var snapshot: Snapshot
    private var stage = Stage.header
    private var sectionCount = 0

    private enum Stage {
        case header, layout, element(Int), node(Int), units(node: Int, from: Int)
        case feed(Int), sink(Int), end, done
    }

    /// What stands one after the other in the file.
    struct Piece {
        var head: [UInt8]
        var payload: [UInt8] = []
        /// The node, where these are its units.
        var units: NodePlace?
    }

    init(_ snapshot: consuming Snapshot) { self.snapshot = snapshot }

    /// The next bytes of the file; nil after the last.
    mutating func next() -> Piece? {
        switch stage {
        case .header:
            stage = .layout
            return Piece(head: header())
        case .layout:
            stage = .element(0)
            return section(.layout, Array(snapshot.layout.utf8))
        case .element(let index):
            guard index < snapshot.cut.elements.count else {
                stage = .node(0)
                return next()
            }
            stage = .element(index + 1)
            var bytes = StateBytes()
            for word in snapshot.cut.elements[index] { bytes.append(word) }
            return section(.element, bytes.bytes)
        case .node(let index):
            guard index < snapshot.cut.nodes.count else {
                stage = .feed(0)
                return next()
            }
            stage = .units(node: index, from: 0)
            return section(.node, node(snapshot.cut.nodes[index]))
        case .units(let index, let from):
            guard from < snapshot.cut.nodes[index].sections.count else {
                stage = .node(index + 1)
                return next()
            }
            stage = .units(node: index, from: from + 1)
            var units: [UInt8] = []
            swap(&units, &snapshot.cut.nodes[index].sections[from])
            var piece = section(.units, units)
            piece.units = snapshot.cut.nodes[index].place
            return piece
        case .feed(let index):
            guard index < snapshot.cut.feeds.count else {
                stage = .sink(0)
                return next()
            }
            stage = .feed(index + 1)
            return section(.feed, snapshot.cut.feeds[index])
        case .sink(let index):
            guard index < snapshot.cut.sinks.count else {
                stage = .end
                return next()
            }
            stage = .sink(index + 1)
            return section(.sink, snapshot.cut.sinks[index])
        case .end:
            stage = .done
            var bytes = StateBytes()
            bytes.append(UInt64(sectionCount))
            return section(.end, bytes.bytes)
        case .done: return nil
        }
    }

    private func header() -> [UInt8] {
        var tail = StateBytes()
        tail.append(snapshot.number)
        tail.append(snapshot.base)
        tail.append(snapshot.position.rawValue)
        tail.append(snapshot.time)
        var bytes = StateBytes()
        bytes.append(SnapshotLayout.magic)
        bytes.append(SnapshotLayout.version)
        bytes.append(Self.checksum(tail.bytes, seed: Self.checksum(bytes.bytes, seed: 0)))
        return bytes.bytes + tail.bytes
    }

    private func node(_ node: NodeCut) -> [UInt8] {
        var bytes = StateBytes()
        bytes.append(UInt64(node.place.element))
        bytes.append(UInt64(node.place.partition))
        bytes.append(UInt64(node.place.node))
        node.head.store(into: &bytes)
        node.fingerprints.store(into: &bytes)
        return bytes.bytes
    }

    private mutating func section(
        _ kind: SnapshotLayout.Section, _ payload: consuming [UInt8]
    ) -> Piece {
        let seed = SnapshotLayout.checksumSeed(snapshot: snapshot.number, section: sectionCount)
        sectionCount += 1
        var bytes = StateBytes()
        bytes.append(kind.rawValue)
        bytes.append(UInt32(payload.count))
        bytes.append(Self.checksum(payload, seed: Self.checksum(bytes.bytes, seed: seed)))
        return Piece(head: bytes.bytes, payload: payload)
    }

    static func checksum(_ bytes: [UInt8], seed: UInt32) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe checksum($0, seed: seed) }
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
        unsafe portals_crc32c(seed, bytes.baseAddress, bytes.count)
    }
}
