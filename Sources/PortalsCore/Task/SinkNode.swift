// The node of a sink: whether events wait before they are shown, and as what.

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
    if Body.prepares {
        unsafe setPreparing(node, store, partition)
    } else if let outputs = unsafe partition.worker.outputs {
        // Nothing leaves a durable site before all that it depends on is durable.
        unsafe node.takeReleased = { chunk, step in
            unsafe store.pointee.onBatch(Batch<Body.Element>(chunk, nil), step)
        }
        node.onReleasedStepEnd = { [unowned(unsafe) node] step in
            unsafe store.pointee.onAtomEnd(step)
            if let failure = unsafe store.pointee.failure { unsafe node.sinkFailed(failure) }
        }
        unsafe node.onChunk = { [unowned(unsafe) node, unowned(unsafe) partition] chunk, _ in
            unsafe outputs.hold(node, chunk, partition.step)
            unsafe node.hasSunk = true
        }
        node.onStepEnd = { [unowned(unsafe) node] step in unsafe outputs.holdStepEnd(node, step) }
    } else {
        unsafe node.onChunk = { chunk, keys in
            unsafe store.pointee.onBatch(Batch<Body.Element>(chunk, keys), partition.step)
            node.hasSunk = true
        }
        node.onStepEnd = { [unowned(unsafe) node] step in
            unsafe store.pointee.onAtomEnd(step)
            if let failure = unsafe store.pointee.failure { unsafe node.sinkFailed(failure) }
        }
    }
    if let outputs = unsafe partition.worker.outputs {
        node.onReleasedSeal = { unsafe store.pointee.onSeal() }
        node.onSeal = { [unowned(unsafe) node] in unsafe outputs.holdSeal(node) }
    } else {
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

/// Has a sink of two phases prepare what comes at once, and show it when it may.
@inlinable @inline(__always)
func setPreparing<Body: SinkBody>(
    _ node: Node, _ store: UnsafeMutablePointer<Body>, _ partition: Partition
) {
    guard let outputs = unsafe partition.worker.outputs else {
        unsafe node.onChunk = { [unowned(unsafe) node] chunk, keys in
            unsafe store.pointee.onBatch(Batch<Body.Element>(chunk, keys), partition.step)
            unsafe node.hasSunk = true
        }
        node.onStepEnd = { [unowned(unsafe) node] step in
            unsafe store.pointee.onAtomEnd(step)
            var prepared: Body.Prepared?
            unsafe store.pointee.prepare(&prepared)
            if let prepared { unsafe store.pointee.show(prepared) }
            if let failure = unsafe store.pointee.failure { unsafe node.sinkFailed(failure) }
        }
        return
    }
    unsafe node.onChunk = { [unowned(unsafe) node, unowned(unsafe) partition] chunk, keys in
        unsafe store.pointee.onBatch(Batch<Body.Element>(chunk, keys), partition.step)
        unsafe outputs.prepareChunk(node)
        unsafe node.hasSunk = true
    }
    node.onStepEnd = { [unowned(unsafe) node] step in
        unsafe store.pointee.onAtomEnd(step)
        unsafe outputs.prepareAtom(node)
    }
    let prepared = PreparedQueue<Body.Prepared>()
    node.prepare = { [unowned(unsafe) node] withLast in
        prepared.add(unsafe node.unpreparedChunks, withLast: withLast) { waiting in
            unsafe store.pointee.prepare(&waiting)
        }
        unsafe node.unpreparedChunks = 0
    }
    node.showPrepared = { [unowned(unsafe) node] in
        let (waiting, chunks) = prepared.removeFirst()
        if let waiting { unsafe store.pointee.show(waiting) }
        if let failure = unsafe store.pointee.failure { unsafe node.sinkFailed(failure) }
        return chunks
    }
}

/// What a sink has prepared, by stamp, until it may be shown.
@usableFromInline
final class PreparedQueue<Prepared> {
    // Few wait at a time, those of two commits: shifting them costs nothing.
    @usableFromInline var waiting: [(prepared: Prepared?, chunks: Int)] = []

    @usableFromInline init() {}

    @inlinable
    func add(_ chunks: Int, withLast: Bool, _ prepare: (inout Prepared?) -> Void) {
        if !withLast { waiting.append((nil, 0)) }
        prepare(&waiting[waiting.count - 1].prepared)
        waiting[waiting.count - 1].chunks += chunks
    }

    @inlinable func removeFirst() -> (Prepared?, Int) { waiting.removeFirst() }
}
