// How often each latency came: a log-linear histogram that a worker fills once an atom or a reply.

/// Counts values of 0 to 2⁶⁴ − 1 in buckets no wider than 1/128 of their value.
///
/// - Shape: values below 256 have a bucket each; above, each doubling has 128 buckets. 7,424
///   counters of eight bytes, 59,392 bytes.
/// - Ownership: one thread; noncopyable; owns its memory. Workers each have one, merged afterwards.
/// - Cost: `record` about 1 ns and no allocation; `value(atPercentile:)` reads all buckets.
/// - Source: Tene's HdrHistogram, with a fixed number of sub-buckets instead of decimal digits.
@safe
public struct LatencyHistogram: ~Copyable, @unchecked Sendable {
    // Unchecked: noncopyable and shares nothing; whoever holds it is alone with it.

    /// Buckets a doubling: a bucket is at most 1/128, under 0.8 %, of any value in it.
    @inlinable static var subBucketBits: Int { 7 }
    /// 57 shifts (0 to 56) of 128 buckets, and the 128 values below the first of them.
    @inlinable static var bucketCount: Int { 58 << subBucketBits }

    @usableFromInline let buckets: UnsafeMutablePointer<UInt64>
    @usableFromInline let memory: MemorySource
    /// How many values were recorded.
    public private(set) var count: UInt64 {
        get { recorded }
        set { recorded = newValue }
    }
    @usableFromInline var recorded: UInt64
    @usableFromInline var smallest: UInt64
    @usableFromInline var largest: UInt64

    /// Makes an empty histogram in memory from `memory`.
    public init(memory: MemorySource) {
        self.memory = memory
        let byteCount = Self.bucketCount * MemoryLayout<UInt64>.stride
        unsafe buckets = unsafe memory.allocate(byteCount, 64)
            .bindMemory(to: UInt64.self, capacity: Self.bucketCount)
        unsafe buckets.initialize(repeating: 0, count: Self.bucketCount)
        recorded = 0
        smallest = .max
        largest = 0
    }

    deinit {
        unsafe memory.deallocate(
            UnsafeMutableRawPointer(buckets),
            Self.bucketCount * MemoryLayout<UInt64>.stride)
    }
}

// What must hold for the unsafe code below: `bucket(of:)` is below `bucketCount` for every value;
// LatencyHistogramTests try all edges up to the largest.
extension LatencyHistogram {
    /// The bucket of a value: its eight leading bits, and how far they were shifted.
    @inlinable @inline(__always)
    static func bucket(of value: UInt64) -> Int {
        // `| 128` gives values below 128 the shift 0 and keeps the count of zeros below 64.
        let shift = 63 &- subBucketBits &- (value | 128).leadingZeroBitCount
        return (shift &<< subBucketBits) &+ Int(truncatingIfNeeded: value &>> UInt64(shift))
    }

    /// The largest value that falls into a bucket.
    static func upperEdge(ofBucket bucket: Int) -> UInt64 {
        guard bucket >= 1 << (subBucketBits + 1) else { return UInt64(bucket) }
        let shift = UInt64((bucket >> subBucketBits) - 1)
        let leading = UInt64(bucket) - (shift << UInt64(subBucketBits))
        return (leading << shift) | ((1 << shift) - 1)
    }

    /// The smallest value recorded, exact; `nil` if there is none.
    public var minimum: UInt64? { recorded == 0 ? nil : smallest }

    /// The largest value recorded, exact; `nil` if there is none.
    public var maximum: UInt64? { recorded == 0 ? nil : largest }

    /// Counts one value.
    @inlinable @inline(__always)
    public mutating func record(_ nanoseconds: UInt64) {
        unsafe buckets[Self.bucket(of: nanoseconds)] &+= 1
        recorded &+= 1
        smallest = min(smallest, nanoseconds)
        largest = max(largest, nanoseconds)
    }

    /// Adds what `other` has counted.
    public mutating func merge(_ other: borrowing LatencyHistogram) {
        for index in 0..<Self.bucketCount {
            unsafe buckets[index] &+= other.buckets[index]
        }
        recorded &+= other.recorded
        smallest = min(smallest, other.smallest)
        largest = max(largest, other.largest)
    }

    /// The value at a percentile by nearest rank; `nil` if nothing was recorded.
    ///
    /// The value of rank ⌈`percentile` / 100 × `count`⌉ in ascending order, at least the first.
    /// - Units and range: `percentile` from 0 to 100. The result is never below the exact value `v`
    ///   of that rank, at most `v` + `v` / 128 (0.8 %), exact below 256, and never above `maximum`.
    /// - Errors: traps if `percentile` is out of range or not a number.
    public func value(atPercentile percentile: Double) -> UInt64? {
        precondition(
            percentile >= 0 && percentile <= 100, "a percentile lies between 0 and 100")
        guard recorded > 0 else { return nil }
        let exactRank = (percentile / 100 * Double(recorded)).rounded(.up)
        let rank = max(1, min(recorded, UInt64(exactRank)))
        var seen: UInt64 = 0
        for bucket in 0..<Self.bucketCount {
            seen &+= unsafe buckets[bucket]
            if seen >= rank { return max(smallest, min(largest, Self.upperEdge(ofBucket: bucket))) }
        }
        return largest
    }

    /// Gives each bucket that is not empty: the largest value that falls into it, and its count.
    public func forEachBucket(_ body: (_ edge: UInt64, _ count: UInt64) -> Void) {
        for bucket in 0..<Self.bucketCount {
            let count = unsafe buckets[bucket]
            if count > 0 { body(Self.upperEdge(ofBucket: bucket), count) }
        }
    }

    /// Forgets everything recorded and keeps the memory.
    public mutating func reset() {
        unsafe buckets.update(repeating: 0, count: Self.bucketCount)
        recorded = 0
        smallest = .max
        largest = 0
    }
}
