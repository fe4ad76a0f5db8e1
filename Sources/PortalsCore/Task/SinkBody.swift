// Where events leave: the bodies of sinks, one a partition.

/// Takes what a flow gives, on one partition.
///
/// In `durable` mode nothing may be shown outside before all that it depends on is durable. Until
/// then its events wait, a millisecond or so of them, and leave the processor's caches. A sink that
/// makes less of its events than they are (a count, the bytes of a file) does better to work in two
/// phases, as that of a transaction does which prepares before it commits:
/// ```swift
/// struct Total: SinkBody {
///     var running = 0, ended = 0
///     mutating func onBatch(_ batch: Batch<Int>, _ step: StepInfo) {  // Shows nothing.
///         for index in 0..<batch.count { running += batch[index] }
///     }
///     mutating func onAtomEnd(_ step: StepInfo) { ended = running }  // Shows nothing.
///     mutating func prepare(_ waiting: inout Int?) { waiting = ended }
///     mutating func show(_ total: Int) { print(total) }  // Now it counts.
/// }
/// ```
public protocol SinkBody<Element>: SendableMetatype {
    associatedtype Element: Event
    /// What a sink of two phases has put together of its events, to be shown: a value, or a buffer
    /// that it gives away. `Never` where it shows its events as it takes them.
    associatedtype Prepared = Never
    /// Whether it works in two phases: then `onBatch` and `onAtomEnd` come as soon as there are
    /// events and show nothing, and `show` does, when it may.
    static var prepares: Bool { get }
    /// Takes some events of the current atom, in order; the batch is valid during the call only.
    mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo)
    /// The partition's part of an atom has ended; called for atoms with events here.
    mutating func onAtomEnd(_ step: StepInfo)
    /// Prepares what is to be shown of all atoms that have ended since the last call, at least one,
    /// and of no other: part of the next may be there.
    ///
    /// - Parameter waiting: what was prepared before and will be shown at the same time, to be
    ///   added to: in `durable` mode all until a commit begins. Nil where there is none.
    mutating func prepare(_ waiting: inout Prepared?)
    /// Shows what was prepared, when it may; called in the order of the atoms.
    mutating func show(_ prepared: consuming Prepared)
    /// The stream has ended.
    mutating func onSeal()
    /// Why it can take no more; asked after each atom, or each `show`. The site then stands still:
    /// what was not taken comes again when it is launched anew.
    var failure: String? { get }
    /// What a snapshot holds of it: all that it has to know after a crash of what it was given.
    func storedState() -> [UInt8]
    /// Takes what a snapshot held, before anything else: what comes next follows upon that.
    ///
    /// - Errors: where it can't go on from there, and why.
    mutating func restoreState(_ bytes: [UInt8]) throws(RecordError)
    /// Makes what it wrote survive a crash of the machine; nil if it writes nothing. A snapshot
    /// counts only afterwards: what came before it does not come again. Asked for once, when the
    /// sink is made; any thread may call it, while the sink goes on. It says why it could not.
    var synchronize: (@Sendable () -> String?)? { get }
    /// All that an earlier run of the site had recorded has come again; what follows is new.
    ///
    /// - Parameter isExact: what it was given in the earlier run has come again. Otherwise the site
    ///   may have forgotten the last of it, as its mode of commit allows.
    mutating func onRecovered(isExact: Bool)
}

/// Where a sink stands.
public struct SinkPlace: Sendable {
    /// The path of the sink's place in its workflow.
    public let path: String
    /// The partition that it serves.
    public let partition: Int
    @inlinable init(path: String, partition: Int) {
        self.path = path
        self.partition = partition
    }
}

extension SinkBody where Prepared == Never {
    /// Not: events are shown as they are taken.
    @inlinable public static var prepares: Bool { false }
    /// Never called.
    public mutating func prepare(_ waiting: inout Never?) {}
    /// Never called.
    public mutating func show(_ prepared: consuming Never) {}
}

extension SinkBody {
    /// It does: it says what it prepares.
    @inlinable public static var prepares: Bool { true }
    /// Does nothing: for sinks that do not look at atoms.
    @inlinable public mutating func onAtomEnd(_ step: StepInfo) {}
    /// Does nothing: for sinks that have nothing to finish.
    @inlinable public mutating func onSeal() {}
    /// Nil: for sinks that always can.
    @inlinable public var failure: String? { nil }
    /// Nothing: for sinks that need not know what came before.
    @inlinable public func storedState() -> [UInt8] { [] }
    /// Takes nothing.
    @inlinable public mutating func restoreState(_ bytes: [UInt8]) throws(RecordError) {
        if !bytes.isEmpty { throw RecordError("a sink that keeps no state") }
    }
    /// Nil: for sinks that write nothing.
    @inlinable public var synchronize: (@Sendable () -> String?)? { nil }
    /// Does nothing: for sinks that do not care.
    @inlinable public mutating func onRecovered(isExact: Bool) {}
}
