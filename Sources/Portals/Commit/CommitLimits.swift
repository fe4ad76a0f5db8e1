// When the journal's writer commits what waits.

/// Bounds of a commit; whichever is reached first begins one.
///
/// A commit costs one synchronization of the disk, about 0.1 ms here, whatever it holds: rare ones
/// cost the workers less, early ones let outputs go sooner.
public struct CommitLimits: Sendable {
    /// Bytes that wait. 512 KiB: at 500 MB/s of disk such a commit is as long in being written as
    /// in being made durable; larger ones gain little.
    public var byteCount = 512 << 10
    /// How long the oldest record waits, in nanoseconds, while workers are busy. 1 ms: with commits
    /// of 0.1 ms the disk is idle nine tenths of the time, and the processor is left to the
    /// workers.
    public var nanoseconds: UInt64 = 1_000_000
    /// At once when every worker is idle: then nothing is gained by waiting, and whoever is to act
    /// next may be waiting for an output.
    public var commitsWhenIdle = true

    /// The limits above.
    public init() {}
}
