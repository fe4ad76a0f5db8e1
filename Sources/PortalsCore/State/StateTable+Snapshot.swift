// How a table is taken apart for a snapshot, and put together again.

extension StateTable where Value: ~Copyable {
    /// Groups that are stored as one unit: sixteen, 240 slots, 4 KiB of 16-byte slots.
    @inlinable static var unitGroups: Int { 16 }

    @inlinable
    static func unitCount(groupCount: Int) -> Int {
        (groupCount + unitGroups - 1) / unitGroups
    }

    /// How many units it has now.
    @inlinable var unitCount: Int { Self.unitCount(groupCount: groupMask + 1) }

    /// Tells the tracker that the value of a key is about to change, wherever it lies: in its
    /// group, or in one of those that it would have passed.
    @inlinable @inline(__always)
    func touch(_ key: UInt64, _ tracker: UnitTracker) {
        var group = Int(truncatingIfNeeded: hash(of: key)) & groupMask
        tracker.touch(group / Self.unitGroups)
        var step = 0
        while unsafe tags[group &* Self.groupBytes &+ Self.groupSlots] != 0 {
            step &+= 1
            if step > groupMask { return }
            group = (group &+ step) & groupMask
            tracker.touch(group / Self.unitGroups)
        }
    }

    /// The same before a key is inserted or removed: also the groups that count it.
    @usableFromInline @inline(never)
    func touchPath(_ key: UInt64, _ tracker: UnitTracker) {
        var group = Int(truncatingIfNeeded: hash(of: key)) & groupMask
        var step = 0
        while true {
            tracker.touch(group / Self.unitGroups)
            let groupTags = unsafe tags + group &* Self.groupBytes
            let isFull = unsafe Self.freeSlots(groupTags) == 0
            if unsafe !isFull && groupTags[Self.groupSlots] == 0 { return }
            step &+= 1
            if step > groupMask { return }
            group = (group &+ step) & groupMask
        }
    }
}

extension StateTable {
    /// Appends the tags, keys and values of a unit.
    ///
    /// ```
    /// group: │ 15 tags, overflow │ key 8 │ value │ key 8 │ value │ …   for each tag that is not 0
    /// ```
    @inlinable
    func storeUnit(_ unit: Int, _ codec: StateCodec<Value>, into bytes: inout StateBytes) {
        let first = unit * Self.unitGroups
        let last = min(first + Self.unitGroups, groupMask + 1)
        if codec.isPlain {
            var count = (last - first) * Self.groupBytes
            for group in first..<last {
                let taken = unsafe Self.takenSlots(tags + group * Self.groupBytes)
                count += taken.nonzeroBitCount * (8 + MemoryLayout<Value>.size)
            }
            return unsafe bytes.append(count: count) { unsafe storePlain(first..<last, $0) }
        }
        for group in first..<last {
            let groupTags = unsafe tags + group * Self.groupBytes
            unsafe bytes.append(UnsafeRawBufferPointer(start: groupTags, count: Self.groupBytes))
            var taken = unsafe Self.takenSlots(groupTags)
            while taken != 0 {
                let slot = unsafe Self.slot(
                    slots, group * Self.groupStride + taken.trailingZeroBitCount)
                unsafe bytes.append(slot.load(as: UInt64.self))
                unsafe codec.store(UnsafePointer(Self.value(at: slot)), &bytes)
                taken &= taken &- 1
            }
        }
    }

    /// The same for values whose bytes are stored: 2 ns a key.
    @inlinable
    func storePlain(_ groups: Range<Int>, _ memory: UnsafeMutableRawPointer) {
        var target = unsafe memory
        for group in groups {
            let groupTags = unsafe tags + group * Self.groupBytes
            unsafe target.copyMemory(from: groupTags, byteCount: Self.groupBytes)
            unsafe target += Self.groupBytes
            var taken = unsafe Self.takenSlots(groupTags)
            while taken != 0 {
                let slot = unsafe Self.slot(
                    slots, group * Self.groupStride + taken.trailingZeroBitCount)
                unsafe target.copyMemory(from: slot, byteCount: 8)
                unsafe (target + 8).copyMemory(
                    from: Self.value(at: slot), byteCount: MemoryLayout<Value>.size)
                unsafe target += 8 + MemoryLayout<Value>.size
                taken &= taken &- 1
            }
        }
    }

    /// Makes it empty and as large as the stored table was.
    @usableFromInline
    mutating func beginLoading(groupCount: Int, keyCount: Int) throws(RecordError) {
        guard groupCount > 0, groupCount & (groupCount - 1) == 0, groupCount <= 1 << 40,
            keyCount >= 0, keyCount <= Self.keyCountMax(groupCount: groupCount), count == 0
        else {
            throw RecordError("a table of \(groupCount) groups with \(keyCount) keys")
        }
        if groupCount != groupMask + 1 { grow(groupCount: groupCount) }
        self.keyCount = keyCount
        insertionsLeft = Self.keyCountMax(groupCount: groupCount) - keyCount
    }

    /// Fills a unit of an empty table; each once.
    @usableFromInline
    mutating func loadUnit(
        _ unit: Int, _ codec: StateCodec<Value>, _ bytes: inout StateBytes.Reader
    ) throws(RecordError) {
        let first = unit * Self.unitGroups
        let last = min(first + Self.unitGroups, groupMask + 1)
        guard unit >= 0, first < last else { throw RecordError("a table has no unit \(unit)") }
        for group in first..<last {
            let groupTags = unsafe tags + group * Self.groupBytes
            var stored = InlineArray<16, UInt8>(repeating: 0)
            for index in 0..<Self.groupBytes { stored[index] = try bytes.read(UInt8.self) }
            // A tag is set when its slot is whole, so that a cut-off unit leaves no half value.
            for index in 0..<Self.groupSlots where stored[index] != 0 {
                let slot = unsafe Self.slot(slots, group * Self.groupStride + index)
                unsafe slot.storeBytes(of: try bytes.read(UInt64.self), as: UInt64.self)
                try unsafe codec.load(Self.value(at: slot), &bytes)
                unsafe groupTags[index] = stored[index]
            }
            unsafe groupTags[Self.groupSlots] = stored[Self.groupSlots]
        }
    }
}
