// What a run of the atom alignment must report, made of what arrives behind the grid.
import Synthetic

/// The result of a run or of one partition of it.
@frozen
public struct Answer: Summable, BitwiseCopyable, Hashable {
    /// Events that arrived.
    public var arrived: UInt64 = 0
    /// Sum of their values, modulo 2^64.
    public var sumOfValues: UInt64 = 0
    /// Events that arrived in an atom of others, or before an atom that was ahead of theirs.
    public var misaligned: UInt64 = 0

    /// Makes the answer of a run in which nothing arrived.
    @inlinable public init() {}

    /// Takes in the answer of another partition.
    public mutating func add(_ other: Answer) {
        arrived += other.arrived
        sumOfValues &+= other.sumOfValues
        misaligned += other.misaligned
    }
}

/// Takes what arrives on one partition, and sees whether atoms come whole and in order.
@frozen
public struct Arrivals: Sendable, BitwiseCopyable, Hashable {
    /// What it has seen.
    public var answer = Answer()
    @usableFromInline let atomSize: UInt64
    /// The places of the current atom; those before its end have had their turn.
    @usableFromInline var start: UInt64 = 0
    @usableFromInline var end: UInt64 = 0
    @usableFromInline var isOpen = false

    /// For atoms of a size.
    @inlinable public init(atomSize: UInt64) { self.atomSize = atomSize }

    /// Takes an event of the current atom.
    @inlinable @inline(__always)
    public mutating func take(_ cell: Cell) {
        if !isOpen { open(cell) }
        answer.arrived &+= 1
        answer.sumOfValues &+= cell.value
        answer.misaligned &+= cell.index >= start && cell.index < end ? 0 : 1
    }

    /// The first event of an atom says which it is; one that comes late has no place left.
    @usableFromInline @inline(never)
    mutating func open(_ cell: Cell) {
        isOpen = true
        start = max(end, cell.index - cell.index % atomSize)
        end = max(end, cell.index - cell.index % atomSize + atomSize)
    }

    /// The current atom has ended.
    @inlinable public mutating func endAtom() { isOpen = false }
}
