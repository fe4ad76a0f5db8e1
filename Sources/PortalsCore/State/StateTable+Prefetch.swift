// Asks early for the lines that an update will touch, where a table is larger than the caches.
import CPlatform

extension StateTable where Value: ~Copyable {
    /// Keys that are asked for together: of the next piece the slots, of the one after it the tags.
    /// So a line has the time of 8 to 16 events to come from memory, and all that is under way
    /// stays in the nearest cache.
    @inlinable static var prefetchedKeys: Int { 8 }
    /// Bytes of a table from which on asking early is worth its instructions. What the third cache
    /// holds the processor hides by itself: keyed count takes 0.85 of its rate at 4 MiB if it asks,
    /// 1.2 at 9 MiB, 2 at 35, and 3 at 280 (AMD EPYC, 32 MiB of third cache, November 2026).
    @inlinable static var farByteCountMin: Int { 6 << 20 }

    /// Larger than the caches near the core.
    @inlinable @inline(__always)
    var isFar: Bool {
        groupMask &* (Self.groupBytes &+ Self.groupStride &* Self.slotStride) > Self.farByteCountMin
    }

    /// Asks for the lines of keys that come after those from `index` on; of the first keys too
    /// before they are looked up.
    ///
    /// - Returns: where to call it again: at the end of a piece.
    @inlinable @inline(never)
    func prefetch(_ keys: UnsafeMutablePointer<UInt64>, from index: Int, _ count: Int) -> Int {
        let piece = Self.prefetchedKeys
        var next = index == 0 ? 0 : index &+ 2 &* piece
        while next < min(index &+ 3 &* piece, count) {
            unsafe prefetchTags(keys[next])
            next &+= 1
        }
        next = index == 0 ? 0 : index &+ piece
        while next < min(index &+ 2 &* piece, count) {
            unsafe prefetchSlots(keys[next])
            next &+= 1
        }
        return min(index &+ piece, count)
    }

    /// Asks for the tags of a key, and for its mark.
    @inlinable @inline(__always)
    func prefetchTags(_ key: UInt64) {
        let group = Int(truncatingIfNeeded: hash(of: key)) & groupMask
        unsafe portals_prefetch(tags + group &* Self.groupBytes)
        if let marks = unsafe marks { unsafe portals_prefetch(marks + group) }
    }

    /// Asks for the slot that the tags of a key point to; for all of its group if the cut needs it
    /// copied before it changes.
    @inlinable @inline(__always)
    func prefetchSlots(_ key: UInt64) {
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
