// A worker's chunks: taken and given back without a lock, because only their worker does either.
// Chunks that other workers have read come home through the rings.

/// The free chunks of one worker.
///
/// - Ownership: used by its worker's thread only; metrics read the counters when it is stopped.
/// - Cost: a take and a release are a few instructions; memory is asked for in slabs.
@safe @usableFromInline
final class ChunkPool {
    /// 16 KiB: with eight-byte events 1,024 of them with keys: half of a level-1 cache, so that the
    /// chunk that is written and the one that is read stay in it.
    static let standardByteCount = 16_384 + 128
    /// Ring transfer and per-chunk calls are lost in the noise from 256 events up (swift.md, 10).
    @usableFromInline static let eventsMax = 1_024
    /// 16 KiB up to 2 MiB.
    static let sizeClassCount = 8
    /// One request for memory covers as many standard chunks as there are, up to this many (1 MiB).
    private static let slabChunksMax = 64

    @usableFromInline let worker: UInt16
    private let memory: MemorySource
    @usableFromInline var free: [ChunkPointer?]
    private var slabs: [(UnsafeMutableRawPointer, Int)] = unsafe []
    /// Chunks taken and not yet back.
    @usableFromInline private(set) var takenCount = 0
    private(set) var slabByteCount = 0

    init(worker: Int, memory: MemorySource) {
        self.worker = UInt16(worker)
        self.memory = memory
        unsafe self.free = unsafe Array(repeating: nil, count: Self.sizeClassCount)
    }

    deinit {
        for unsafe(slab, byteCount) in unsafe slabs { unsafe memory.deallocate(slab, byteCount) }
    }

    /// The blocks that its chunks are cut from.
    var slabAddresses: [UnsafeRawPointer] { unsafe slabs.map { unsafe UnsafeRawPointer($0.0) } }

    /// A chunk with one reference and no events.
    @usableFromInline
    func take(_ layout: ChunkLayout) -> ChunkPointer {
        let sizeClass = Int(layout.sizeClass)
        if unsafe free[sizeClass] == nil { grow(sizeClass) }
        let chunk = unsafe free[sizeClass].unsafelyUnwrapped
        unsafe free[sizeClass] = unsafe chunk.pointee.next
        takenCount &+= 1
        unsafe chunk.pointee.next = nil
        unsafe chunk.pointee.references = 1
        unsafe chunk.pointee.count = 0
        unsafe chunk.pointee.capacity = layout.capacity
        unsafe chunk.pointee.tagOffset = layout.tagOffset
        unsafe chunk.pointee.valueOffset = layout.valueOffset
        unsafe chunk.pointee.isKeyed = false
        unsafe chunk.pointee.isRefusal = false
        unsafe chunk.pointee.use = 0
        // Unretained: layouts live in nodes and plans, which outlive their chunks.
        unsafe chunk.pointee.element = unsafe layout.element.map {
            unsafe Unmanaged.passUnretained($0)
        }
        return unsafe chunk
    }

    /// One holder less; the last one destroys the events and frees the chunk. Owner's thread only.
    @usableFromInline
    func release(_ chunk: ChunkPointer) {
        unsafe chunk.pointee.references &-= 1
        if unsafe chunk.pointee.references > 0 { return }
        unsafe precondition(chunk.pointee.references == 0, "a chunk was released twice")
        unsafe Self.destroyValues(chunk)
        let sizeClass = unsafe Int(chunk.pointee.sizeClass)
        unsafe chunk.pointee.next = unsafe free[sizeClass]
        unsafe free[sizeClass] = unsafe chunk
        takenCount &-= 1
    }

    /// Destroys the events, so that the chunk can be filled anew.
    @inlinable @inline(__always)
    static func destroyValues(_ chunk: ChunkPointer) {
        guard let element = unsafe chunk.pointee.element, unsafe !chunk.pointee.isRefusal else {
            return
        }
        unsafe element._withUnsafeGuaranteedRef {
            unsafe $0.destroy(
                UnsafeMutableRawPointer(chunk) + Int(chunk.pointee.valueOffset),
                Int(chunk.pointee.count))
        }
    }

    @inline(never)
    private func grow(_ sizeClass: Int) {
        let byteCount = Self.standardByteCount << sizeClass
        let count = max(1, min(Self.slabChunksMax, max(4, takenCount)) >> sizeClass)
        let slab = unsafe memory.allocate(byteCount * count, 128)
        unsafe slabs.append((slab, byteCount * count))
        slabByteCount += byteCount * count
        // Backwards, so that chunks are taken in ascending order of addresses.
        for index in stride(from: count - 1, through: 0, by: -1) {
            let chunk = unsafe (slab + index * byteCount).bindMemory(
                to: ChunkHeader.self, capacity: 1)
            unsafe chunk.initialize(to: ChunkHeader(owner: worker, sizeClass: UInt8(sizeClass)))
            unsafe chunk.pointee.next = unsafe free[sizeClass]
            unsafe free[sizeClass] = unsafe chunk
        }
    }
}
