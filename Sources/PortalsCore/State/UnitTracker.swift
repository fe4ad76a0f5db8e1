// Which parts of a table have changed since the last snapshot, and which a snapshot in progress has
// yet to copy.

/// The marks of a table's units: sixteen groups each.
///
/// ```
///          change                    cut                     change, or its turn
/// clean ──────────► changed ──────────────► to be copied ──────────────────────► changed, clean
/// ```
/// At a cut nothing is copied: the units that have changed are marked. Afterwards the worker copies
/// some with each of its steps, and one that is about to change before its turn. So what the cut
/// holds is the state at the cut, and no pause grows with the state.
///
/// - Ownership: the worker of the table.
/// - Cost: a byte for 16 groups (4 KiB of slots of 16 bytes); a key of a chunk 2 ns, in sites with a
///   journal only.
@safe @usableFromInline
final class UnitTracker {
    /// 0 clean, 1 changed, 2 to be copied.
    @usableFromInline var marks: UnsafeMutablePointer<UInt8>
    private var count: Int
    private var cursor = 0
    private(set) var left = 0
    /// Appends a unit to what the cut has copied.
    private let copy: (Int) -> Void

    @usableFromInline
    init(unitCount: Int, copy: @escaping (Int) -> Void) {
        count = unitCount
        self.copy = copy
        unsafe marks = .allocate(capacity: unitCount)
        unsafe marks.initialize(repeating: 1, count: unitCount)
    }

    deinit { unsafe marks.deallocate() }

    /// A unit is about to change.
    @inlinable @inline(__always)
    func touch(_ unit: Int) {
        if unsafe marks[unit] == 1 { return }
        change(unit)
    }

    @usableFromInline @inline(never)
    func change(_ unit: Int) {
        #if PROTOCOL_MUTATIONS
        if unsafe marks[unit] == 2 && ProtocolMutation.has(.copiesUnitsLate) { return }
        if unsafe marks[unit] == 0 && ProtocolMutation.has(.losesUnitMarks) { return }
        #endif
        if unsafe marks[unit] == 2 {
            left -= 1
            copy(unit)
        }
        unsafe marks[unit] = 1
    }

    /// The table is about to be laid out anew, with so many units: all of them have changed then.
    @usableFromInline
    func willGrow(unitCount: Int) {
        while left > 0 { copyNext() }
        unsafe marks.deallocate()
        count = unitCount
        unsafe marks = .allocate(capacity: count)
        unsafe marks.initialize(repeating: 1, count: count)
    }

    /// Marks what has changed since the last cut.
    func cut() {
        cursor = 0
        left = 0
        for unit in 0..<count where unsafe marks[unit] == 1 {
            unsafe marks[unit] = 2
            left += 1
        }
    }

    /// Copies the next unit that is to be copied; there is one.
    func copyNext() {
        while unsafe marks[cursor] != 2 { cursor += 1 }
        left -= 1
        unsafe marks[cursor] = 0
        copy(cursor)
    }

    /// The next cut is to hold everything.
    func setChanged() { unsafe marks.update(repeating: 1, count: count) }

    /// A snapshot was written from these units: they are clean now.
    func setClean() { unsafe marks.update(repeating: 0, count: count) }
}
