// What the durable append asks, its parameters, and its records.

/// The workload: records that are appended to a log and count when that is acknowledged.
///
/// - Question: how many records of 100 bytes a second does a log take, and how late are they
///   acknowledged, with one outstanding and with 500?
/// - Stresses: the way to the disk: what is written for a record, how many share a synchronization,
///   and how soon whoever waits hears of it.
/// - Source: the append rows of Redis streams and NATS JetStream in `shared/baselines.md`: 100
///   bytes, 1 and 500 outstanding, a closed loop.
/// - Departures: the log is read back after the run, and what it holds is compared with what was
///   appended.
public struct Definition: Sendable, Hashable {
    /// Records in all; `.max` for an endless run.
    public var records: UInt64
    /// Records that are under way without an acknowledgement, at the most and as often as possible.
    public var outstanding: Int
    /// Seed of the records.
    public var seed: UInt64

    /// Describes a run; the defaults are those of the published measurements.
    public init(records: UInt64 = 100_000, outstanding: Int = 1, seed: UInt64 = 1) {
        self.records = records
        self.outstanding = outstanding
        self.seed = seed
    }

    /// Bytes of a record.
    public static let recordByteCount = 100

    /// The generator of this run's records.
    public var generator: Generator { Generator(seed: seed) }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        outstanding < 1 ? ["durable-append: outstanding is \(outstanding); give at least 1"] : []
    }
}

/// The records of a run, each made of the seed and its index alone.
@frozen
public struct Generator: Sendable, Hashable {
    /// Where the sequence of random numbers starts.
    public let seed: UInt64

    /// Makes the generator.
    @inlinable public init(seed: UInt64) { self.seed = seed }

    /// Random numbers of a record: twelve, and half of one.
    @inlinable static var numbersPerRecord: UInt64 { 13 }

    /// Writes record `index`: the numbers 13 · index … 13 · index + 12 of the splitmix64 sequence,
    /// little endian, the last one cut to four bytes.
    ///
    /// - Ownership: `target` has room for 100 bytes, of any alignment.
    /// - Cost: 13 times three multiplications.
    @inlinable @inline(__always)
    public func write(_ index: UInt64, to target: UnsafeMutableRawPointer) {
        let first = index &* Self.numbersPerRecord
        for place in 0..<12 {
            unsafe target.storeBytes(
                of: splitMix64(seed: seed, index: first &+ UInt64(place)).littleEndian,
                toByteOffset: place &* 8, as: UInt64.self)
        }
        unsafe target.storeBytes(
            of: UInt32(truncatingIfNeeded: splitMix64(seed: seed, index: first &+ 12)).littleEndian,
            toByteOffset: 96, as: UInt32.self)
    }
}

/// The number at `index` of the splitmix64 sequence that starts from `seed`.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with
/// the constants of Vigna's `splitmix64.c`. Workloads share no module.
@inlinable @inline(__always)
func splitMix64(seed: UInt64, index: UInt64) -> UInt64 {
    var bits = seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits &>> 31)
}
