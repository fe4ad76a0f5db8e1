// Makes a node of a task's handlers. Everything here is inlined into the user's module and specialised
// there: what the runtime then holds are closures that it calls once a chunk.

/// One partition of a task: its store, its core, and the loops over events, requests and replies.
@frozen @usableFromInline
struct TaskPart<Body: TaskBody> {
    @usableFromInline let store: UnsafeMutablePointer<TaskStore<Body>>
    @usableFromInline unowned(unsafe) let core: TaskCore
    /// Handlers are guarded one by one: they can throw, or their atom can be aborted.
    @usableFromInline let guards: Bool

    @inlinable
    init(store: UnsafeMutablePointer<TaskStore<Body>>, core: TaskCore, guards: Bool) {
        self.store = store
        self.core = core
        self.guards = guards
    }

    // MARK: Events

    @inlinable @inline(__always)
    func handle(_ chunk: ChunkPointer, _ keys: KeyColumn?) {
        let values = chunk.values(Body.Input.self)
        let count = Int(truncatingIfNeeded: chunk.pointee.count)
        if Body.canFail || guards { return handleGuarded(values, keys, count) }
        var context = TaskContext<Body>(core, hasKey: true)
        if let keys {
            for index in 0..<count {
                let key = keys[index]
                context.currentKey = key
                let state = store.pointee.state(key)
                store.pointee.body.onEvent(values[index], &state.pointee, &context)
                if context.removesState { remove(key, &context) }
            }
        } else {
            let state = store.pointee.single
            for index in 0..<count {
                store.pointee.body.onEvent(values[index], &state.pointee, &context)
            }
        }
        context.close()
    }

    @inlinable @inline(never)
    func handleGuarded(_ values: UnsafeMutablePointer<Body.Input>, _ keys: KeyColumn?, _ count: Int) {
        for index in 0..<count {
            let key = keys.map { $0[index] } ?? 0
            attempt(
                key, ReplyOrigin.none, 0, describe: { eventText(values[index]) }
            ) { body, state, task in
                body.onEvent(values[index], &state, &task)
            }
        }
    }

    // MARK: Requests

    @inlinable @inline(__always)
    func handle(requests chunk: ChunkPointer, _ origin: UInt64) {
        let values = chunk.values(Body.Request.self)
        let count = Int(truncatingIfNeeded: chunk.pointee.count)
        let keys = chunk.keys
        let tags = chunk.tags
        if Body.canFail || guards {
            for index in 0..<count {
                attempt(
                    keys[index], origin, tags[index], describe: { eventText(values[index]) }
                ) { body, state, task in
                    body.onRequest(values[index], &state, &task)
                }
            }
            return
        }
        var context = TaskContext<Body>(core, hasKey: true)
        for index in 0..<count {
            let key = keys[index]
            context.currentKey = key
            context.origin = origin
            context.requestTag = tags[index]
            let state = store.pointee.state(key)
            store.pointee.body.onRequest(values[index], &state.pointee, &context)
            if context.removesState { remove(key, &context) }
        }
        context.close()
    }

    // MARK: Replies

    /// Runs what a frame remembers with its reply.
    @inlinable @inline(__always)
    func handle<Reply: Event>(
        replies chunk: ChunkPointer, _: Reply.Type, _ use: AskUse,
        _ onReply: (
            inout Body, Reply, Body.Memory, inout Body.State, inout TaskContext<Body>
        ) -> Void
    ) {
        let values = chunk.values(Reply.self)
        let count = Int(truncatingIfNeeded: chunk.pointee.count)
        let tags = chunk.tags
        if chunk.pointee.isRefusal {
            for index in 0..<count {
                use.fail?(
                    tags[index],
                    AskFailure(rawValue: UInt8(truncatingIfNeeded: chunk.keys[index]))
                        ?? .replierFailed)
            }
            return
        }
        let frames = unsafeDowncast(core.frames.unsafelyUnwrapped, to: FrameSlab<Body.Memory>.self)
        let isGuarded = Body.canFail || guards
        var context = TaskContext<Body>(core, hasKey: true)
        for index in 0..<count {
            let tag = tags[index]
            if AskTag.isFuture(tag) || isGuarded {
                context.close()
                if AskTag.isFuture(tag) {
                    complete(tag, use, Reply.self, values[index], .cancelled)
                } else if let frame = frames.take(tag) {
                    attempt(
                        frame.key, frame.origin, frame.requestTag,
                        describe: { eventText(values[index]) }
                    ) { body, state, task in
                        onReply(&body, values[index], frame.memory, &state, &task)
                    }
                }
                context.reload()
                continue
            }
            guard let frame = frames.take(tag) else { continue }
            context.currentKey = frame.key
            context.origin = frame.origin
            context.requestTag = frame.requestTag
            let state = store.pointee.state(frame.key)
            onReply(&store.pointee.body, values[index], frame.memory, &state.pointee, &context)
            if context.removesState { remove(frame.key, &context) }
        }
        context.close()
    }

