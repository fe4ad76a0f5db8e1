// A node of a workflow's graph on one partition: the closures that the builder made of the user's
// code, each called once a chunk or once an atom, never once an event.

/// What one node of a workflow holds and calls on one partition, on that partition's worker only.
@safe public final class Node {
    @usableFromInline unowned(unsafe) let partition: Partition
    let definition: NodeDefinition
    let index: Int
    @usableFromInline let outlet: Outlet
    var ports: [Port] = []

    /// Handles a chunk; keys may lie outside of it, and are nil where events have none.
    @usableFromInline var onChunk: (ChunkPointer, KeyColumn?) -> Void = { _, _ in }
    /// Runs what follows the events of an atom, before the outlet is flushed.
    @usableFromInline var onAtomEnd: (() -> Void)?
    /// Runs at the end of the stream.
    @usableFromInline var onComplete: (() -> Void)?
    /// Handles a chunk of requests from an asker: its reply channel and partition are in `origin`.
    @usableFromInline var onRequests: ((ChunkPointer, _ origin: UInt64) -> Void)?
    /// Produces the slice of a source atom.
    @usableFromInline var produce: ((_ atom: UInt64) -> Void)?
    /// Takes a chunk over that must outlive the call: a reference, or a copy.
    @usableFromInline var copyChunk: (ChunkPointer, KeyColumn?) -> ChunkPointer
    /// Ends what the step changed: for good, or as if it had not been.
    @usableFromInline var settle: ((_ commits: Bool) -> Void)?
    /// Destroys state and memory when the partition goes.
    @usableFromInline var tearDown: (() -> Void)?
    /// Where the state table of a task lies now.
    @usableFromInline var stateAddress: (() -> UnsafeRawPointer)?
    /// What it keeps from step to step, where the site has a journal.
    @usableFromInline var state: NodeState?
    /// The runtime side of a task.
    @usableFromInline var core: TaskCore?
    /// The buffers of a `key` between partitions.
    @usableFromInline var exchange: PartBuffers?
    /// The keys of a chunk that came through the exchange without them.
    @usableFromInline var keysOfArrivals: ((ChunkPointer) -> KeyColumn)?
    /// Gathers the output of a step, where other elements read it.
    var collector: Port?
    /// A sink of an atomic workflow: nothing leaves before the step counts.
    @usableFromInline var holdsChunks = false
    /// A chunk has come in this step.
    @usableFromInline var hasEvents = false
    /// A sink had events in this step.
    @usableFromInline var hasSunk = false
    /// How many of the task's asks have not ended.
    @usableFromInline var pendingAsks: (() -> Int)?
    /// Copies a chunk of the node's output type.
    @usableFromInline var copyOutput: ((ChunkPointer, KeyColumn?) -> ChunkPointer)?
    /// What a digest takes in of the events that come in; nil where none is taken.
    @usableFromInline var inputShape: DigestShape?
    @usableFromInline var requestShape: DigestShape?
    /// Called when the partition's part of a step has ended, if the sink had events in it.
    @usableFromInline var onStepEnd: ((StepInfo) -> Void)?
    @usableFromInline var onSeal: (() -> Void)?
    /// Of a sink whose outputs wait until they are durable: takes them afterwards.
    @usableFromInline var takeReleased: ((ChunkPointer, StepInfo) -> Void)?
    @usableFromInline var onReleasedStepEnd: ((StepInfo) -> Void)?
    @usableFromInline var onReleasedSeal: (() -> Void)?
    /// Of a sink that prepares: has it prepare what it has of atoms that have ended, for itself or
    /// with what it prepared last.
    @usableFromInline var prepare: ((_ withLast: Bool) -> Void)?
    /// Shows the oldest of what was prepared; returns of how many chunks it is.
    @usableFromInline var showPrepared: (() -> Int)?
    /// Chunks that the sink has, of which nothing is prepared yet.
    @usableFromInline var unpreparedChunks = 0
    /// It has something of an atom that has ended, and has not prepared it yet.
    @usableFromInline var awaitsStamp = false
    /// The stamp that it prepared for last.
    @usableFromInline var stampSerial = -1
    /// Of a sink: what a snapshot holds of it.
    @usableFromInline var sinkState: SinkState?

