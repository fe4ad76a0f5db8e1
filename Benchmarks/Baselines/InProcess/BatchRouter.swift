// How events are sorted into the batches of their partitions: what a hot loop writes through.

/// The batches of some partitions, open for writing.
///
/// The ends of all batches lie in plain memory: through the references an event would cost a
/// retain and a release.
///
/// - Ownership: one thread at a time, as the batches that it was opened with.
@safe
struct BatchRouter<Element: BitwiseCopyable>: ~Copyable {
    /// Where the next event goes, and how many still fit there.
    @unsafe private struct End {
        var next: UnsafeMutablePointer<Element>
        var room: Int
    }

    private let ends: UnsafeMutablePointer<End>
    private var batches: [EventBatch<Element>] = []
    /// Batches at the most.
    private let partitions: Int

    init(partitions: Int) {
        self.partitions = partitions
        unsafe ends = .allocate(capacity: partitions)
    }

    deinit { unsafe ends.deallocate() }

    /// Opens one batch a partition.
    mutating func open(_ batches: [EventBatch<Element>]) {
        precondition(batches.count == partitions, "\(partitions) partitions, one batch each")
        self.batches = batches
        for index in batches.indices { read(index) }
    }

    /// Adds an event to the batch of a partition, in `0 ..< partitions`.
    @inline(__always)
    mutating func append(_ element: Element, to partition: Int) {
        assert(partition >= 0 && partition < batches.count)
        if unsafe ends[partition].room == 0 { grow(partition) }
        // In bounds by the line above.
        unsafe ends[partition].next.initialize(to: element)
        unsafe ends[partition].next += 1
        unsafe ends[partition].room &-= 1
    }

    /// Gives the batches their counts; they may be handed over.
    mutating func close() {
        for index in batches.indices { write(index) }
        batches.removeAll(keepingCapacity: true)
    }

    private func read(_ index: Int) {
        let batch = batches[index]
        unsafe (ends + index).initialize(
            to: End(next: batch.elements + batch.count, room: batch.capacity - batch.count))
    }

    private func write(_ index: Int) {
        let batch = batches[index]
        batch.count = unsafe ends[index].next - batch.elements
    }

    @inline(never)
    private func grow(_ index: Int) {
        write(index)
        batches[index].grow()
        read(index)
    }
}

/// Which of so many partitions has a key of which nothing is known.
struct KeyPartitions: Sendable {
    let count: Int

    /// The partition of a key.
    ///
    /// Another multiplier than that of the tables: the keys of a partition must not crowd into a
    /// part of its table.
    @inline(__always)
    func partition(of key: UInt64) -> Int {
        let hash = key &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(count)).high)
    }
}

/// The same for identities from 0 on: equal shares of neighbours, without a division.
struct RangePartitions: Sendable {
    private let scale: UInt64

    init(identities: UInt32, partitions: Int) {
        // Rounded down: every identity's product stays below `partitions` · 2^32.
        scale = (UInt64(partitions) << 32) / UInt64(identities)
    }

    @inline(__always)
    func partition(of identity: UInt32) -> Int {
        Int(truncatingIfNeeded: (UInt64(identity) &* scale) &>> 32)
    }
}