    /// Ends a future: with a reply, or with a failure where there is none.
    @inlinable @inline(never)
    func complete<Reply: Event>(
        _ tag: UInt64, _ use: AskUse, _: Reply.Type, _ reply: Reply?, _ failure: AskFailure
    ) {
        let futures = unsafeDowncast(
            use.futures.unsafelyUnwrapped, to: FutureSlab<Body, Reply>.self)
        guard let frame = futures.take(tag), let continuation = frame.memory.continuation else {
            return
        }
        attempt(
            frame.key, frame.origin, frame.requestTag, describe: { reply.map { eventText($0) } ?? "" }
        ) { _, state, task in
            continuation(reply, failure, &state, &task)
        }
    }

    // MARK: Ends

    @inlinable
    func endAtom() {
        attempt(nil, ReplyOrigin.none, 0, describe: { "the end of an atom" }) {
            body, _, task in
            body.onAtomComplete(&task)
        }
    }

    @inlinable
    func endStream() {
        attempt(nil, ReplyOrigin.none, 0, describe: { "the end of the stream" }) {
            body, _, task in
            body.onComplete(&task)
        }
    }

    // MARK: Guard

    @inlinable @inline(never)
    func remove(_ key: Key, _ context: inout TaskContext<Body>) {
        context.removesState = false
        if store.pointee.isKeyed {
            _ = store.pointee.table.remove(key)
        } else {
            store.pointee.single.pointee = store.pointee.body.initialState()
        }
    }

    /// Runs one handler so that nothing of it remains if it fails.
    @inlinable
    func attempt(
        _ key: Key?, _ origin: UInt64, _ tag: UInt64, describe: () -> String,
        _ handler: (inout Body, inout Body.State, inout TaskContext<Body>) -> Void
    ) {
        if core.partition.hasFailed { return }
        var context = TaskContext<Body>(core, hasKey: key != nil)
        context.currentKey = key ?? core.partition.ownKey
        context.origin = origin
        context.requestTag = tag
        let stateKey = key ?? 0
        let touchesState = key != nil
        if guards && touchesState { store.pointee.remember(stateKey) }
        var before: Body.State?
        var bodyBefore: Body?
        if Body.canFail {
            core.markHandler()
            bodyBefore = store.pointee.body
            if touchesState { before = store.pointee.before(stateKey) }
        }
        let state = touchesState ? store.pointee.state(stateKey) : store.pointee.single
        handler(&store.pointee.body, &state.pointee, &context)
        context.close()
        if !Body.canFail || !core.hasFailed {
            if context.removesState { remove(stateKey, &context) }
            if Body.canFail { core.outlet.pushFull() }
        } else {
            core.hasFailed = false
            core.rewindHandler()
            if let bodyBefore { store.pointee.body = bodyBefore }
            if touchesState { store.pointee.restore(stateKey, before) }
            core.report(
                error: core.failure, event: describe(), key: stateKey, origin: origin,
                tag: tag)
        }
    }
}

/// An event as text, for dead letters.
@inlinable
func eventText<Value>(_ value: Value) -> String {
    #if hasFeature(Embedded)
        return ""
    #else
        return String(describing: value)
    #endif
}

/// One portal that a task asks, with the handler of its replies.
public struct Asking<Body: TaskBody>: Sendable {
    @usableFromInline let portal: PortalDefinition
    @usableFromInline let requestLayout: ChunkLayout
    @usableFromInline let install: @Sendable (TaskPart<Body>, AskUse) -> Void

    @usableFromInline
    init(
        portal: PortalDefinition, requestLayout: ChunkLayout,
        install: @escaping @Sendable (TaskPart<Body>, AskUse) -> Void
    ) {
        self.portal = portal
        self.requestLayout = requestLayout
        self.install = install
    }

    /// A portal whose replies run a handler with what was remembered.
    @inlinable @inline(__always)
    public init<Request, Reply>(
        _ asked: Portal<Request, Reply>,
        onReply: @escaping @Sendable (
            inout Body, Reply, Body.Memory, inout Body.State, inout TaskContext<Body>
        ) -> Void,
        onFailure: @escaping @Sendable (
            inout Body, AskFailure, Body.Memory, inout Body.State, inout TaskContext<Body>
        ) -> Void
    ) {
        self.init(
            portal: asked.definition, requestLayout: ChunkLayout(of: Request.self, tagged: true)
        ) { part, use in
            let frames = unsafeDowncast(
                part.core.frames.unsafelyUnwrapped, to: FrameSlab<Body.Memory>.self)
            let futures = FutureSlab<Body, Reply>(isFuture: true)
            use.futures = futures
            use.pendingFutures = { futures.count }
            use.deliver = { chunk in
                part.handle(replies: chunk, Reply.self, use, onReply)
            }
            use.fail = { [unowned(unsafe) use] tag, failure in
                if AskTag.isFuture(tag) {
                    part.complete(tag, use, Reply.self, nil, failure)
                } else if let frame = frames.take(tag) {
                    part.attempt(
                        frame.key, frame.origin, frame.requestTag, describe: { failure.text }
                    ) { body, state, task in
                        onFailure(&body, failure, frame.memory, &state, &task)
                    }
                }
            }
            use.forget = { tag in
                if AskTag.isFuture(tag) { _ = futures.take(tag) } else { _ = frames.take(tag) }
            }
        }
    }
}

