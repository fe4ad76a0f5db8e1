// Makes a node of a task's handlers.

/// Makes the node of a task on a partition.
@inlinable @inline(__always)
func makeTaskNode<Body: TaskBody>(
    _ body: Body, isKeyed: Bool, asks: [Asking<Body>], replies: Bool, partition: Partition,
    definition: NodeDefinition
) -> Node {
    let outlet = unsafe Outlet(
        pool: partition.worker.pool, layout: ChunkLayout(of: Body.Output.self), isKeyed: isKeyed,
        defersPushes: Body.canFail)
    let node = makeNode(Body.Input.self, Body.Output.self, partition, definition, outlet)
    let core = TaskCore(
        partition: partition, outlet: outlet, index: definition.index, path: definition.path)
    node.core = core
    let store = UnsafeMutablePointer<TaskStore<Body>>.allocate(capacity: 1)
    unsafe store.initialize(
        to: TaskStore(
            body: body, isKeyed: isKeyed, logs: partition.isAtomic, seed: partition.seed,
            memory: partition.worker.memory))
    unsafe core.store = UnsafeMutableRawPointer(store)
    let part = unsafe TaskPart<Body>(store: store, core: core, guards: partition.isAtomic)
    unsafe node.onChunk = { chunk, keys in unsafe part.handle(chunk, keys) }
    if definition.endsAtoms { node.onAtomEnd = { part.endAtom() } }
    node.onComplete = { part.endStream() }
    if replies {
        core.replyLayout = FixedLayout(ChunkLayout(of: Body.Reply.self, tagged: true))
        if unsafe partition.worker.recorder != nil {
            node.requestShape = DigestShape.of(Body.Request.self)
        }
        unsafe node.onRequests = { chunk, origin in unsafe part.handle(requests: chunk, origin) }
    }
    if !asks.isEmpty {
        let frames = FrameSlab<Body.Memory>(isFuture: false)
        core.frames = frames
        node.pendingAsks = { [unowned(unsafe) core] in
            var count = frames.count
            for use in unsafe core.uses { count += use.pendingFutures!() }
            return count
        }
    }
    for ask in asks {
        let use = partition.makeUse(definition, ask.portal, ask.requestLayout)
        core.add(use)
        ask.install(part, use)
    }
    if partition.isAtomic {
        node.settle = { commits in unsafe store.pointee.settle(commits: commits) }
    }
    if let deltas = partition.makeDeltas(definition) { part.recordDeltas(node, deltas) }
    if unsafe store.pointee.isKeyed {
        unsafe node.stateAddress = { unsafe UnsafeRawPointer(store.pointee.table.tags) }
    }
    if unsafe partition.worker.recorder != nil { node.state = unsafe makeNodeState(store) }
    node.tearDown = {
        unsafe store.deinitialize(count: 1)
        unsafe store.deallocate()
    }
    return node
}
