// The memory of the state table: made, doubled, destroyed.

extension StateTable where Value: ~Copyable {
    /// How many keys a table of `groupCount` groups takes before it doubles: 12 of 15 slots.
    ///
    /// With groups filled at random to a mean of 12, one group in six or so has been passed by a
    /// key; at 14 it is one in three, and a miss or a passed key costs another line of tags. A
    /// table that has just doubled is at 6 of 15.
    @inlinable
    static func keyCountMax(groupCount: Int) -> Int { groupCount &* 12 }

    @inlinable
    static func slotsOffset(groupCount: Int) -> Int {
        (groupCount * groupBytes + slotAlignment - 1) & ~(slotAlignment - 1)
    }

    @inlinable
    static func byteCount(groupCount: Int) -> Int {
        slotsOffset(groupCount: groupCount) + groupCount * groupStride * slotStride
    }

    /// Tags, all free, and slots, not initialized, of `groupCount` groups.
    @inlinable
    static func makeBlock(
        groupCount: Int, memory: MemorySource
    ) -> (tags: UnsafeMutablePointer<UInt8>, slots: UnsafeMutableRawPointer) {
        // Lines of 64 bytes, so that no group of tags straddles two.
        let block = unsafe memory.allocate(
            byteCount(groupCount: groupCount), max(64, slotAlignment))
        let tags = unsafe block.bindMemory(to: UInt8.self, capacity: groupCount * groupBytes)
        unsafe tags.initialize(repeating: 0, count: groupCount * groupBytes)
        return unsafe (tags, block + slotsOffset(groupCount: groupCount))
    }

    /// Makes room for `keyCount` keys in all, so that the table does not grow before.
    ///
    /// - Cost: a growth moves every value once, and no other operation happens meanwhile: 18–25 ms
    ///   at 786,432 keys of `Int`, page faults of the fresh memory included (`portals micro`, AMD
    ///   EPYC). Old groups are read in order and their keys go to two places that advance in order.
    ///   Where such a pause matters, reserve.
    @inlinable
    public mutating func reserve(_ keyCount: Int) {
        var groupCount = groupMask + 1
        while Self.keyCountMax(groupCount: groupCount) < keyCount { groupCount *= 2 }
        if groupCount > groupMask + 1 { grow(groupCount: groupCount) }
    }

    /// Moves all keys to a block of `groupCount` groups; counts of passed keys start anew.
    @inlinable @inline(never)
    mutating func grow(groupCount: Int) {
        unsafe tracker?.willGrow(unitCount: Self.unitCount(groupCount: groupCount))
        let block = unsafe Self.makeBlock(groupCount: groupCount, memory: memory)
        for group in 0...groupMask {
            var taken = unsafe Self.takenSlots(tags + group &* Self.groupBytes)
            while taken != 0 {
                let source = unsafe Self.slot(
                    slots, group &* Self.groupStride &+ taken.trailingZeroBitCount)
                let key = unsafe source.load(as: UInt64.self)
                let target = unsafe Self.place(
                    key, hash: hash(of: key), tags: block.tags, slots: block.slots,
                    groupMask: groupCount - 1)
                unsafe Self.value(at: target).moveInitialize(from: Self.value(at: source), count: 1)
                taken &= taken &- 1
            }
        }
        unsafe memory.deallocate(
            UnsafeMutableRawPointer(tags), Self.byteCount(groupCount: groupMask + 1))
        unsafe tags = unsafe block.tags
        unsafe slots = unsafe block.slots
        groupMask = groupCount - 1
        insertionsLeft = Self.keyCountMax(groupCount: groupCount) - keyCount
    }

    /// Ends the life of every value; for trivial types the compiler leaves nothing of it.
    @inlinable
    static func destroyValues(
        tags: UnsafeMutablePointer<UInt8>, slots: UnsafeMutableRawPointer, groupCount: Int
    ) {
        if _isPOD(Value.self) { return }
        for group in 0..<groupCount {
            var taken = unsafe takenSlots(tags + group &* groupBytes)
            while taken != 0 {
                unsafe value(
                    at: slot(slots, group &* groupStride &+ taken.trailingZeroBitCount)
                ).deinitialize(count: 1)
                taken &= taken &- 1
            }
        }
    }

    /// Sum of the counts of passed keys over all groups: how far the hash is from ideal.
    package var passedKeys: Int {
        var sum = 0
        for group in 0...groupMask {
            sum += unsafe Int(tags[group * Self.groupBytes + Self.groupSlots])
        }
        return sum
    }
}
