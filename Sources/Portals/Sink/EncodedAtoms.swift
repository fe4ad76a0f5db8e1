// Atoms as bytes that a sink will write.

/// The bytes of some atoms one after the other, and where each ends.
public struct EncodedAtoms: Sendable {
    @usableFromInline var bytes: [UInt8] = []
    @usableFromInline var ends: [(step: UInt64, end: Int)] = []

    @usableFromInline init() {}

    /// What came since the last end was that step's.
    @usableFromInline
    mutating func endAtom(_ step: UInt64) { ends.append((step, bytes.count)) }

    /// Moves the atoms that have ended behind others; if there are none, into memory that is there.
    @usableFromInline
    mutating func moveEnded(to others: inout EncodedAtoms?, memory: inout EncodedAtoms?) {
        let end = ends.last?.end ?? 0
        var moved = others.take() ?? memory.take() ?? EncodedAtoms()
        defer { others = moved }
        // As it mostly is where nothing waits for a commit: no copy.
        if moved.ends.isEmpty && end == bytes.count { return swap(&self, &moved) }
        let start = moved.bytes.count
        moved.bytes.append(contentsOf: bytes[..<end])
        for atom in ends { moved.ends.append((atom.step, start + atom.end)) }
        bytes.removeSubrange(..<end)
        ends.removeAll(keepingCapacity: true)
    }

    /// Empties it and keeps its memory.
    @usableFromInline
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// The step that gave a byte.
    func step(at offset: Int) -> UInt64 {
        ends.first { offset < $0.end }?.step ?? 0
    }
}
