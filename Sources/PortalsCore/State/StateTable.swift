// Keyed state of a task on one partition: a hash table from 64-bit keys to values of the user's
// type, updated in place. This file has the type and its operations; `StateTable+Probe` and
// `StateTable+Growth` do the work.

/// A hash table from `UInt64` keys to values that are changed where they lie.
///
/// ```
///  tags    │ group 0                      │ group 1 …     slots   │ group 0      │ group 1 …
///          │ t₀ t₁ … t₁₄ │ passed          │ …                    │ s₀ … s₁₄ │ – │ …
///          └ 15 × 1 byte ┴ 1 byte          ┘                      └ key | value ┘
/// ```
///
/// A tag is 0 for a free slot, else eight bits of the key's hash, so that one 16-byte compare finds
/// the candidates of a group. `passed` counts the keys that wanted this group, found it full and
/// lie further on; a search stops at a group that nobody passed. Removal lowers the counts again,
/// so there are no tombstones, and a table that stays within its size is never rehashed however its
/// keys change. (A count that reaches 255 sticks until the next growth.)
///
/// - Shape: key and value lie side by side, so that a hit on a small value costs one line of slots;
///   separate arrays would cost two at any size. (Reasoned, not measured against each other.)
/// - Ownership: one thread; noncopyable; owns its memory and its values and destroys them.
///   Pointers it returns are valid until the next insertion, removal or growth.
/// - Cost: an update touches one line of tags and one of slots. No allocation but in growth, which
///   doubles the table and moves all values at once, reading and writing in order (figures at
///   ``reserve(_:)``).
/// - Order: iteration is a function of seed and history of operations, equal on every run and
///   machine.
/// - Source: tags and group match as in Abseil's Swiss tables; groups of 15 with a count of passed
///   keys as in Folly's F14 (there 14, with a wider header).
@safe
public struct StateTable<Value: ~Copyable>: ~Copyable {
    /// `groupCount` × 16 bytes: 15 tags and the count of keys that passed.
    @usableFromInline var tags: UnsafeMutablePointer<UInt8>
    /// `groupCount` × 16 slots, 15 of them used, in the same block of memory, after the tags.
    @usableFromInline var slots: UnsafeMutableRawPointer
    /// Number of groups, a power of two, less one.
    @usableFromInline var groupMask: Int
    /// How many more keys may be inserted before the table doubles.
    @usableFromInline var insertionsLeft: Int
    @usableFromInline let seed: UInt64
    @usableFromInline let memory: MemorySource
    /// Told before a unit changes by an insertion or removal; nil where nothing is stored.
    @usableFromInline unowned(unsafe) var tracker: UnitTracker?

    /// How many keys have a value.
    public internal(set) var count: Int {
        get { keyCount }
        set { keyCount = newValue }
    }
    @usableFromInline var keyCount: Int

    /// Makes an empty table of 15 slots in memory from `memory`.
    ///
    /// `seed` chooses the hash function: a random one where keys come from outside and could be
    /// chosen to collide, a constant where runs must repeat.
    @inlinable
    public init(seed: UInt64, memory: MemorySource) {
        self.seed = seed
        self.memory = memory
        keyCount = 0
        groupMask = 0
        insertionsLeft = Self.keyCountMax(groupCount: 1)
        let block = unsafe Self.makeBlock(groupCount: 1, memory: memory)
        unsafe tags = unsafe block.tags
        unsafe slots = unsafe block.slots
    }

    @inlinable
    deinit {
        unsafe Self.destroyValues(tags: tags, slots: slots, groupCount: groupMask + 1)
        unsafe memory.deallocate(
            UnsafeMutableRawPointer(tags), Self.byteCount(groupCount: groupMask + 1))
    }
}

extension StateTable where Value: ~Copyable {
    /// How many keys fit before the table must grow.
    @inlinable
    public var capacity: Int { keyCount + insertionsLeft }

