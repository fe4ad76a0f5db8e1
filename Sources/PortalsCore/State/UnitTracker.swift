// Which groups of a table have changed since the last snapshot, and which a snapshot in progress
// has yet to copy.

/// The marks of a table's groups, one byte each.
///
/// ```
/// mark      0              the interval between two cuts, 1 and 2 in turn
///           has not        it changed in this interval, or, while the workers copy,
///           changed        in the one before: then the cut needs it as it is
/// ```
/// A cut only counts the interval on: nothing is copied, and no mark changes. Afterwards the worker
/// copies some groups with each of its steps, and one that is about to change before its turn. So
/// what the cut holds is the state at the cut, and no pause grows with the state. A group is 15
/// slots, because all of it is copied when one of its keys changes: with larger units the first
/// atoms after a cut, whose keys lie anywhere, copy most of the table at once.
///
/// - Ownership: the worker of the table.
/// - Cost: a byte for 15 slots; from the first snapshot on, an event one comparison: 2 ns where an
///   event takes 7 (`portals bench --workload keyed-count --journal durable --snapshots off,1s`).
@safe @usableFromInline
final class UnitTracker {
    @usableFromInline private(set) var marks: UnsafeMutablePointer<UInt8>
    /// The mark of this interval.
    private(set) var current: UInt8 = 1
    private var count: Int
    private var cursor = 0
    private(set) var isCopying = false
    /// Some group may be clean. Before the first cut everything belongs to it, and nobody need ask.
    private(set) var isNeeded = false
    /// Appends a group to what the cut has copied.
    private let copy: (Int) -> Void

    @usableFromInline
    init(unitCount: Int, copy: @escaping (Int) -> Void) {
        count = unitCount
        self.copy = copy
        unsafe marks = .allocate(capacity: unitCount)
        unsafe marks.initialize(repeating: 1, count: unitCount)
    }

    deinit { unsafe marks.deallocate() }

    /// A group is about to change.
    @usableFromInline
    func touch(_ unit: Int) {
        let mark = unsafe marks[unit]
        if mark == current { return }
        #if PROTOCOL_MUTATIONS
        if mark != 0 && ProtocolMutation.has(.copiesUnitsLate) { return }
        if mark == 0 && ProtocolMutation.has(.losesUnitMarks) { return }
        #endif
        if mark != 0 { copy(unit) }
        unsafe marks[unit] = current
    }

    /// Every group may be about to change.
    func touchAll() { for unit in 0..<count { touch(unit) } }

    /// The table is about to be laid out anew, with so many groups: all of them have changed then.
    @usableFromInline
    func willGrow(unitCount: Int) {
        while isCopying { copyNext(unitsMax: .max) }
        unsafe marks.deallocate()
        count = unitCount
        unsafe marks = .allocate(capacity: count)
        unsafe marks.initialize(repeating: current, count: count)
    }

    /// The interval ends: what has changed in it belongs to the cut.
    func cut() {
        precondition(!isCopying, "a cut before the one before it was copied")
        current = 3 - current
        isNeeded = true
        cursor = 0
        isCopying = true
    }

    /// Marks looked at in one call: 1 µs where nothing has changed.
    private static let marksMax = 2_048

    /// Copies some of what is left; `isCopying` says whether there is more.
    ///
    /// - Returns: how many groups were copied.
    @discardableResult
    func copyNext(unitsMax: Int) -> Int {
        let previous = 3 - current
        var copied = 0
        let end = unitsMax == .max ? count : min(count, cursor + Self.marksMax)
        while cursor < end && copied < unitsMax {
            if unsafe marks[cursor] == previous {
                unsafe marks[cursor] = 0
                copy(cursor)
                copied += 1
            }
            cursor += 1
        }
        if cursor == count { isCopying = false }
        return copied
    }

    /// The next cut is to hold everything. Not while one is copied.
    func setChanged() { unsafe marks.update(repeating: current, count: count) }

    /// A snapshot was written from these groups: they are clean now.
    func setClean() {
        unsafe marks.update(repeating: 0, count: count)
        isNeeded = true
    }
}
