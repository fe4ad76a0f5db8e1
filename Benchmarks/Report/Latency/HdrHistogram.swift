// A histogram as HdrHistogram counts: its buckets, its percentiles, and how ours becomes one.

/// Counts of values in the buckets of an HdrHistogram: exact in so many significant digits.
///
/// Shape: `counts[i]` belongs to the bucket `i` of `layout`; the array ends after the last bucket
/// that was hit, so an empty histogram has none. Values have the unit of what was recorded, which
/// is the nanosecond in all logs of this suite.
public struct HdrHistogram: Sendable, Equatable {
    /// Where the buckets lie.
    public let layout: Layout
    /// Counts by index of the bucket, from the smallest value on.
    public private(set) var counts: [UInt64]

    /// An empty histogram.
    public init(layout: Layout = .nanoseconds) {
        self.layout = layout
        counts = []
    }

    /// The counts of one of ours in the buckets of `layout`; values above its range are counted in
    /// the last bucket, as nothing measured may get lost.
    ///
    /// Ours tells latencies apart within 0.8 %, so each of its buckets falls into one of these.
    public init(_ histogram: LatencyHistogram, layout: Layout = .nanoseconds) {
        self.init(layout: layout)
        for (index, count) in histogram.counts.enumerated() where count > 0 {
            let value = Swift.min(LatencyHistogram.upperEdge(index), histogram.maximum)
            record(Swift.min(value, layout.highestTrackable), times: count)
        }
    }

    /// Samples recorded.
    public var count: UInt64 { counts.reduce(0, &+) }

    /// The largest value that the last bucket hit stands for; nil if nothing was recorded.
    public var max: UInt64? {
        counts.lastIndex { $0 > 0 }.map(layout.highestValue)
    }

    /// Records a value `times` times; it is at most `layout.highestTrackable`.
    public mutating func record(_ value: UInt64, times: UInt64 = 1) {
        guard times > 0 else { return }
        precondition(
            value <= layout.highestTrackable,
            "\(value) is above the range of the histogram, \(layout.highestTrackable)")
        let index = layout.index(of: value)
        if index >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: index + 1 - counts.count))
        }
        counts[index] &+= times
    }

    /// Adds another histogram; where the buckets differ, by the values that its buckets stand for.
    public mutating func merge(_ other: HdrHistogram) {
        for (index, count) in other.counts.enumerated() where count > 0 {
            let value = other.layout.highestValue(index)
            record(Swift.min(value, layout.highestTrackable), times: count)
        }
    }

    /// The value that the share `quantile` of the samples does not exceed; nil without samples.
    public func value(atQuantile quantile: Double) -> UInt64? {
        precondition((0...1).contains(quantile), "a quantile is in 0...1, not \(quantile)")
        let total = count
        guard total > 0 else { return nil }
        let rank = Swift.max(1, UInt64((quantile * Double(total)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen >= rank { return layout.highestValue(index) }
        }
        return max
    }

    /// Each bucket that was hit: the largest value it stands for, and the samples up to there.
    public var cumulative: [(value: UInt64, samples: UInt64)] {
        var seen: UInt64 = 0
        var result: [(value: UInt64, samples: UInt64)] = []
        for (index, count) in counts.enumerated() where count > 0 {
            seen += count
            result.append((layout.highestValue(index), seen))
        }
        return result
    }

    /// Takes counts as a decoder found them; nil if they reach beyond the range of `layout`, or
    /// are more than can be counted.
    init?(layout: Layout, counts: [UInt64]) {
        let used = (counts.lastIndex { $0 > 0 } ?? -1) + 1
        guard used <= layout.index(of: layout.highestTrackable) + 1 else { return nil }
        var total: UInt64 = 0
        for count in counts {
            let (sum, overflows) = total.addingReportingOverflow(count)
            guard !overflows, sum <= UInt64(Int64.max) else { return nil }
            total = sum
        }
        self.layout = layout
        self.counts = Array(counts.prefix(used))
    }
}

extension HdrHistogram {
    /// The buckets: powers of two, each cut into equal parts, as `AbstractHistogram` of the Java
    /// implementation lays them out.
    ///
    /// ```
    /// three digits: 2,048 parts of width 1, then 1,024 for each further power of two
    /// value        0 … 2047 | 2048 … 4095 | 4096 … 8191 | …
    /// bucket width        1 |           2 |           4 | …
    /// ```
    public struct Layout: Sendable, Equatable {
        /// Values below this can't be told apart; at least 1.
        public let lowestDiscernible: UInt64
        /// Values up to here can be recorded.
        public let highestTrackable: UInt64
        /// 0 to 5: values are told apart in so many decimal digits.
        public let significantDigits: Int

        /// log2 of the parts of a half bucket.
        let subBucketHalfMagnitude: Int
        /// log2 of `lowestDiscernible`, rounded down.
        let unitMagnitude: Int

        /// Nanoseconds up to an hour in three digits: what the suite's logs have.
        ///
        /// An hour is beyond every time-out of a trial.
        public static let nanoseconds = Layout(
            lowest: 1, highest: 3_600_000_000_000, digits: 3, subBucketHalfMagnitude: 10)

        private init(lowest: UInt64, highest: UInt64, digits: Int, subBucketHalfMagnitude: Int) {
            lowestDiscernible = lowest
            highestTrackable = highest
            significantDigits = digits
            unitMagnitude = 63 - lowest.leadingZeroBitCount
            self.subBucketHalfMagnitude = subBucketHalfMagnitude
        }

        /// A layout; nil for figures that HdrHistogram refuses too.
        public init?(lowestDiscernible: UInt64, highestTrackable: UInt64, significantDigits: Int) {
            guard lowestDiscernible >= 1, lowestDiscernible <= highestTrackable / 2,
                highestTrackable <= UInt64(Int64.max), (0...5).contains(significantDigits)
            else { return nil }
            // Twice ten to the digits: values up to there keep a width of one unit.
            let single = (0..<significantDigits).reduce(UInt64(2)) { power, _ in power * 10 }
            let magnitude = 64 - (single - 1).leadingZeroBitCount
            self.init(
                lowest: lowestDiscernible, highest: highestTrackable, digits: significantDigits,
                subBucketHalfMagnitude: Swift.max(1, magnitude) - 1)
            // The parts of a bucket and the unit must fit into the bits of a value.
            guard unitMagnitude + subBucketHalfMagnitude <= 61 else { return nil }
        }

        /// The bucket that counts `value`.
        public func index(of value: UInt64) -> Int {
            let mask = ((UInt64(2) << UInt64(subBucketHalfMagnitude)) - 1) << UInt64(unitMagnitude)
            let bucket =
                63 - unitMagnitude - subBucketHalfMagnitude - (value | mask).leadingZeroBitCount
            let part = Int(value >> UInt64(bucket + unitMagnitude))
            return ((bucket + 1) << subBucketHalfMagnitude) + part - (1 << subBucketHalfMagnitude)
        }

        /// The largest value that bucket `index` counts.
        public func highestValue(_ index: Int) -> UInt64 {
            var bucket = (index >> subBucketHalfMagnitude) - 1
            var part = index & ((1 << subBucketHalfMagnitude) - 1)
            if bucket < 0 {
                bucket = 0
            } else {
                part += 1 << subBucketHalfMagnitude
            }
            return ((UInt64(part) + 1) << UInt64(bucket + unitMagnitude)) - 1
        }
    }
}
