// What a simulated disk does wrong, as a plan made before the run; and what it costs.

/// Faults of a ``SimulatedDisk``; a new one has none.
public struct StorageFaults: Sendable {
    /// Which calls of ``StorageFile/synchronize()`` fail, counted from 1 over the whole disk.
    ///
    /// As on Linux, the pages count as written afterwards, though any of them may be lost: asking
    /// again succeeds and helps nothing.
    public var failingSynchronizations: Set<Int> = []

    /// Files whose names begin so can't be synchronized, as on a bad part of the disk; nil: none.
    public var failingFiles: String?

    /// Whether writing back fails, where the kernel may tell an error first.
    public var failsWriteBack = false

    /// Bytes of all files together; what would need more fails with `diskFull`.
    public var capacityBytes = Int.max

    /// Whether everything that changes the disk fails with `readOnly`.
    public var isReadOnly = false

    /// Whether every process gets the lock, as on a network file system that does not pass it on.
    public var ignoresLocks = false

    /// The operation, counted from 1 over the whole disk, in whose middle the power fails.
    ///
    /// If it is a write, it has reached the page cache; any other one has done nothing. It and all
    /// after it throw `closed`, until ``SimulatedDisk/crash(seed:)``.
    public var powerFailsAtOperation = Int.max

    /// Simulated nanoseconds of a ``StorageFile/synchronize()``.
    public var synchronizeNanoseconds: UInt64 = 0

    /// Simulated nanoseconds of synchronizing 4 KiB.
    public var pageNanoseconds: UInt64 = 0

    /// No fault.
    public init() {}
}

/// A small generator of random numbers that gives the same ones for a seed, everywhere.
///
/// Source: SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
struct CrashChoices {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A number in 0..<bound.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