extension Asking where Body: AskingBody {
    /// A portal whose replies go to the body's own handlers.
    @inlinable @inline(__always)
    public init<Request>(_ asked: Portal<Request, Body.Answer>) {
        self.init(
            asked,
            onReply: { body, reply, memory, state, task in
                body.onReply(reply, memory, &state, &task)
            },
            onFailure: { body, failure, memory, state, task in
                body.onAskFailure(failure, memory, &state, &task)
            })
    }
}

/// Makes the node of a task on a partition.
@inlinable @inline(__always)
func makeTaskNode<Body: TaskBody>(
    _ body: Body, isKeyed: Bool, asks: [Asking<Body>], replies: Bool, partition: Partition,
    definition: NodeDefinition
) -> Node {
    let outlet = Outlet(
        pool: partition.worker.pool, layout: ChunkLayout(of: Body.Output.self), isKeyed: isKeyed,
        defersPushes: Body.canFail)
    let node = makeNode(Body.Input.self, Body.Output.self, partition, definition, outlet)
    let core = TaskCore(
        partition: partition, outlet: outlet, index: definition.index, path: definition.path)
    node.core = core
    let store = UnsafeMutablePointer<TaskStore<Body>>.allocate(capacity: 1)
    store.initialize(
        to: TaskStore(
            body: body, isKeyed: isKeyed, logs: partition.isAtomic, seed: partition.seed,
            memory: partition.worker.memory))
    core.store = UnsafeMutableRawPointer(store)
    let part = TaskPart<Body>(store: store, core: core, guards: partition.isAtomic)
    node.onChunk = { chunk, keys in part.handle(chunk, keys) }
    if definition.endsAtoms { node.onAtomEnd = { part.endAtom() } }
    node.onComplete = { part.endStream() }
    if replies {
        core.replyLayout = ChunkLayout(of: Body.Reply.self, tagged: true)
        node.onRequests = { chunk, origin in part.handle(requests: chunk, origin) }
    }
    if !asks.isEmpty {
        let frames = FrameSlab<Body.Memory>(isFuture: false)
        core.frames = frames
        node.pendingAsks = { [unowned(unsafe) core] in
            var count = frames.count
            for use in core.uses { count += use.pendingFutures.unsafelyUnwrapped() }
            return count
        }
    }
    for ask in asks {
        let use = partition.makeUse(definition, ask.portal, ask.requestLayout)
        core.uses.append(use)
        ask.install(part, use)
    }
    if partition.isAtomic { node.settle = { commits in store.pointee.settle(commits: commits) } }
    if store.pointee.isKeyed {
        node.stateAddress = { UnsafeRawPointer(store.pointee.table.tags) }
    }
    node.tearDown = {
        store.deinitialize(count: 1)
        store.deallocate()
    }
    return node
}

/// Makes a node that takes chunks of `Input` and gives chunks of `Output`.
@inlinable @inline(__always)
func makeNode<Input, Output>(
    _: Input.Type, _: Output.Type, _ partition: Partition, _ definition: NodeDefinition,
    _ outlet: Outlet
) -> Node {
    let node = Node(
        partition: partition, definition: definition, index: definition.index, outlet: outlet,
        copyChunk: makeCopier(Input.self, partition))
    node.copyOutput = makeCopier(Output.self, partition)
    return node
}

/// Copies chunks of a type into a partition's own pool, with keys from elsewhere.
@inlinable
func makeCopier<Element>(
    _: Element.Type, _ partition: Partition
) -> (ChunkPointer, KeyColumn?) -> ChunkPointer {
    let pool = partition.worker.pool
    // Chunks refer to the layout's element kind without counting: the closure keeps it.
    let standard = ChunkLayout(of: Element.self)
    return { chunk, keys in
        let count = Int(chunk.pointee.count)
        var layout = standard
        layout.widen(atLeast: chunk.pointee.count, stride: MemoryLayout<Element>.stride)
        let copy = pool.take(layout)
        copy.values(Element.self).initialize(from: chunk.values(Element.self), count: count)
        if let keys { copy.keys.update(from: keys, count: count) }
        copy.pointee.isKeyed = keys != nil
        copy.pointee.count = Int32(count)
        return copy
    }
}