    /// Changes the value of `key` in place, making it from `default` first if there is none.
    ///
    /// - Cost: 3.3 ns with 10,000 random keys and `Int` values, 22–25 with a million (`portals
    ///   micro`, AMD EPYC, November 2026); `Dictionary` there 21 and 80–100.
    @inlinable @inline(__always)
    public mutating func update<Result: ~Copyable, Failure: Error>(
        _ key: UInt64, default value: @autoclosure () -> Value,
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let hash = hash(of: key)
        if let slot = unsafe locate(key, hash: hash) {
            return try body(&(unsafe Self.value(at: slot).pointee))
        }
        let slot = unsafe insert(key, hash: hash)
        unsafe Self.value(at: slot).initialize(to: value())
        return try body(&(unsafe Self.value(at: slot).pointee))
    }

    /// Where the value of `key` lies, made from `default` if there was none, which sets `inserted`.
    ///
    /// - Ownership: the table's; valid until the next insertion, removal or growth.
    @inlinable @inline(__always)
    public mutating func reference(
        _ key: UInt64, default value: @autoclosure () -> Value, inserted: inout Bool
    ) -> UnsafeMutablePointer<Value> {
        let hash = hash(of: key)
        if let slot = unsafe locate(key, hash: hash) {
            inserted = false
            return unsafe Self.value(at: slot)
        }
        let slot = unsafe insert(key, hash: hash)
        unsafe Self.value(at: slot).initialize(to: value())
        inserted = true
        return unsafe Self.value(at: slot)
    }

    /// Where the value of `key` lies, or `nil` if it has none.
    ///
    /// - Ownership: the table's; valid until the next insertion, removal or growth.
    @inlinable @inline(__always)
    public func find(_ key: UInt64) -> UnsafeMutablePointer<Value>? {
        guard let slot = unsafe locate(key, hash: hash(of: key)) else { return nil }
        return unsafe Self.value(at: slot)
    }

    /// Destroys the value of `key`; `false` if it had none.
    @inlinable @discardableResult
    public mutating func remove(_ key: UInt64) -> Bool {
        guard let slot = unsafe vacate(key) else { return false }
        unsafe Self.value(at: slot).deinitialize(count: 1)
        return true
    }

    /// Removes the value of `key` and hands it over; `nil` if it had none.
    @inlinable
    public mutating func take(_ key: UInt64) -> Value? {
        guard let slot = unsafe vacate(key) else { return nil }
        return unsafe Self.value(at: slot).move()
    }

    /// Destroys all values and keeps the memory.
    @inlinable
    public mutating func removeAll() {
        let groupCount = groupMask + 1
        unsafe Self.destroyValues(tags: tags, slots: slots, groupCount: groupCount)
        unsafe tags.update(repeating: 0, count: groupCount &* Self.groupBytes)
        keyCount = 0
        insertionsLeft = Self.keyCountMax(groupCount: groupCount)
    }

    /// Shows each key and value to `body`, in the order in which they lie.
    @inlinable
    public func visit<Failure: Error>(
        _ body: (_ key: UInt64, _ value: borrowing Value) throws(Failure) -> Void
    ) throws(Failure) {
        for group in 0...groupMask {
            var taken = unsafe Self.takenSlots(tags + group &* Self.groupBytes)
            while taken != 0 {
                let slot = unsafe Self.slot(
                    slots, group &* Self.groupStride &+ taken.trailingZeroBitCount)
                try body(unsafe slot.load(as: UInt64.self), unsafe Self.value(at: slot).pointee)
                taken &= taken &- 1
            }
        }
    }

    /// Lets `body` change each value in place, in the order in which they lie.
    @inlinable
    public mutating func updateAll<Failure: Error>(
        _ body: (_ key: UInt64, _ value: inout Value) throws(Failure) -> Void
    ) throws(Failure) {
        for group in 0...groupMask {
            var taken = unsafe Self.takenSlots(tags + group &* Self.groupBytes)
            while taken != 0 {
                let slot = unsafe Self.slot(
                    slots, group &* Self.groupStride &+ taken.trailingZeroBitCount)
                try body(
                    unsafe slot.load(as: UInt64.self), &(unsafe Self.value(at: slot).pointee))
                taken &= taken &- 1
            }
        }
    }
}

/// Sendable because a table is noncopyable and shares nothing: whoever holds it is alone with it.
extension StateTable: @unchecked Sendable where Value: Sendable & ~Copyable {}
