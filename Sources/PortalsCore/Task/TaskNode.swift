// Makes a node of a task's handlers. Everything here is inlined into the user's module and
// specialised there: what the runtime then holds are closures that it calls once a chunk.

/// One partition of a task: its store, its core, and the loops over events, requests and replies.
@safe @frozen @usableFromInline
struct TaskPart<Body: TaskBody> {
    @usableFromInline let store: UnsafeMutablePointer<TaskStore<Body>>
    @usableFromInline unowned(unsafe) let core: TaskCore
    /// Handlers are guarded one by one: they can throw, or their atom can be aborted.
    @usableFromInline let guards: Bool

    @inlinable
    init(store: UnsafeMutablePointer<TaskStore<Body>>, core: TaskCore, guards: Bool) {
        unsafe self.store = unsafe store
        unsafe self.core = core
        self.guards = guards
    }

    // MARK: Events

    @inlinable @inline(__always)
    func handle(_ chunk: ChunkPointer, _ keys: KeyColumn?) {
        let values = unsafe chunk.values(Body.Input.self)
        let count = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
        if Body.canFail || guards { return unsafe handleGuarded(values, keys, count) }
        var context = unsafe TaskContext<Body>(core, hasKey: true)
        if let keys = unsafe keys {
            if unsafe MemoryLayout<Body.State>.size > 0 && store.pointee.isKeyed {
                if unsafe store.pointee.table.isFar {
                    return unsafe handleFar(values, keys, count, &context)
                }
                if unsafe store.pointee.table.marks != nil {
                    return unsafe handleTracked(values, keys, count, &context)
                }
                var index = 0
                while index < count {
                    let key = unsafe keys[index]
                    context.currentKey = key
                    let state = unsafe store.pointee.keyedState(key)
                    unsafe store.pointee.body.onEvent(values[index], &state.pointee, &context)
                    if context.hasAftermath { finish(key, &context) }
                    index &+= 1
                }
            } else {
                let state = unsafe store.pointee.single
                for index in 0..<count {
                    context.currentKey = unsafe keys[index]
                    unsafe store.pointee.body.onEvent(values[index], &state.pointee, &context)
                    if context.hasAftermath { finish(context.currentKey, &context) }
                }
            }
        } else {
            let state = unsafe store.pointee.single
            for index in 0..<count {
                unsafe store.pointee.body.onEvent(values[index], &state.pointee, &context)
                if context.hasAftermath { finish(0, &context) }
            }
        }
        context.close()
    }

    /// The loop over keyed events in a site that takes snapshots.
    @inlinable @inline(never)
    func handleTracked(
        _ values: UnsafeMutablePointer<Body.Input>, _ keys: KeyColumn, _ count: Int,
        _ context: inout TaskContext<Body>
    ) {
        var index = 0
        while index < count {
            let key = unsafe keys[index]
            context.currentKey = key
            let state = unsafe store.pointee.trackedState(key)
            unsafe store.pointee.body.onEvent(values[index], &state.pointee, &context)
            if context.hasAftermath { finish(key, &context) }
            index &+= 1
        }
        context.close()
    }

    /// The loop over keyed events whose table is larger than the caches: what later ones need is on
    /// its way while the earlier ones are handled, first their tags, then what those point to.
    @inlinable @inline(never)
    func handleFar(
        _ values: UnsafeMutablePointer<Body.Input>, _ keys: KeyColumn, _ count: Int,
        _ context: inout TaskContext<Body>
    ) {
        let tagsAhead = StateTable<Body.State>.tagsAhead
        let slotsAhead = StateTable<Body.State>.slotsAhead
        let isTracked = unsafe store.pointee.table.marks != nil
        // Counted from the first tags that are asked for; an event is handled `tagsAhead` later.
        var index = 0
        while index < count &+ tagsAhead {
            if index < count { unsafe store.pointee.table.fetchTags(keys[index]) }
            let next = index &- (tagsAhead &- slotsAhead)
            if next >= 0 && next < count { unsafe store.pointee.table.fetchSlots(keys[next]) }
            let current = index &- tagsAhead
            index &+= 1
            if current < 0 { continue }
            let key = unsafe keys[current]
            context.currentKey = key
            let state =
                unsafe isTracked
                ? store.pointee.trackedState(key) : store.pointee.keyedState(key)
            unsafe store.pointee.body.onEvent(values[current], &state.pointee, &context)
            if context.hasAftermath { finish(key, &context) }
        }
        context.close()
    }

