// How the state table finds, takes and frees a slot.
import CPlatform

// What must hold for the unsafe code of the table: `tags` has 16 bytes, aligned to 16, and `slots`
// room for 16 slots for each group, the last never used; a slot holds a key and a live value exactly
// if its tag is not 0; and at least one tag is 0 (the load is limited), so that an insertion finds
// room. `insert` and `vacate` keep it so between them; their callers initialize or take the value at
// once. StateTableTests compare each step with a dictionary and count lifetimes.
extension StateTable where Value: ~Copyable {
    /// Bytes of tags a group: what one SSE2 compare takes.
    @inlinable static var groupBytes: Int { 16 }
    /// Slots of a group; the sixteenth byte counts the keys that passed.
    @inlinable static var groupSlots: Int { 15 }
    /// Slots from one group to the next: one is left unused, so that the place of a slot is a shift
    /// away from its group (2 of 38 instructions a look-up, for a fifteenth of the memory).
    @inlinable static var groupStride: Int { 16 }
    /// The bits of a group match that are slots.
    @inlinable static var slotBits: UInt32 { 0x7FFF }
    /// Where a count of passed keys sticks, because it could overflow.
    @inlinable static var passedMax: UInt8 { .max }

    /// Multiplies to 128 bits and folds: any bit of the key reaches both the low bits, which choose
    /// the group, and the high ones, which are the tag. Odd, 2⁶⁴ divided by the golden ratio.
    @inlinable @inline(__always)
    func hash(of key: UInt64) -> UInt64 {
        let product = (key ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    /// Eight bits of the hash, never 0, which means free.
    @inlinable @inline(__always)
    static func tag(of hash: UInt64) -> UInt8 {
        let tag = UInt8(truncatingIfNeeded: hash &>> 56)
        return tag == 0 ? 1 : tag
    }

    @inlinable @inline(__always)
    static var valueOffset: Int {
        let alignment = MemoryLayout<Value>.alignment
        return (8 &+ alignment &- 1) & ~(alignment &- 1)
    }

    @inlinable @inline(__always)
    static var slotAlignment: Int { max(8, MemoryLayout<Value>.alignment) }

    @inlinable @inline(__always)
    static var slotStride: Int {
        let size = valueOffset &+ MemoryLayout<Value>.size
        return (size &+ slotAlignment &- 1) & ~(slotAlignment &- 1)
    }

    @inlinable @inline(__always)
    static func slot(_ slots: UnsafeMutableRawPointer, _ index: Int) -> UnsafeMutableRawPointer {
        unsafe slots + index &* slotStride
    }

    @inlinable @inline(__always)
    static func value(at slot: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Value> {
        unsafe (slot + valueOffset).assumingMemoryBound(to: Value.self)
    }

    @inlinable @inline(__always)
    static func freeSlots(_ group: UnsafeMutablePointer<UInt8>) -> UInt32 {
        unsafe portals_group_match(group, 0) & slotBits
    }

    @inlinable @inline(__always)
    static func takenSlots(_ group: UnsafeMutablePointer<UInt8>) -> UInt32 {
        unsafe ~portals_group_match(group, 0) & slotBits
    }

    /// The slot of `key` if it is the first candidate of its own group, as nearly all are: with
    /// tables filled to their mean load one look-up in thirty or so goes on to `search`.
    ///
    /// Apart from `search`, so that the common way has no loop: what lives across the rounds of one
    /// (the spread tag, the group itself) was kept on the stack.
    @inlinable @inline(__always)
    func locateFirst(_ key: UInt64, hash: UInt64) -> UnsafeMutableRawPointer? {
        let group = Int(truncatingIfNeeded: hash) & groupMask
        let candidates =
            unsafe portals_group_match(tags + group &* Self.groupBytes, Self.tag(of: hash))
            & Self.slotBits
        if candidates == 0 { return nil }
        let slot = unsafe Self.slot(
            slots, group &* Self.groupStride &+ candidates.trailingZeroBitCount)
        return unsafe slot.load(as: UInt64.self) == key ? slot : nil
    }

    /// The slot of `key`, if it has one.
    @inlinable @inline(__always)
    func locate(_ key: UInt64, hash: UInt64) -> UnsafeMutableRawPointer? {
        if let slot = unsafe locateFirst(key, hash: hash) { return unsafe slot }
        return unsafe Self.search(key, hash: hash, tags: tags, slots: slots, groupMask: groupMask)
    }

    /// The slot of `key`, if it has one, wherever it lies. Static: a table handed over out of line
    /// is copied to the stack first.
    @inlinable @inline(never)
    static func search(
        _ key: UInt64, hash: UInt64, tags: UnsafeMutablePointer<UInt8>,
        slots: UnsafeMutableRawPointer, groupMask: Int
    ) -> UnsafeMutableRawPointer? {
        let tag = tag(of: hash)
        var group = Int(truncatingIfNeeded: hash) & groupMask
        var step = 0
        while true {
            let groupTags = unsafe tags + group &* groupBytes
            var candidates = unsafe portals_group_match(groupTags, tag) & slotBits
            while candidates != 0 {
                let index = group &* groupStride &+ candidates.trailingZeroBitCount
                let slot = unsafe slot(slots, index)
                if unsafe slot.load(as: UInt64.self) == key { return unsafe slot }
                candidates &= candidates &- 1
            }
            if unsafe groupTags[groupSlots] == 0 { return nil }
            // Steps of 1, 2, 3 … visit every group once, as their number is a power of two.
            step &+= 1
            if step > groupMask { return nil }
            group = (group &+ step) & groupMask
        }
    }

    /// Gives `key`, which has none, a slot whose value the caller initializes at once.
    @inlinable @inline(never)
    mutating func insert(_ key: UInt64, hash: UInt64) -> UnsafeMutableRawPointer {
        if insertionsLeft == 0 { grow(groupCount: (groupMask + 1) * 2) }
        if let tracker = unsafe tracker { touchPath(key, tracker) }
        insertionsLeft &-= 1
        keyCount &+= 1
        return unsafe Self.place(key, hash: hash, tags: tags, slots: slots, groupMask: groupMask)
    }

    /// Takes the first free slot on the way of `hash` and counts the key in every group it passes.
    @inlinable @inline(__always)
    static func place(
        _ key: UInt64, hash: UInt64, tags: UnsafeMutablePointer<UInt8>,
        slots: UnsafeMutableRawPointer, groupMask: Int
    ) -> UnsafeMutableRawPointer {
        var group = Int(truncatingIfNeeded: hash) & groupMask
        var step = 0
        while true {
            let groupTags = unsafe tags + group &* groupBytes
            let free = unsafe freeSlots(groupTags)
            if free != 0 {
                let position = free.trailingZeroBitCount
                unsafe groupTags[position] = tag(of: hash)
                let slot = unsafe slot(slots, group &* groupStride &+ position)
                unsafe slot.storeBytes(of: key, as: UInt64.self)
                return unsafe slot
            }
            let passed = unsafe groupTags[groupSlots]
            if passed != passedMax { unsafe groupTags[groupSlots] = passed &+ 1 }
            step &+= 1
            group = (group &+ step) & groupMask
        }
    }

    /// Frees the slot of `key` and returns it, its value still there for the caller to take at
    /// once.
    @inlinable
    mutating func vacate(_ key: UInt64) -> UnsafeMutableRawPointer? {
        if let tracker = unsafe tracker { touchPath(key, tracker) }
        let hash = hash(of: key)
        guard let slot = unsafe locate(key, hash: hash) else { return nil }
        let index = unsafe (slot - slots) / Self.slotStride
        let target = index / Self.groupStride
        var group = Int(truncatingIfNeeded: hash) & groupMask
        var step = 0
        while group != target {
            let passed = unsafe tags + (group &* Self.groupBytes &+ Self.groupSlots)
            if unsafe passed.pointee != Self.passedMax { unsafe passed.pointee &-= 1 }
            step &+= 1
            group = (group &+ step) & groupMask
        }
        unsafe tags[target &* Self.groupBytes &+ (index &- target &* Self.groupStride)] = 0
        keyCount &-= 1
        insertionsLeft &+= 1
        return unsafe slot
    }
}
