// Asks early for the lines that an update will touch, where a table is larger than the caches.
import CPlatform

extension StateTable where Value: ~Copyable {
    /// Events between asking for the tags of a key and using them: longer than a line takes from
    /// memory, short enough that all that is asked for stays in the nearest cache.
    @inlinable static var tagsAhead: Int { 16 }
    /// The same for the slot that the tags point to.
    @inlinable static var slotsAhead: Int { 8 }
    /// Bytes of a table from which on asking early is worth its instructions. What the third cache
    /// holds the processor hides by itself: keyed count takes 0.85 of its rate at 4 MiB if it asks,
    /// 1.2 at 9 MiB, 2 at 35, and 3 at 280 (AMD EPYC, 32 MiB of third cache, November 2026).
    @inlinable static var farByteCountMin: Int { 6 << 20 }

    /// Larger than the caches near the core.
    @inlinable @inline(__always)
    var isFar: Bool {
        groupMask &* (Self.groupBytes &+ Self.groupStride &* Self.slotStride) > Self.farByteCountMin
    }

    /// Asks for the tags of a key, and for its mark.
    @inlinable @inline(__always)
    func fetchTags(_ key: UInt64) {
        let group = Int(truncatingIfNeeded: hash(of: key)) & groupMask
        unsafe portals_prefetch(tags + group &* Self.groupBytes)
        if let marks = unsafe marks { unsafe portals_prefetch(marks + group) }
    }

    /// Asks for the slot that the tags of a key point to; for all of its group if the cut needs it
    /// copied before it changes.
    @inlinable @inline(__always)
    func fetchSlots(_ key: UInt64) {
        let hash = hash(of: key)
        let group = Int(truncatingIfNeeded: hash) & groupMask
        let candidates =
            unsafe portals_group_match(tags + group &* Self.groupBytes, Self.tag(of: hash))
            & Self.slotBits
        unsafe portals_prefetch(
            Self.slot(slots, group &* Self.groupStride &+ candidates.trailingZeroBitCount))
        guard let marks = unsafe marks else { return }
        let mark = unsafe marks[group]
        if mark == 0 || mark == currentMark { return }
        var offset = 0
        while offset < Self.groupStride &* Self.slotStride {
            unsafe portals_prefetch(Self.slot(slots, group &* Self.groupStride) + offset)
            offset &+= 64
        }
    }
}
