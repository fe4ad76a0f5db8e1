// Makes the bytes of a snapshot file, section by section.
import CPlatform

/// The pieces of one snapshot file, in order: the header, then its sections.
///
/// - Cost: holds one piece at a time, about a mebibyte.
struct SnapshotSections {
    private let snapshot: Snapshot
    private var stage = Stage.header
    private var sectionCount = 0

    private enum Stage {
        case header, layout, element(Int), node(Int), units(node: Int, from: Int), end, done
    }

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    /// The next bytes of the file; nil after the last.
    mutating func next() -> [UInt8]? {
        switch stage {
        case .header:
            stage = .layout
            return header()
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
                stage = .end
                return next()
            }
            stage = .units(node: index, from: 0)
            return section(.node, node(snapshot.cut.nodes[index]))
        case .units(let index, let from):
            let units = snapshot.cut.nodes[index].units
            guard from < units.count else {
                stage = .node(index + 1)
                return next()
            }
            return self.units(units, node: index, from: from)
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

    private mutating func units(_ units: [CutUnit], node: Int, from: Int) -> [UInt8] {
        var bytes = StateBytes()
        var index = from
        while index < units.count, bytes.bytes.count < SnapshotLayout.unitsBytes {
            bytes.append(UInt32(units[index].unit))
            bytes.append(UInt32(units[index].bytes.count))
            bytes.append(units[index].bytes)
            index += 1
        }
        stage = .units(node: node, from: index)
        return section(.units, bytes.bytes)
    }

    private mutating func section(_ kind: SnapshotLayout.Section, _ payload: [UInt8]) -> [UInt8] {
        let seed = SnapshotLayout.checksumSeed(snapshot: snapshot.number, section: sectionCount)
        sectionCount += 1
        var bytes = StateBytes()
        bytes.append(kind.rawValue)
        bytes.append(UInt32(payload.count))
        bytes.append(Self.checksum(payload, seed: Self.checksum(bytes.bytes, seed: seed)))
        return bytes.bytes + payload
    }

    static func checksum(_ bytes: [UInt8], seed: UInt32) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe checksum($0, seed: seed) }
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
        unsafe portals_crc32c(seed, bytes.baseAddress, bytes.count)
    }
}
