// What a journal of segment files is told when it is opened.

/// Whose journal it is; another application's is refused.
public struct JournalApplication: Equatable, Sendable {
    /// What the application calls itself; the first 128 bytes are kept.
    public var name: String
    /// Tells applications of one name apart.
    public var identity: UInt64

    /// An application by name and number.
    public init(name: String, identity: UInt64 = 0) {
        self.name = name
        self.identity = identity
    }
}

/// Sizes of a journal of segment files.
public struct JournalOptions: Sendable {
    /// Bytes of a segment file, a multiple of 4,096, at least two pages.
    ///
    /// 64 MiB: a new file costs a few synchronizations, 1 ms or so, which at 500 MB/s are below
    /// 1 % of the time it takes to fill; and space comes back in pieces a quarter of the 256 MB
    /// after which a snapshot is due.
    public var segmentBytes = 64 << 20

    /// Segments given up that are kept to be written again.
    ///
    /// Two: one is in use next, one is there if a snapshot is late. Blocks of a file that was
    /// written before need no new metadata, which halves the time of a synchronization.
    public var sparesMax = 2

    /// A number that tells this journal from every other one; nil draws one when it is made.
    public var salt: UInt64?

    /// The sizes above.
    public init() {}
}
