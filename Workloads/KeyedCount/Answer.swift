// What a run of the keyed count must report, and how the sink and the oracle see it.

/// The result of a run: what the sink received and the counts that remain in the state.
public struct Answer: Sendable, Hashable {
    /// Count records that the sink received.
    public var records: UInt64
    /// Sum of the counts in those records, modulo 2^64.
    public var sumOfCounts: UInt64
    /// Final count by key; a key that never occurred has 0.
    public var counts: [UInt64]

    /// Makes an answer; `counts` is indexed by key and has one place a key.
    public init(records: UInt64, sumOfCounts: UInt64, counts: [UInt64]) {
        self.records = records
        self.sumOfCounts = sumOfCounts
        self.counts = counts
    }
}

/// The sink of a run or of one of its partitions: counts the records and sums their counts.
@frozen
public struct CountSink: Sendable, BitwiseCopyable, Hashable {
    /// Records received.
    public var records: UInt64 = 0
    /// Sum of their counts, modulo 2^64.
    public var sumOfCounts: UInt64 = 0

    /// Makes an empty sink.
    @inlinable public init() {}

    /// Takes one record.
    @inlinable @inline(__always)
    public mutating func take(_ record: RunningCount) {
        records &+= 1
        sumOfCounts &+= record.count
    }
}
