// Where a site keeps what it has to do again after a crash, and what may be lost.

/// The journal of a site, as its options name it.
public struct SiteJournal: Sendable {
    /// The directory; made if it is not there. One site at a time has it.
    public var path: String
    /// What a crash may cost.
    ///
    /// - `durable`: nothing. Outputs are shown when all that they depend on is durable.
    /// - `asynchronous`: outputs are shown at once; what was taken in within the last
    ///   `limits.nanoseconds` and two synchronizations of the disk may be lost with a crash.
    public var mode = CommitMode.durable
    /// When the writer commits.
    public var limits = CommitLimits()
    /// Sizes of the files.
    public var files = JournalOptions()
    /// When snapshots are taken.
    public var snapshots = SnapshotOptions()
    /// How it is found out that a task is not deterministic.
    public var digests = DigestOptions()

    /// A journal in a directory, nothing to be lost.
    public static func directory(_ path: String) -> SiteJournal { SiteJournal(path: path) }

    /// A journal in a directory.
    public init(path: String, mode: CommitMode = .durable) {
        self.path = path
        self.mode = mode
    }
}

/// What a site found in its journal when it was launched.
public struct SiteRecovery: Sendable {
    /// The number of the snapshot that it began from; nil where it began with nothing.
    public var snapshot: UInt64?
    /// Newer snapshots that could not be used, each with its reason.
    public var refusedSnapshots: [String]
    /// Steps that the record had, and that were done again.
    public var steps: Int
    /// Steps that were cut away, because a decision that they depend on was lost with the crash;
    /// nothing outside had seen them.
    public var cutSteps: Int
    /// Levels of steps whose digests were compared with those of the run before; 0 where that wrote
    /// none.
    public var comparedDigests: Int
    /// What was made otherwise than before, the first of each partition and what may have caused
    /// others first; none unless ``DigestOptions/onDifference`` lets the site go on.
    public var differences: [StepDifference]
    /// Bytes at the journal's end that a crash had left unfinished; nobody was told that they were
    /// durable.
    public var tornByteCount: UInt64
    /// For reading the snapshot and laying out its state; 0 without one.
    public var restoreNanoseconds: UInt64
    /// From the launch to the first decision of its own, `restoreNanoseconds` included.
    public var nanoseconds: UInt64
}
