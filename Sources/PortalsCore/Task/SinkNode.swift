// Where events leave: sinks, one body a partition.

/// Takes what a flow gives, on one partition.
public protocol SinkBody<Element>: SendableMetatype {
    associatedtype Element: Event
    /// Takes some events of the current atom, in order; the batch is valid during the call only.
    mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo)
    /// The partition's part of an atom has ended; called for atoms with events here.
    mutating func onAtomEnd(_ step: StepInfo)
    /// The stream has ended.
    mutating func onSeal()
    /// Why it can take no more; asked after each atom. The site then stands still: what was not
    /// taken comes again when it is launched anew.
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

extension SinkBody {
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

/// Counts events.
public struct CountingSink<Element: Event>: SinkBody {
    /// Events taken so far, on one partition.
    public var count = 0
    /// Makes a sink that has counted nothing.
    @inlinable public init() {}
    /// Adds the events of a batch.
    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) { count += batch.count }

    /// The count: eight bytes, the lowest first.
    public func storedState() -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
    }

    /// Goes on counting from there.
    public mutating func restoreState(_ bytes: [UInt8]) throws(RecordError) {
        guard bytes.count == 8 else { throw RecordError("a count has 8 bytes") }
        count = bytes.enumerated().reduce(0) { $0 | Int($1.element) << ($1.offset * 8) }
    }
}

/// Gathers a stream in memory, atom by atom, in the order of its steps.
///
/// - Ownership: filled by the workers; read it when the site is at rest.
/// - Cost: a copy of every event. For tests, examples and small outputs.
public final class Collector<Element: Event>: @unchecked Sendable {  // Parts are made before a run.
    private var parts: [Int: CollectorPart<Element>] = [:]

    /// Makes a collector without events.
    public init() {}

    /// The place of one partition.
    @usableFromInline
    func part(_ partition: Int) -> CollectorPart<Element> {
        if let part = parts[partition] { return part }
        let part = CollectorPart<Element>()
        parts[partition] = part
        return part
    }

    /// The atoms in order; in an atom the events by partition, in the order of arrival.
    public var atoms: [[Element]] {
        var steps: [UInt64: [[Element]]] = [:]
        for partition in parts.keys.sorted() {
            for (step, events) in unsafe parts[partition].unsafelyUnwrapped.storage.atoms {
                steps[step, default: []].append(events)
            }
        }
        return steps.keys.sorted().map { unsafe steps[$0].unsafelyUnwrapped.flatMap { $0 } }
    }

    /// All events in order.
    public var events: [Element] { atoms.flatMap { $0 } }

    /// Every partition has seen the end of the stream.
    public var isSealed: Bool { !parts.isEmpty && parts.values.allSatisfy { $0.storage.isSealed } }
}

/// One partition of a collector.
public struct CollectorPart<Element: Event>: SinkBody {
    @usableFromInline let storage = CollectorStorage<Element>()
    @usableFromInline init() {}

    /// Appends the events to those of their step.
    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        if storage.atoms.last?.step != step.number { storage.atoms.append((step.number, [])) }
        for index in 0..<batch.count {
            storage.atoms[storage.atoms.count - 1].events.append(batch[index])
        }
    }

    /// Notes that the partition gets no more events.
    public mutating func onSeal() { storage.isSealed = true }
}

@usableFromInline
final class CollectorStorage<Element: Event>: @unchecked Sendable {  // Written by one worker.
    @usableFromInline var atoms: [(step: UInt64, events: [Element])] = []
    @usableFromInline var isSealed = false
}

/// Makes the node of a sink on a partition.
@inlinable @inline(__always)
func makeSinkNode<Body: SinkBody>(
    _ body: @autoclosure () -> Body, partition: Partition, definition: NodeDefinition
) -> Node {
    if let watch = unsafe partition.worker.watch {
        return makeWatchedSinkNode(
            Body.Element.self, watch, partition: partition, definition: definition)
    }
    let body = body()
    let outlet = unsafe Outlet(
        pool: partition.worker.pool, layout: ChunkLayout(of: Never.self), isKeyed: false,
        defersPushes: false)
    let node = makeNode(Body.Element.self, Never.self, partition, definition, outlet)
    let store = UnsafeMutablePointer<Body>.allocate(capacity: 1)
    unsafe store.initialize(to: body)
    if partition.isAtomic {
        // Nothing leaves an atomic workflow before its step counts: chunks wait for the verdict.
        node.holdsChunks = true
    }
    if let outputs = unsafe partition.worker.outputs {
        // Nothing leaves a durable site before all that it depends on is durable.
        unsafe node.takeReleased = { chunk, step in
            unsafe store.pointee.onBatch(Batch<Body.Element>(chunk, nil), step)
        }
        node.onReleasedStepEnd = { [unowned(unsafe) node] step in
            unsafe store.pointee.onAtomEnd(step)
            if let failure = unsafe store.pointee.failure { unsafe node.sinkFailed(failure) }
        }
        node.onReleasedSeal = { unsafe store.pointee.onSeal() }
        unsafe node.onChunk = { [unowned(unsafe) node, unowned(unsafe) partition] chunk, _ in
            unsafe outputs.hold(node, chunk, partition.step)
            unsafe node.hasSunk = true
        }
        node.onStepEnd = { [unowned(unsafe) node] step in unsafe outputs.holdStepEnd(node, step) }
        node.onSeal = { [unowned(unsafe) node] in unsafe outputs.holdSeal(node) }
    } else {
        unsafe node.onChunk = { chunk, keys in
            unsafe store.pointee.onBatch(Batch<Body.Element>(chunk, keys), partition.step)
            node.hasSunk = true
        }
        node.onStepEnd = { [unowned(unsafe) node] step in
            unsafe store.pointee.onAtomEnd(step)
            if let failure = unsafe store.pointee.failure { unsafe node.sinkFailed(failure) }
        }
        node.onSeal = { unsafe store.pointee.onSeal() }
    }
    node.sinkState = SinkState(
        path: definition.path, partition: partition.index,
        store: { unsafe store.pointee.storedState() },
        restore: { bytes throws(RecordError) in
            try unsafe store.pointee.restoreState(bytes)
        },
        synchronize: body.synchronize,
        recovered: { [unowned(unsafe) node] isExact in
            unsafe store.pointee.onRecovered(isExact: isExact)
            if let failure = unsafe store.pointee.failure { unsafe node.sinkFailed(failure) }
        })
    node.tearDown = {
        unsafe store.deinitialize(count: 1)
        unsafe store.deallocate()
    }
    return node
}