    @usableFromInline
    init(
        partition: Partition, definition: NodeDefinition, index: Int, outlet: Outlet,
        copyChunk: @escaping (ChunkPointer, KeyColumn?) -> ChunkPointer
    ) {
        unsafe self.partition = partition
        self.definition = definition
        self.index = index
        self.outlet = outlet
        unsafe self.copyChunk = unsafe copyChunk
    }

    /// Its output can be looked at.
    @usableFromInline
    func setDigest(_ shape: DigestShape) { outlet.digest = OutputDigest(shape) }

    /// Its output is shown to whoever follows a replay.
    @usableFromInline
    func watch(_ show: @escaping (ChunkPointer, KeyColumn?) -> Void) {
        unsafe outlet.watch = unsafe show
    }

    /// Keeps a chunk beyond the call that brought it. A chunk of this worker with its own keys is
    /// shared; any other is copied, because only its owner may count its holders.
    @usableFromInline
    func keep(_ chunk: ChunkPointer, _ keys: KeyColumn?, isOutput: Bool) -> ChunkPointer {
        if unsafe chunk.pointee.owner == partition.worker.pool.worker
            && (keys == nil ? !chunk.pointee.isKeyed : keys == chunk.keys)
        {
            unsafe chunk.retain()
            return unsafe chunk
        }
        return unsafe isOutput ? copyOutput!(chunk, keys) : copyChunk(chunk, keys)
    }

    /// Keeps the events of a chunk beyond the call that brought it, and not their keys: a chunk of
    /// this worker is shared whatever the keys of its events are.
    @usableFromInline
    func keepEvents(_ chunk: ChunkPointer) -> ChunkPointer {
        if unsafe chunk.pointee.owner == partition.worker.pool.worker {
            unsafe chunk.retain()
            return unsafe chunk
        }
        return unsafe copyChunk(chunk, nil)
    }

    /// A sink can take no more.
    @usableFromInline
    func sinkFailed(_ reason: String) {
        unsafe partition.worker.sinkFailed(SinkFailure(path: definition.path, reason: reason))
    }

    /// Ends the node's part of an atom: `onAtomComplete`, and what was emitted goes on.
    func endAtom(seals: Bool) {
        // The end of a stream is an atom only for those to whom the end of another brought events.
        if let onAtomEnd, !seals || hasEvents { onAtomEnd() }
        if seals, let onComplete { onComplete() }
        outlet.flush()
        // After the flush: a collector, too, is a port of this node.
        hasEvents = false
    }
}

/// The buffers of one sender for all destinations.
@safe @usableFromInline
final class PartBuffers {
    @usableFromInline let count: Int
    @usableFromInline let buffers: UnsafeMutablePointer<PartBuffer>
    @usableFromInline let layout: FixedLayout

    @usableFromInline
    init(count: Int, layout: ChunkLayout, pool: ChunkPool) {
        self.count = count
        self.layout = FixedLayout(layout)
        unsafe buffers = .allocate(capacity: count)
        for index in 0..<count { unsafe (buffers + index).initialize(to: PartBuffer(pool: pool)) }
    }

    deinit {
        unsafe buffers.deinitialize(count: count)
        unsafe buffers.deallocate()
    }

    /// Forgets everything; says each tag that goes.
    func discard(tagged: Bool, _ dropped: (UInt64) -> Void) {
        for index in 0..<count {
            unsafe buffers[index].rewind(to: .init(fullCount: 0, count: 0), tagged: tagged, dropped)
        }
    }
}

/// What a step is, as its handlers may see it.
public struct StepInfo: BitwiseCopyable, Sendable {
    /// Its place in the total order of the workflow's steps.
    public var number: UInt64
    /// The recorded time, nanoseconds since launch, never decreasing.
    public var time: UInt64
    /// The atom of a source that it came of; `UInt32.max` where there is none.
    @usableFromInline var root: UInt32
}
