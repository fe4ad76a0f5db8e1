// What a site asks of its journal, whoever keeps it: files of this machine, or a stream of others.

/// A place between two blocks of a journal; later ones compare greater.
///
/// Where it points is the journal's business: for files it is the byte in the whole journal, for
/// rows their number. Positions are kept outside (snapshots hold the one that replay begins at).
public struct JournalPosition: RawRepresentable, Comparable, Hashable, Sendable {
    /// What the journal made of it.
    public var rawValue: UInt64

    /// The position that `rawValue` was taken from.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// By where they lie, or who came later.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The reign of one writer; each ``Journal/fence()`` begins the next.
public struct JournalEpoch: RawRepresentable, Comparable, Hashable, Sendable {
    /// 0 before the first writer.
    public var rawValue: UInt64

    /// The epoch of that number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// By where they lie, or who came later.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Whether a reader of a journal wants the next block.
public enum JournalVisit: Sendable {
    case goOn, stop
}

/// Appends blocks of bytes and gives them back in their order, after any crash.
///
/// Whoever opens a journal may read it at once. To write, it calls ``fence()`` first: from then on
/// the appends of those who fenced before fail, so two processes that each take themselves for the
/// only one can't both go on. What lies below ``durable`` survives every crash; what lies above it
/// survives as a beginning: a block is there only if all before it are.
///
/// - Ownership: one thread at a time.
/// - Example:
///   ```swift
///   try journal.fence()
///   let next = try journal.append(bytes.span.bytes, after: journal.end)
///   try journal.synchronize()  // Now journal.durable == next.
///   try journal.read(from: journal.start) { payload, position, next in .goOn }
///   ```
public protocol Journal: AnyObject {
    /// Before the first block that is still there.
    var start: JournalPosition { get }

    /// After the last block appended; where the next one goes.
    var end: JournalPosition { get }

    /// After the last block that is durable.
    var durable: JournalPosition { get }

    /// The writer's epoch; before ``fence()`` the one of the last block found.
    var epoch: JournalEpoch { get }

    /// Bytes that a block's payload may have at the most.
    var payloadBytesMax: Int { get }

    /// Makes this the one journal that may append, and durable all that it found.
    ///
    /// - Cost: a few synchronizations; once at the start. ``end`` may move.
    @discardableResult
    func fence() throws(JournalError) -> JournalEpoch

    /// Appends a block and returns ``end``, the position after it.
    ///
    /// - Ownership: `payload` is the caller's again when this returns.
    /// - Cost: one gathered write; allocates nothing. Not durable until ``synchronize()``.
    /// - Errors: `notTheEnd` if `position` is not ``end``; `fenced` if another one fenced since;
    ///   any error of the disk but `diskFull` ends this journal: all later appends throw `failed`.
    func append(
        _ payload: RawSpan, after position: JournalPosition
    ) throws(JournalError) -> JournalPosition

    /// Makes all that was appended durable.
    func synchronize() throws(JournalError)

    /// Shows each block from `position` on: its payload, its position, and the one after it.
    ///
    /// - Ownership: the payload is valid during the call of `visit` only.
    /// - Errors: `released` for a position before ``start``, `notABlock` for one between no two
    ///   blocks, `damaged` for a block that has changed since it was written.
    func read(
        from position: JournalPosition,
        _ visit: (_ payload: RawSpan, _ position: JournalPosition, _ next: JournalPosition) ->
            JournalVisit
    ) throws(JournalError)

    /// Gives up blocks before `position`, as far as that frees space.
    func release(before position: JournalPosition) throws(JournalError)

    /// Does ahead of need what an append would else wait for; for a writer that is idle.
    ///
    /// - Cost: after an append no more than is needed soon; called again while the writer stays
    ///   idle, a little more each time, until there is nothing left to do ahead.
    func prepare() throws(JournalError)

    /// Makes all durable, says so in the journal, and gives it back for others to open.
    func close() throws(JournalError)
}
