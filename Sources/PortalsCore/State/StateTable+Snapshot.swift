// How a table is taken apart for a snapshot, and put together again.

extension StateTable where Value: ~Copyable {
    /// How many groups it has now; a snapshot stores them one by one.
    @inlinable var groupCount: Int { groupMask + 1 }

    /// The table tells this tracker from now on what changes.
    @usableFromInline
    mutating func track(by tracker: UnitTracker) {
        unsafe self.tracker = tracker
        followTracker()
    }

    /// Takes the tracker's marks, which move when the table grows, and its interval; no marks as
    /// long as no group can be clean.
    @usableFromInline
    mutating func followTracker() {
        guard let tracker = unsafe tracker else { return }
        unsafe marks = tracker.isNeeded ? tracker.marks : nil
        currentMark = tracker.current
    }

    /// The first group of a hash has changed in this interval already, or nothing is tracked.
    @inlinable @inline(__always)
    func hasChanged(_ hash: UInt64) -> Bool {
        guard let marks = unsafe marks else { return true }
        return unsafe marks[Int(truncatingIfNeeded: hash) & groupMask] == currentMark
    }

    /// Tells the tracker that the value of a key is about to change, wherever it lies: in its
    /// group, or in one of those that it would have passed.
    @usableFromInline
    func touch(_ key: UInt64) {
        guard let tracker = unsafe tracker else { return }
        var group = Int(truncatingIfNeeded: hash(of: key)) & groupMask
        tracker.touch(group)
        var step = 0
        while unsafe tags[group &* Self.groupBytes &+ Self.groupSlots] != 0 {
            step &+= 1
            if step > groupMask { return }
            group = (group &+ step) & groupMask
            tracker.touch(group)
        }
    }

    /// The same before a key is inserted or removed: also the groups that count it.
    @usableFromInline @inline(never)
    func touchPath(_ key: UInt64, _ tracker: UnitTracker) {
        var group = Int(truncatingIfNeeded: hash(of: key)) & groupMask
        var step = 0
        while true {
            tracker.touch(group)
            let groupTags = unsafe tags + group &* Self.groupBytes
            let isFull = unsafe Self.freeSlots(groupTags) == 0
            if unsafe !isFull && groupTags[Self.groupSlots] == 0 { return }
            step &+= 1
            if step > groupMask { return }
            group = (group &+ step) & groupMask
        }
    }

    /// Every value may be about to change.
    @usableFromInline
    func touchAll() { unsafe tracker?.touchAll() }
}

extension StateTable {
    /// Appends the tags, keys and values of a group.
    ///
    /// ```
    /// │ 15 tags, count of passed keys │ key 8 │ value │ key 8 │ value │ …  where a tag is not 0
    /// ```
    /// - Cost: of values whose bytes are stored 2 ns a key.
    @inlinable
    func storeGroup(_ group: Int, _ codec: StateCodec<Value>, into bytes: inout StateBytes) {
        let groupTags = unsafe tags + group &* Self.groupBytes
        var taken = unsafe Self.takenSlots(groupTags)
        if codec.isPlain {
            let keyBytes = 8 + MemoryLayout<Value>.size
            return unsafe bytes.append(count: Self.groupBytes + taken.nonzeroBitCount * keyBytes) {
                unsafe $0.copyMemory(from: groupTags, byteCount: Self.groupBytes)
                var target = unsafe $0 + Self.groupBytes
                while taken != 0 {
                    let slot = unsafe Self.slot(
                        slots, group &* Self.groupStride &+ taken.trailingZeroBitCount)
                    unsafe target.copyMemory(from: slot, byteCount: 8)
                    unsafe (target + 8).copyMemory(
                        from: Self.value(at: slot), byteCount: MemoryLayout<Value>.size)
                    unsafe target += keyBytes
                    taken &= taken &- 1
                }
            }
        }
        unsafe bytes.append(UnsafeRawBufferPointer(start: groupTags, count: Self.groupBytes))
        while taken != 0 {
            let slot = unsafe Self.slot(
                slots, group &* Self.groupStride &+ taken.trailingZeroBitCount)
            unsafe bytes.append(slot.load(as: UInt64.self))
            unsafe codec.store(UnsafePointer(Self.value(at: slot)), &bytes)
            taken &= taken &- 1
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

    /// Fills a group of an empty table; each once.
    @inlinable
    mutating func loadGroup(
        _ group: Int, _ codec: StateCodec<Value>, _ bytes: inout StateBytes.Reader
    ) throws(RecordError) {
        guard group >= 0, group <= groupMask else {
            throw RecordError("a table of \(groupCount) groups has no group \(group)")
        }
        let groupTags = unsafe tags + group &* Self.groupBytes
        if codec.loadsBytes { return unsafe try loadBytes(group, groupTags, &bytes) }
        var stored = InlineArray<16, UInt8>(repeating: 0)
        for index in 0..<Self.groupBytes { stored[index] = try bytes.read(UInt8.self) }
        // A tag is set when its slot is whole, so that a cut-off group leaves no half value.
        for index in 0..<Self.groupSlots where stored[index] != 0 {
            let slot = unsafe Self.slot(slots, group &* Self.groupStride &+ index)
            unsafe slot.storeBytes(of: try bytes.read(UInt64.self), as: UInt64.self)
            try unsafe codec.load(Self.value(at: slot), &bytes)
            unsafe groupTags[index] = stored[index]
        }
        unsafe groupTags[Self.groupSlots] = stored[Self.groupSlots]
    }

    /// The same for values whose bytes are stored.
    @inlinable
    func loadBytes(
        _ group: Int, _ groupTags: UnsafeMutablePointer<UInt8>, _ bytes: inout StateBytes.Reader
    ) throws(RecordError) {
        unsafe try bytes.read(count: Self.groupBytes) {
            unsafe groupTags.update(
                from: $0.assumingMemoryBound(to: UInt8.self), count: Self.groupBytes)
        }
        var taken = unsafe Self.takenSlots(groupTags)
        let keyBytes = 8 + MemoryLayout<Value>.size
        do throws(RecordError) {
            unsafe try bytes.read(count: taken.nonzeroBitCount * keyBytes) { start in
                var source = unsafe start
                while taken != 0 {
                    let slot = unsafe Self.slot(
                        slots, group &* Self.groupStride &+ taken.trailingZeroBitCount)
                    unsafe slot.copyMemory(from: source, byteCount: 8)
                    unsafe UnsafeMutableRawPointer(Self.value(at: slot)).copyMemory(
                        from: source + 8, byteCount: MemoryLayout<Value>.size)
                    unsafe source += keyBytes
                    taken &= taken &- 1
                }
            }
        } catch {
            // A cut-off group leaves no half value.
            unsafe groupTags.update(repeating: 0, count: Self.groupBytes)
            throw error
        }
    }
}
