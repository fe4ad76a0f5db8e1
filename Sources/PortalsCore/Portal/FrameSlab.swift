// What waits for replies: continuations as plain data, in a slab that is allocated once.

/// What is remembered of an ask until its reply.
@frozen @usableFromInline
struct Frame<Memory> {
    /// The asker's key: the continuation runs under it.
    @usableFromInline var key: Key
    /// The open request that the asker was handling, so that the continuation can reply to it.
    @usableFromInline var origin: UInt64
    @usableFromInline var memory: Memory

    @inlinable init(key: Key, origin: UInt64, memory: Memory) {
        self.key = key
        self.origin = origin
        self.memory = memory
    }
}

/// Frames in slots that are used again; a generation tells a late reply from a new ask.
@safe @usableFromInline
final class FrameSlab<Memory> {
    @usableFromInline var frames: UnsafeMutablePointer<Frame<Memory>>
    /// Per slot: the generation, with the highest bit set while a frame is there.
    @usableFromInline var marks: UnsafeMutablePointer<UInt32>
    @usableFromInline var free: Queue<UInt32>
    @usableFromInline var capacity: Int
    @usableFromInline let isFuture: Bool
    @usableFromInline var count = 0

    @usableFromInline
    init(isFuture: Bool) {
        self.isFuture = isFuture
        capacity = 0
        unsafe frames = .allocate(capacity: 0)
        unsafe marks = .allocate(capacity: 0)
        free = Queue(capacity: 64)
    }

    deinit {
        for slot in 0..<capacity where unsafe marks[slot] & 0x8000_0000 != 0 {
            unsafe (frames + slot).deinitialize(count: 1)
        }
        unsafe frames.deallocate()
        unsafe marks.deallocate()
    }

    /// Puts a frame into a slot; returns the tag that the reply will bring.
    @inlinable @inline(__always)
    func insert(_ frame: consuming Frame<Memory>) -> UInt64 {
        if free.isEmpty { grow() }
        let slot = Int(free.last)
        free.removeLast()
        unsafe (frames + slot).initialize(to: frame)
        unsafe marks[slot] |= 0x8000_0000
        count &+= 1
        return unsafe AskTag.make(
            slot: slot, generation: marks[slot] & 0x7FFF_FFFF, isFuture: isFuture)
    }

    @inlinable @inline(__always)
    func holds(_ tag: UInt64) -> Bool {
        let slot = AskTag.slot(tag)
        return unsafe slot < capacity && marks[slot] == 0x8000_0000 | AskTag.generation(tag)
    }

    /// Takes the frame of a tag out; nil if it was taken before: the reply is late.
    @inlinable @inline(__always)
    func take(_ tag: UInt64) -> Frame<Memory>? {
        guard holds(tag) else { return nil }
        let slot = AskTag.slot(tag)
        unsafe marks[slot] = unsafe (marks[slot] &+ 1) & 0x7FFF_FFFF
        free.append(UInt32(truncatingIfNeeded: slot))
        count &-= 1
        return unsafe (frames + slot).move()
    }

    /// The key that an ask was made under; nil if its frame was taken before.
    @inlinable
    func key(of tag: UInt64) -> Key? {
        holds(tag) ? unsafe frames[AskTag.slot(tag)].key : nil
    }

    @inlinable @inline(never)
    func grow() {
        let larger = max(64, capacity * 2)
        let newFrames = UnsafeMutablePointer<Frame<Memory>>.allocate(capacity: larger)
        let newMarks = UnsafeMutablePointer<UInt32>.allocate(capacity: larger)
        unsafe newMarks.initialize(repeating: 0, count: larger)
        for slot in 0..<capacity {
            unsafe newMarks[slot] = unsafe marks[slot]
            if unsafe marks[slot] & 0x8000_0000 != 0 {
                unsafe (newFrames + slot).moveInitialize(from: frames + slot, count: 1)
            }
        }
        for slot in stride(from: larger - 1, through: capacity, by: -1) {
            free.append(UInt32(slot))
        }
        unsafe frames.deallocate()
        unsafe marks.deallocate()
        unsafe frames = unsafe newFrames
        unsafe marks = unsafe newMarks
        capacity = larger
    }
}
