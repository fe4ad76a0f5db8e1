// Where the bytes of atoms from outside lie while they are in flight.

/// The contents of one source's atoms, by root cell.
///
/// The leader writes a slot before it decides the step, and all partitions read it after they were
/// told; a cell is free again when all consequences are done, so nobody reads it then.
///
/// - Cost: a copy of the bytes; memory is kept for the next atom.
@safe final class FeedSlots: @unchecked Sendable {  // Decisions order writers and readers.
    private let slots: UnsafeMutablePointer<Slot>
    private let count: Int
    /// The root cell of the first slot.
    private let first: Int

    @unsafe private struct Slot {
        var bytes = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
        var count = 0
    }

    init(cells: Range<Int>) {
        first = cells.lowerBound
        count = cells.count
        unsafe slots = .allocate(capacity: cells.count)
        unsafe slots.initialize(repeating: Slot(), count: cells.count)
    }

    deinit {
        for index in 0..<count { unsafe slots[index].bytes.deallocate() }
        unsafe slots.deallocate()
    }

    func put(_ bytes: [UInt8], cell: Int) {
        let slot = unsafe slots + (cell - first)
        unsafe slot.pointee.count = bytes.count
        if unsafe slot.pointee.bytes.count < bytes.count {
            unsafe slot.pointee.bytes.deallocate()
            // Half as much again: atoms of a batching source grow with its load.
            unsafe slot.pointee.bytes = .allocate(
                byteCount: bytes.count + bytes.count / 2, alignment: 16)
        }
        unsafe bytes.withUnsafeBytes { unsafe slot.pointee.bytes.copyMemory(from: $0) }
    }

    func content(root: UInt32) -> UnsafeRawBufferPointer {
        let slot = unsafe slots[Int(root) - first]
        return unsafe UnsafeRawBufferPointer(rebasing: slot.bytes[..<slot.count])
    }
}

extension Partition {
    /// The bytes of the atom from outside whose step is being run; valid until its step ends.
    @usableFromInline
    var fedContent: UnsafeRawBufferPointer {
        unsafe element.feedSlots.unsafelyUnwrapped.content(root: step.root)
    }
}
