// Which source atoms still have consequences: a counter for each that was admitted. It bounds what
// is in flight, tells when an atom is done with all that followed from it, and when everything is
// at rest.
import Synchronization

/// An atom that was admitted.
struct RootAtom: BitwiseCopyable {
    /// When it was to enter.
    var entryTime: UInt64
    /// Its number at its source.
    var number: UInt64
    /// The element whose feed gave it, and is told when it is done.
    var fedElement: UInt32
    /// How much later it entered: 256 ns each, at most 18 minutes.
    var entryDelay: UInt32 = 0
    /// It came from no feed: nobody is told.
    static let notFed = UInt32.max
    static let delayShift: UInt64 = 8

    /// When it entered, to 256 ns.
    var actualEntryTime: UInt64 { entryTime &+ UInt64(entryDelay) << Self.delayShift }
}

/// The admitted atoms of all sources.
///
/// Every atom in a channel, and every step that is being done, belongs to the source atom that it
/// followed from. Its counter holds how many there are: a step that ends adds the atoms that it
/// published and takes itself away, in one addition, so the counter reaches zero exactly once, when
/// nothing remains. Leaders of any worker add; only the source's leader uses a free cell.
@safe final class Roots: @unchecked Sendable {  // Cells are atomics, and fields that they guard.
    /// The cell of what no source atom caused: seals and time-outs. It is never free.
    static let system: UInt32 = 0
    private static let capacityMax = 1 << 24

    struct Cell: ~Copyable {
        /// Consequences that are not done. Written by all leaders.
        let live = Atomic<Int>(0)
        /// The atom. Written by the source's leader before `live` leaves zero.
        var atom = RootAtom(entryTime: 0, number: 0, fedElement: RootAtom.notFed)
        /// Two cells never share a line or its neighbour.
        let padding = InlineArray<12, UInt64>(repeating: 0)
    }

    /// Moved only while all workers stand still.
    private var cells: UnsafeMutablePointer<Cell>
    private var capacity = 16
    private(set) var used = 1

    init() {
        unsafe cells = unsafe Self.make(16)
    }

    deinit {
        unsafe cells.deinitialize(count: capacity)
        unsafe cells.deallocate()
    }

    private static func make(_ count: Int) -> UnsafeMutablePointer<Cell> {
        let cells = unsafe UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Cell>.stride, alignment: 128
        ).bindMemory(to: Cell.self, capacity: count)
        for index in 0..<count { unsafe (cells + index).initialize(to: Cell()) }
        return unsafe cells
    }

    /// Cells for one source. Only while all workers stand still.
    func reserve(_ count: Int) -> Range<Int> {
        precondition(
            used + count <= Self.capacityMax,
            "\(used + count) source atoms in flight are too many: lower the window")
        if used + count > capacity {
            let larger = unsafe Self.make(max(capacity * 2, used + count))
            for index in 0..<used {
                unsafe larger[index].live.store(
                    cells[index].live.load(ordering: .relaxed), ordering: .relaxed)
                unsafe larger[index].atom = unsafe cells[index].atom
            }
            unsafe cells.deinitialize(count: capacity)
            unsafe cells.deallocate()
            unsafe cells = unsafe larger
            capacity = max(capacity * 2, used + count)
        }
        used += count
        return (used - count)..<used
    }

    /// Acquires what the last leader wrote before it released the cell.
    func isFree(_ index: Int) -> Bool { unsafe cells[index].live.load(ordering: .acquiring) == 0 }

    func begin(_ index: Int, _ atom: RootAtom) {
        unsafe cells[index].atom = atom
        // Releases the atom; pairs with the acquiring addition in `add`.
        unsafe cells[index].live.store(1, ordering: .releasing)
    }

    /// Adds consequences; true if none remain.
    func add(_ count: Int, to root: UInt32) -> Bool {
        if count == 0 { return false }
        return unsafe cells[Int(root)].live.add(count, ordering: .acquiringAndReleasing).newValue
            == 0
    }

    /// The atom of a cell, while it has consequences: a free cell may be another's already.
    func atom(_ root: UInt32) -> RootAtom { unsafe cells[Int(root)].atom }
    func entryTime(_ root: UInt32) -> UInt64 { unsafe cells[Int(root)].atom.entryTime }

    /// Nothing that was admitted has consequences left.
    var allFree: Bool {
        for index in 0..<used where !isFree(index) { return false }
        return true
    }
}
