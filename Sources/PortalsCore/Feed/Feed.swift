// A source of atoms that come from outside while the system runs: what its element's leader asks of
// it, and what it is told.

/// What a feed says when it is asked for an atom.
public enum FeedState: Sendable, Equatable {
    /// The atom is there.
    case given
    /// Nothing has come that was not given already; more may come.
    case nothing
    /// The same, but more will have come at this time of the feed's clock, which is not here yet:
    /// it is asked again then. A parked worker sleeps so long; drivers without threads let time
    /// pass.
    case nothingUntil(nanoseconds: UInt64)
    /// There is no more, and never will be: the stream seals.
    case ended
    /// It can't go on, for this reason.
    case failed(String)
}

/// One atom that came from outside, as bytes.
public struct FeedAtom: Sendable {
    /// What is written down, and given back after a crash: the atom itself, or where to read it
    /// again.
    public var record: [UInt8] = []
    /// What partitions decode their parts of; where it is empty, the record.
    public var content: [UInt8] = []

    /// An atom without bytes.
    public init() {}
}

/// A source of atoms that come from outside: sockets, files that grow, queues of other systems.
///
/// ```
///            poll                  record, decide            durable(number)
///  outside ────────► FeedAtom ─────────────────────► steps ─────────────────► acknowledged
///                        ▲                             │    completed(number)
///                        │                             └────────────────────► measured, answered
///                        └── replay: after a crash the record comes back, in the same order
/// ```
/// Atoms are numbered from 0 in the order in which they were given. An atom that was given and not
/// yet durable when the system crashed may be given again: whoever sent it has no acknowledgement.
///
/// - Ownership: the thread of the worker that leads the element calls the closures, one at a time;
///   `isIdle` is called by any thread. A feed belongs to one launch of one application.
/// - Cost: `poll` is called at each step of the worker while there is room for an atom: it looks at
///   one place in memory, and never waits.
public final class Feed: @unchecked Sendable {  // Its leader's thread alone, but for `arrived`.
    let recordByteCountMax: Int
    let poll: (inout FeedAtom) -> FeedState
    let replay: (inout FeedAtom, _ number: UInt64) -> String?
    let durable: (_ number: UInt64) -> Void
    let completed: (_ number: UInt64) -> Void
    let isIdle: () -> Bool
    private let store: () -> [UInt8]
    private let restore: ([UInt8]) -> String?
    /// Why it stopped; written by its leader.
    var failure: String?
    /// Set by the launch, before the first poll.
    var wake: (() -> Void)?
    /// A launch has it.
    var isTaken = false
    /// Of the worker of its leader; set by the launch.
    var clock: (() -> UInt64)?

    /// Makes a feed of what its user does with it.
    ///
    /// - Parameters:
    ///   - recordByteCountMax: bytes of the longest record that it gives. A launch refuses what a
    ///     worker's record can't hold; `recordCapacity` of the engine's options sets that.
    ///   - poll: fills in the next atom. Both arrays come empty, with the capacity they had.
    ///   - replay: takes the record of an atom that a run before the crash was given, and fills in
    ///     its content. That atom is durable. Says what is wrong where it can't be had again.
    ///   - durable: the atom of this number, and all before it, survive a crash: it may be
    ///     acknowledged. Without a journal that is at once.
    ///   - completed: all that followed from the atom of this number is done, on all workflows that
    ///     it reached, and sinks have its outputs; in `durable` mode, when these are durable. It is
    ///     called once for each atom that was given or replayed in this launch, whether its
    ///     handlers failed or not, and before the system is at rest; in no promised order: a later
    ///     atom may overtake one that waits for replies. What a snapshot holds is not replayed, and
    ///     does not complete again.
    ///   - isIdle: nothing has come that was not given.
    ///   - store: what it has to know after a crash of all atoms that it gave or was replayed.
    ///   - restore: takes that back, before any atom. Says what is wrong where it can't go on from
    ///     there.
    public init(
        recordByteCountMax: Int,
        poll: @escaping (inout FeedAtom) -> FeedState,
        replay: @escaping (inout FeedAtom, _ number: UInt64) -> String?,
        durable: @escaping (_ number: UInt64) -> Void = { _ in },
        completed: @escaping (_ number: UInt64) -> Void = { _ in },
        isIdle: @escaping () -> Bool,
        store: @escaping () -> [UInt8] = { [] },
        restore: @escaping ([UInt8]) -> String? = { $0.isEmpty ? nil : "it keeps no state" }
    ) {
        self.recordByteCountMax = recordByteCountMax
        self.poll = poll
        self.replay = replay
        self.durable = durable
        self.completed = completed
        self.isIdle = isIdle
        self.store = store
        self.restore = restore
    }

    /// What a snapshot holds of it: all that it has to know of the atoms that it gave, whether they
    /// are durable yet or not. The records of these atoms are needed no more.
    ///
    /// - Ownership: called while its worker stands still.
    public func storedState() -> [UInt8] { store() }

    /// Takes what a snapshot held, instead of the atoms before it; before any atom is asked for or
    /// replayed. Its next atom has the number that follows.
    ///
    /// - Errors: where it can't go on from there, and why.
    public func restoreState(_ bytes: [UInt8]) throws(RecordError) {
        if let reason = restore(bytes) { throw RecordError(reason) }
    }

    /// Now, by the clock of the system that launched it: nanoseconds since that began, in its first
    /// run; a launch on a journal goes on where the record ends. Zero before the launch.
    ///
    /// - Ownership: for its closures, on their thread.
    public var nanoseconds: UInt64 { clock?() ?? 0 }

    /// Something has come: wakes the worker that asks. Any thread may call it, once an atom was
    /// asked for, after it has published what came.
    public func arrived() { wake?() }
}

/// Which part of an atom a partition decodes.
public struct FeedPart {
    /// The partition, in `0..<count`.
    public let index: Int
    /// Partitions that share the atom.
    public let count: Int
    @usableFromInline let dropped: DropCount

    @usableFromInline
    init(_ partition: Partition) {
        index = partition.index
        count = partition.partitionCount
        dropped = partition.dropped
    }

    /// Its share of so many events: the shares of all partitions, in order, are all of them, and
    /// differ by one at the most.
    @inlinable
    public func share(of eventCount: Int) -> Range<Int> {
        (eventCount * index / count)..<(eventCount * (index + 1) / count)
    }

    /// Counts something that is no event: `Engine.droppedEvents` tells.
    @inlinable public func drop() { dropped.count += 1 }
}
