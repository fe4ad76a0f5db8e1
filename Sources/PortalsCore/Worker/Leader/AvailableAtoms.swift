// Atoms that stand in line at one input of an element.

struct AvailableAtom: BitwiseCopyable {
    var step: UInt64
    var root: UInt32
}

/// Atoms that stand in one input of an element.
final class AvailableAtoms {
    private let senders: Int
    private var atoms = Queue<AvailableAtom>(capacity: 16)
    /// One mask of destinations a sender and atom.
    private var masks = Queue<UInt64>(capacity: 16)

    init(senders: Int) { self.senders = max(senders, 1) }

    /// The masks of an atom may still be on their way: they come in groups.
    var isEmpty: Bool { atoms.isEmpty || masks.count < senders }

    func append(step: UInt64, root: UInt32, mask: UInt64, sender: Int) {
        if sender == 0 { atoms.append(AvailableAtom(step: step, root: root)) }
        masks.append(mask)
    }

    func removeFirst(into words: inout Queue<UInt64>) -> AvailableAtom {
        words.removeAll()
        for _ in 0..<senders { words.append(masks.removeFirst()) }
        return atoms.removeFirst()
    }
}