    @inlinable @inline(never)
    func handleGuarded(_ values: UnsafeMutablePointer<Body.Input>, _ keys: KeyColumn?, _ count: Int)
    {
        for index in 0..<count {
            let key = unsafe keys.map { unsafe $0[index] } ?? 0
            attempt(
                key, ReplyOrigin.none, 0, describe: { unsafe eventText(values[index]) }
            ) { body, state, task in
                unsafe body.onEvent(values[index], &state, &task)
            }
        }
    }

    // MARK: Requests

    @inlinable @inline(__always)
    func handle(requests chunk: ChunkPointer, _ origin: UInt64) {
        let values = unsafe chunk.values(Body.Request.self)
        let count = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
        let keys = unsafe chunk.keys
        let tags = unsafe chunk.tags
        if Body.canFail || guards {
            for index in 0..<count {
                unsafe attempt(
                    keys[index], origin, tags[index],
                    describe: { unsafe eventText(values[index]) }
                ) { body, state, task in
                    unsafe body.onRequest(values[index], &state, &task)
                }
            }
            return
        }
        var context = unsafe TaskContext<Body>(core, hasKey: true)
        for index in 0..<count {
            let key = unsafe keys[index]
            context.currentKey = key
            context.origin = origin
            context.requestTag = unsafe tags[index]
            let state = unsafe store.pointee.state(key)
            unsafe store.pointee.body.onRequest(values[index], &state.pointee, &context)
            if context.hasAftermath { finish(key, &context) }
            if context.origin != ReplyOrigin.none {
                unsafe core.leave(context.origin, tags[index])
            }
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
        let values = unsafe chunk.values(Reply.self)
        let count = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
        let tags = unsafe chunk.tags
        if unsafe chunk.pointee.isRefusal {
            for index in 0..<count {
                unsafe use.fail?(
                    tags[index],
                    AskFailure(rawValue: UInt8(truncatingIfNeeded: chunk.keys[index]))
                        ?? .replierFailed)
            }
            return
        }
        let frames = unsafe unsafeDowncast(
            core.frames.unsafelyUnwrapped, to: FrameSlab<Body.Memory>.self)
        let isGuarded = Body.canFail || guards
        var context = unsafe TaskContext<Body>(core, hasKey: true)
        for index in 0..<count {
            let tag = unsafe tags[index]
            if AskTag.isFuture(tag) || isGuarded {
                context.close()
                if AskTag.isFuture(tag) {
                    unsafe complete(tag, use, Reply.self, values[index], .cancelled)
                } else if let frame = frames.take(tag) {
                    attempt(
                        frame.key, frame.origin, 0,
                        describe: { unsafe eventText(values[index]) }
                    ) { body, state, task in
                        unsafe onReply(&body, values[index], frame.memory, &state, &task)
                    }
                }
                context.reload()
                continue
            }
            guard let frame = frames.take(tag) else { continue }
            context.currentKey = frame.key
            context.origin = frame.origin
            let state = unsafe store.pointee.state(frame.key)
            unsafe onReply(
                &store.pointee.body, values[index], frame.memory, &state.pointee, &context)
            if context.hasAftermath { finish(frame.key, &context) }
            if context.origin != ReplyOrigin.none { unsafe core.leave(context.origin, 0) }
        }
        context.close()
    }

    /// Ends a future: with a reply, or with a failure where there is none.
    @inlinable @inline(never)
    func complete<Reply: Event>(
        _ tag: UInt64, _ use: AskUse, _: Reply.Type, _ reply: Reply?, _ failure: AskFailure
    ) {
        let futures = unsafe unsafeDowncast(
            use.futures.unsafelyUnwrapped, to: FutureSlab<Body, Reply>.self)
        guard let frame = futures.take(tag) else { return }
        guard let continuation = frame.memory.continuation else {
            return unsafe core.partition.leaveUnawaited(frame.origin)
        }
        // In a step that is lost already, too: a wait of several counts what has come.
        attempt(
            frame.key, frame.origin, 0, skipsLost: false,
            describe: { reply.map { eventText($0) } ?? "" }
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
        unsafe core.endDeferred()
    }

    @inlinable
    func endStream() {
        attempt(nil, ReplyOrigin.none, 0, describe: { "the end of the stream" }) {
            body, _, task in
            body.onComplete(&task)
        }
    }

    // MARK: Guard

    /// Does what a handler asked to be done when it has returned. The context stays in registers:
    /// only the core goes out of line.
    @inlinable @inline(__always)
    func finish(_ key: Key, _ context: inout TaskContext<Body>) {
        context.hasAftermath = false
        context.close()
        finish(key)
        context.reload()
    }

    @inlinable @inline(never)
    func finish(_ key: Key) {
        if unsafe core.removesState {
            unsafe core.removesState = false
            remove(key)
        }
        unsafe core.endCancelled()
    }

    @inlinable
    func remove(_ key: Key) {
        if unsafe store.pointee.isKeyed {
            _ = unsafe store.pointee.table.remove(key)
        } else {
            unsafe store.pointee.single.pointee = unsafe store.pointee.body.initialState()
        }
    }

    /// Runs one handler so that nothing of it remains if it fails.
    ///
    /// - Parameter skipsLost: do not run it where the atom will be aborted anyhow.
    @inlinable
    func attempt(
        _ key: Key?, _ given: UInt64, _ tag: UInt64, skipsLost: Bool = true,
        describe: () -> String,
        _ handler: (inout Body, inout Body.State, inout TaskContext<Body>) -> Void
    ) {
        var origin = given
        if guards && origin != ReplyOrigin.none {
            origin = unsafe core.partition.keep(origin, tag)
        }
        if unsafe skipsLost && core.partition.hasFailed {
            if origin != ReplyOrigin.none { unsafe core.leave(origin, tag) }
            return
        }
        var context = unsafe TaskContext<Body>(core, hasKey: key != nil)
        context.currentKey = unsafe key ?? core.partition.ownKey
        context.origin = origin
        context.requestTag = tag
        let stateKey = key ?? 0
        let touchesState = key != nil
        if guards { unsafe store.pointee.remember(touchesState ? stateKey : nil) }
        var before: Body.State?
        var bodyBefore: Body?
        var wasEnded = false
        if Body.canFail {
            wasEnded = unsafe core.partition.hasEnded(origin)
            unsafe core.markHandler()
            bodyBefore = unsafe store.pointee.body
            if touchesState { before = unsafe store.pointee.before(stateKey) }
        }
        let state = unsafe touchesState ? store.pointee.state(stateKey) : store.pointee.single
        unsafe handler(&store.pointee.body, &state.pointee, &context)
        context.close()
        if unsafe !Body.canFail || !core.hasFailed {
            if context.hasAftermath { finish(stateKey, &context) }
            if context.origin != ReplyOrigin.none { unsafe core.leave(context.origin, tag) }
            if Body.canFail { unsafe core.outlet.pushFull() }
        } else {
            unsafe core.hasFailed = false
            unsafe core.rewindHandler()
            if let bodyBefore { unsafe store.pointee.body = bodyBefore }
            if touchesState { unsafe store.pointee.restore(stateKey, before) }
            unsafe core.report(
                error: core.failure, event: describe(), key: stateKey)
            // As if it had not run: its request ends only if nothing else could answer it.
            if ReplyOrigin.isOpen(context.origin) { origin = context.origin }
            if origin != ReplyOrigin.none {
                if !wasEnded { unsafe core.partition.reopen(origin) }
                unsafe core.leave(origin, tag)
            }
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
        onReply:
            @escaping @Sendable (
                inout Body, Reply, Body.Memory, inout Body.State, inout TaskContext<Body>
            ) -> Void,
        onFailure:
            @escaping @Sendable (
                inout Body, AskFailure, Body.Memory, inout Body.State, inout TaskContext<Body>
            ) -> Void
    ) {
        self.init(
            portal: asked.definition, requestLayout: ChunkLayout(of: Request.self, tagged: true)
        ) { part, use in
            let frames = unsafe unsafeDowncast(
                part.core.frames.unsafelyUnwrapped, to: FrameSlab<Body.Memory>.self)
            let futures = FutureSlab<Body, Reply>(isFuture: true)
            use.futures = futures
            use.pendingFutures = { futures.count }
            if unsafe part.core.partition.worker.recorder != nil {
                use.replyShape = DigestShape.of(Reply.self)
            }
            unsafe use.deliver = { chunk in
                unsafe part.handle(replies: chunk, Reply.self, use, onReply)
            }
            use.fail = { [unowned(unsafe) use] tag, failure in
                if AskTag.isFuture(tag) {
                    unsafe part.complete(tag, use, Reply.self, nil, failure)
                } else if let frame = frames.take(tag) {
                    part.attempt(
                        frame.key, frame.origin, 0, describe: { failure.text }
                    ) { body, state, task in
                        onFailure(&body, failure, frame.memory, &state, &task)
                    }
                }
            }
            use.forget = { tag in
                if AskTag.isFuture(tag) {
                    return futures.take(tag)?.origin ?? ReplyOrigin.none
                }
                return frames.take(tag)?.origin ?? ReplyOrigin.none
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

/// Makes a node that takes chunks of `Input` and gives chunks of `Output`.
@inlinable @inline(__always)
func makeNode<Input, Output>(
    _: Input.Type, _: Output.Type, _ partition: Partition, _ definition: NodeDefinition,
    _ outlet: Outlet
) -> Node {
    let node = unsafe Node(
        partition: partition, definition: definition, index: definition.index, outlet: outlet,
        copyChunk: makeCopier(Input.self, partition))
    unsafe node.copyOutput = unsafe makeCopier(Output.self, partition)
    if unsafe partition.worker.recorder != nil {
        node.inputShape = DigestShape.of(Input.self)
        node.setDigest(DigestShape.of(Output.self))
    }
    if let watch = unsafe partition.worker.watch, watch.wants(definition) {
        let path = definition.path
        unsafe node.watch { [unowned(unsafe) partition] chunk, _ in
            unsafe watch.show(chunk, Output.self, partition, path)
        }
    }
    return node
}

/// Copies chunks of a type into a partition's own pool, with keys from elsewhere.
@inlinable
func makeCopier<Element>(
    _: Element.Type, _ partition: Partition
) -> (ChunkPointer, KeyColumn?) -> ChunkPointer {
    let pool = unsafe partition.worker.pool
    // Chunks refer to the layout's element kind without counting: the closure keeps it.
    let standard = ChunkLayout(of: Element.self)
    return { chunk, keys in
        let count = unsafe Int(chunk.pointee.count)
        var layout = standard
        unsafe layout.widen(atLeast: chunk.pointee.count, stride: MemoryLayout<Element>.stride)
        let copy = unsafe pool.take(layout)
        unsafe copy.values(Element.self).initialize(from: chunk.values(Element.self), count: count)
        if let keys = unsafe keys { unsafe copy.keys.update(from: keys, count: count) }
        unsafe copy.pointee.isKeyed = unsafe keys != nil
        unsafe copy.pointee.count = Int32(count)
        return unsafe copy
    }
}
