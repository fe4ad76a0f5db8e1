// Atoms as bytes that a sink will write.

/// The bytes of some atoms one after the other, and where each ends.
public struct EncodedAtoms: Sendable {
    @usableFromInline var bytes: [UInt8] = []
    @usableFromInline var ends: [(step: UInt64, end: Int)] = []

    @usableFromInline init() {}

    /// What came since the last end was that step's.
    @usableFromInline
    mutating func endAtom(_ step: UInt64) { ends.append((step, bytes.count)) }

    /// Gives the atoms that have ended, and goes on in the memory of `next`, which is empty, with
    /// what there is of another.
    @usableFromInline
    mutating func takeEnded(next: consuming EncodedAtoms) -> EncodedAtoms {
        let end = ends.last?.end ?? 0
        if end < bytes.count {
            next.bytes.append(contentsOf: bytes[end...])
            bytes.removeSubrange(end...)
        }
        swap(&self, &next)
        return next
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
