// A snapshot: the state of a site's engine at one place of its journal.

/// What a site goes on from after a crash, together with the journal behind it.
struct Snapshot: Sendable {
    /// Counted from 1.
    var number: UInt64
    /// The snapshot that this one says the changes to; 0 if it holds everything.
    var base: UInt64
    /// The journal is read from here on: what follows the snapshot's marks.
    var position: JournalPosition
    /// The site's clock when it was taken, in nanoseconds.
    var time: UInt64
    /// What ran, as ``SiteLayout`` writes it.
    var layout: String
    /// The state.
    var cut: EngineCut
}

extension Snapshot {
    /// This snapshot with what `base`, which is whole, has and this one does not say anew.
    ///
    /// - Errors: units that are cut off.
    func over(_ base: Snapshot) throws(RecordError) -> Snapshot {
        var whole = self
        whole.base = 0
        var before: [NodePlace: NodeCut] = [:]
        for node in base.cut.nodes { before[node.place] = node }
        for index in whole.cut.nodes.indices {
            guard let old = before[whole.cut.nodes[index].place],
                // A table that was laid out anew is stored whole.
                old.head.first == whole.cut.nodes[index].head.first
            else { continue }
            // Behind unit 0, which has no key.
            let groupCount = old.head.first ?? 0
            var stored: [Bool] = []
            for section in whole.cut.nodes[index].sections {
                try StateBytes.Reader.forEachUnit(section) {
                    (unit, bytes) throws(RecordError) in
                    guard unit <= groupCount else {
                        throw RecordError("a unit \(unit) of a table of \(groupCount) groups")
                    }
                    if unit >= stored.count {
                        let more = max(unit + 1 - stored.count, stored.count)
                        stored.append(contentsOf: repeatElement(false, count: more))
                    }
                    stored[unit] = true
                    bytes.skip()
                }
            }
            for section in old.sections {
                whole.cut.nodes[index].sections.append(
                    try StateBytes.Reader.section(section, without: stored))
            }
        }
        return whole
    }
}

/// What a snapshot cost.
public struct SnapshotReport: Sendable, Equatable {
    /// Counted from 1 in the life of the journal.
    public var number: UInt64
    /// It holds all state, not only what has changed.
    public var isFull: Bool
    /// Bytes of its file.
    public var byteCount: Int
    /// How long sources gave nothing, so that what was in flight came to an end.
    public var quietNanoseconds: UInt64
    /// How long the workers stood still within that; it does not grow with the state.
    public var standNanoseconds: UInt64
    /// How long the workers copied, a little with each of their steps.
    public var copyNanoseconds: UInt64
    /// How long the file was written and unneeded ones were removed, beside them.
    public var writeNanoseconds: UInt64
}

/// When snapshots are taken of themselves.
public struct SnapshotOptions: Sendable {
    /// Bytes of the journal after which the next one is due. 64 MiB: at least as much is to be done
    /// again after a crash as was recorded since the last one.
    public var journalByteCount = 64 << 20
    /// Time after which the next one is due, if anything was recorded. 10 s: doing it again takes
    /// about as long as doing it did.
    public var nanoseconds: UInt64 = 10_000_000_000
    /// How long sources may be held for what is in flight to end; then they go on, and the next try
    /// comes a second later. 100 ms: longer only if a request waits for something slow.
    public var quietNanosecondsMax: UInt64 = 100_000_000

    /// The values above.
    public init() {}

    /// Snapshots only when asked for.
    public static var onRequest: SnapshotOptions {
        var options = SnapshotOptions()
        options.journalByteCount = .max
        options.nanoseconds = .max
        return options
    }
}

/// Why a snapshot was not taken.
public enum SnapshotError: Error, CustomStringConvertible {
    /// There is no journal that it could be a part of.
    case noJournal
    /// What was launched can't be stored; says what and why.
    case refused(String)
    /// Requests stayed open for longer than the options let sources be held.
    case notQuiet(nanoseconds: UInt64)
    /// The disk did not take it. The site goes on; its journal keeps what the snapshot would have.
    case storage(StorageError)
    /// A sink could not make durable what it was given. The site goes on.
    case sink(String, String)
    /// The site has ended or failed.
    case ended

    /// What happened, and the cure.
    public var description: String {
        switch self {
        case .noJournal:
            "a snapshot is a part of a journal: make the site with journal: .directory(path)"
        case .refused(let reason): "no snapshot: \(reason)"
        case .notQuiet(let nanoseconds):
            "no snapshot: requests stayed open for \(nanoseconds / 1_000_000) ms with all sources "
                + "held: give them time-outs, or raise quietNanosecondsMax"
        case .storage(let error): "no snapshot: \(error)"
        case .sink(let path, let reason): "no snapshot: \(path): \(reason)"
        case .ended: "no snapshot: the site has ended"
        }
    }
}
