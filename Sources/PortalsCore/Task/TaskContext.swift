// What a handler is given besides its event and state: emit, ask, reply, time, randomness.

/// The current step, as a handler sees it; valid during the call only.
///
/// - Ownership: the runtime's; passed `inout`, it cannot be kept.
/// - Cost: `emit` and `reply` are two stores; `ask` with a remembered value adds a slot in a slab;
///   an ask with a closure allocates.
@safe @frozen
public struct TaskContext<Body: TaskBody>: ~Copyable {
    @usableFromInline unowned(unsafe) let core: TaskCore
    /// The open chunk of the outlet, unpacked: no class field is touched for an event.
    @usableFromInline var values: UnsafeMutablePointer<Body.Output>
    @usableFromInline var keys: KeyColumn
    @usableFromInline var count: Int
    @usableFromInline var capacity: Int
    /// The key of the event being handled; `nil` inside `onAtomComplete` and `onComplete`.
    @usableFromInline var currentKey: Key
    @usableFromInline var hasKey: Bool
    /// State is to be removed, or futures were given up: looked at when the handler has returned.
    @usableFromInline var hasAftermath = false
    /// What asks and replies touch, unpacked from the core for the same reason.
    @usableFromInline let asks: UnsafeMutablePointer<AskLine>
    @usableFromInline let askLineCount: Int
    @usableFromInline let frames: UnsafeMutableRawPointer?
    @usableFromInline let replyBuffers: UnsafeMutablePointer<UnsafeMutablePointer<PartBuffer>>
    @usableFromInline let replyLayout: UnsafePointer<ChunkLayout>
    /// The request being handled, or answered in a continuation.
    @usableFromInline var origin = ReplyOrigin.none
    @usableFromInline var requestTag: UInt64 = 0

    @inlinable @inline(__always)
    init(_ core: TaskCore, hasKey: Bool) {
        unsafe self.core = core
        self.hasKey = hasKey
        currentKey = 0
        unsafe asks = unsafe core.asks
        askLineCount = core.askCount
        unsafe frames = unsafe core.frames.map { unsafe Unmanaged.passUnretained($0).toOpaque() }
        unsafe replyBuffers = unsafe core.partition.replyBuffers
        // A body that replies to nothing has no values to lay out.
        unsafe replyLayout = unsafe UnsafePointer(
            core.replyLayout?.pointer ?? core.outlet.layout.pointer)
        count = unsafe core.outlet.buffer.pointee.count
        capacity = unsafe core.outlet.buffer.pointee.capacity
        if let chunk = unsafe core.outlet.buffer.pointee.chunk {
            unsafe values = unsafe chunk.values(Body.Output.self)
            unsafe keys = unsafe chunk.keys
        } else {
            unsafe values = unsafe UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped
            unsafe keys = unsafe KeyColumn(bitPattern: 64).unsafelyUnwrapped
        }
    }

    /// Hands what was emitted back to the outlet.
    @inlinable @inline(__always)
    func close() { unsafe core.outlet.buffer.pointee.count = count }

    // MARK: The step

    /// The key of the event, request or reply being handled.
    ///
    /// - Errors: traps in `onAtomComplete` and `onComplete`, where there is none.
    @inlinable public var key: Key {
        precondition(hasKey, "there is no current key at the end of an atom or a stream")
        return currentKey
    }

    /// The recorded time of the step: nanoseconds since launch, never decreasing.
    @inlinable public var time: UInt64 { unsafe core.partition.step.time }
    /// The place of the step in the total order of the workflow's steps.
    @inlinable public var step: UInt64 { unsafe core.partition.step.number }
    /// This partition, in `0..<partitionCount`.
    @inlinable public var partition: Int { unsafe core.partition.index }
    /// How many partitions the workflow has.
    @inlinable public var partitionCount: Int { unsafe core.partition.partitionCount }
    /// A random number that replay repeats.
    @inlinable public mutating func random() -> UInt64 { unsafe core.random() }

    // MARK: Emit

    /// Emits an event under the current key; in `onAtomComplete` and `onComplete` under a key of
    /// the partition's own.
    @inlinable @inline(__always)
    public mutating func emit(_ event: Body.Output) { emit(event, key: currentKey) }

    /// Emits an event under a key of your own; for `onAtomComplete` and `onComplete`. The event
    /// stays on this partition until the next `key`.
    @inlinable @inline(__always)
    public mutating func emit(_ event: Body.Output, key: Key) {
        if count == capacity { makeRoom() }
        unsafe (values + count).initialize(to: event)
        unsafe keys[count] = key
        count &+= 1
    }

    /// Only the core goes out of line: a context whose address is taken lives on the stack, each of
    /// its fields stored and loaded again for every event.
    @inlinable @inline(__always)
    mutating func makeRoom() {
        let chunk = unsafe core.makeRoom(count: count)
        unsafe values = unsafe chunk.values(Body.Output.self)
        unsafe keys = unsafe chunk.keys
        count = 0
        capacity = unsafe Int(truncatingIfNeeded: chunk.pointee.capacity)
    }

    /// Reloads the open chunk after the outlet was changed behind the context.
    @inlinable @inline(__always)
    mutating func reload() {
        count = unsafe core.outlet.buffer.pointee.count
        capacity = unsafe core.outlet.buffer.pointee.capacity
        if let chunk = unsafe core.outlet.buffer.pointee.chunk {
            unsafe values = unsafe chunk.values(Body.Output.self)
            unsafe keys = unsafe chunk.keys
        }
    }

    // MARK: Failure

    /// Fails the handler: nothing that it did remains, and the workflow's failure policy says what
    /// follows. Return after it.
    ///
    /// - Errors: traps in a body that does not say that it `canFail`.
    @inlinable public mutating func fail(_ error: String) {
        precondition(
            Body.canFail, unsafe "\(core.path) fails without `static var canFail: Bool { true }`")
        unsafe core.hasFailed = true
        unsafe core.failure = error
    }

    // MARK: State

    /// Forgets the state of the current key when the handler has returned.
    ///
    /// - Errors: traps in `onAtomComplete` and `onComplete`, where there is none.
    @inlinable public mutating func removeState() {
        precondition(hasKey, "there is no current key at the end of an atom or a stream")
        unsafe core.removesState = true
        hasAftermath = true
    }

    /// Calls a closure with every key of this task and partition, and its state, in an order that
    /// is a function of the keys' history; on a flow without keys, once with key 0 and the one
    /// state of the partition. For `onAtomComplete` and `onComplete`.
    ///
    /// - Cost: a walk over the table. Where what handlers do can be undone (the body `canFail`, or
    ///   the workflow aborts atoms), a copy of all states besides.
    @inlinable
    public func forEachState(_ body: (Key, inout Body.State) -> Void) {
        let store = unsafe core.store.unsafelyUnwrapped.assumingMemoryBound(
            to: TaskStore<Body>.self)
        unsafe store.pointee.table.touchAll()
        if unsafe Body.canFail || store.pointee.log != nil { unsafe keepStates(store) }
        unsafe store.pointee.table.updateAll { key, state in body(key, &state) }
        if unsafe !store.pointee.isKeyed && MemoryLayout<Body.State>.size > 0 {
            unsafe body(0, &store.pointee.single.pointee)
        }
    }

    /// Keeps all states as they are, for the undo of this handler and of its atom.
    @inlinable @inline(never)
    func keepStates(_ store: UnsafeMutablePointer<TaskStore<Body>>) {
        var before: [TaskStore<Body>.Change] = []
        unsafe store.pointee.table.updateAll { key, state in
            before.append(TaskStore<Body>.Change(key: key, before: state))
        }
        if unsafe !store.pointee.isKeyed {
            before.append(
                TaskStore<Body>.Change(key: 0, before: unsafe store.pointee.single.pointee))
        }
        unsafe store.pointee.log?.append(contentsOf: before)
        if !Body.canFail { return }
        // The store outlives the handler, and so what it may undo.
        unsafe core.undoesStates.append {
            for change in before { unsafe store.pointee.restore(change.key, change.before) }
        }
    }

    // MARK: Reply

    /// Answers the request that is being handled, or whose continuation this is.
    ///
    /// A request that no handler answers, and for which no ask is open any more, ends with
    /// `replierFailed` of itself.
    ///
    /// - Errors: traps where there is no request, or on a second reply to it, also by another
    ///   handler of it: that is the replier's bug.
    @inlinable @inline(__always)
    public mutating func reply(_ value: Body.Reply) {
        let origin = origin
        // None, or open: both have the highest bit.
        if origin >> 63 != 0 {
            return unsafe core.reply(value, toOpen: origin, layout: replyLayout)
        }
        self.origin = ReplyOrigin.none
        unsafe replyBuffers[ReplyOrigin.channel(origin)][ReplyOrigin.partition(origin)].append(
            value, key: 0, tag: requestTag, use: ReplyOrigin.use(origin), layout: replyLayout)
    }

    /// Refuses the request that is being handled: its future ends with `replierFailed`.
    @inlinable public mutating func refuse() {
        if origin >> 63 != 0 {
            // It stays this handler's to leave when it returns.
            let request = unsafe core.end(origin)
            unsafe core.refuse(request.origin, request.tag, .replierFailed)
        } else {
            unsafe core.refuse(origin, requestTag, .replierFailed)
            origin = ReplyOrigin.none
        }
    }

    /// The request that an ask is made for stays open until the ask has ended.
    @inlinable @inline(__always)
    mutating func holdOrigin() {
        if origin != ReplyOrigin.none { origin = unsafe core.partition.hold(origin, requestTag) }
    }

    // MARK: Ask

    /// Asks a portal and remembers a value for the task's handler of replies.
    ///
    /// - Cost: no allocation in steady state; the frame is plain data.
    @inlinable @inline(__always)
    public mutating func ask<Request, Reply>(
        _ portal: Portal<Request, Reply>, _ request: Request, remembering memory: Body.Memory,
        timeoutNanoseconds: UInt64? = nil
    ) {
        let line = unsafe line(of: portal.definition)
        holdOrigin()
        let frame = Frame(key: currentKey, origin: origin, memory: memory)
        let tag = unsafe Unmanaged<FrameSlab<Body.Memory>>.fromOpaque(frames.unsafelyUnwrapped)
            ._withUnsafeGuaranteedRef { $0.insert(frame) }
        unsafe send(portal, request, tag, line)
        if let timeoutNanoseconds {
            unsafe core.expect(tag, core.use(line.pointee.index), within: timeoutNanoseconds)
        }
    }

    /// Asks a portal; await the future in this handler.
    @inlinable
    @discardableResult
    public mutating func ask<Request, Reply>(
        _ portal: Portal<Request, Reply>, _ request: Request, timeoutNanoseconds: UInt64? = nil
    ) -> Future<Reply> {
        let line = unsafe line(of: portal.definition)
        let use = unsafe core.use(line.pointee.index)
        let futures = unsafe unsafeDowncast(
            use.futures.unsafelyUnwrapped, to: FutureSlab<Body, Reply>.self)
        holdOrigin()
        let tag = futures.insert(
            Frame(key: currentKey, origin: origin, memory: Awaiting(continuation: nil)))
        unsafe send(portal, request, tag, line)
        if let timeoutNanoseconds { unsafe core.expect(tag, use, within: timeoutNanoseconds) }
        return Future(tag: tag, use: use.index)
    }

    /// Waits: an ask of a portal that is never sent, and so ends with `timedOut` when its time has
    /// come. What was remembered goes to the task's handler of failed asks, under the current key.
    ///
    /// A request that is being handled stays open meanwhile, as with any ask.
    /// - Parameter portal: one that the task asks; nothing reaches it.
    /// - Parameter nanoseconds: from the recorded time of this step.
    /// - Cost: a slot in a slab; its place among the time-outs of the partition, which is looked
    ///   through when one of them is due.
    @inlinable
    public mutating func pause<Request, Reply>(
        on portal: Portal<Request, Reply>, nanoseconds: UInt64, remembering memory: Body.Memory
    ) {
        let line = unsafe line(of: portal.definition)
        holdOrigin()
        let tag = unsafe unsafeDowncast(
            core.frames.unsafelyUnwrapped, to: FrameSlab<Body.Memory>.self
        ).insert(Frame(key: currentKey, origin: origin, memory: memory))
        unsafe core.expect(tag, core.use(line.pointee.index), within: nanoseconds)
    }

    /// The task's ask of a portal.
    @inlinable @inline(__always)
    func line(of portal: PortalDefinition) -> UnsafeMutablePointer<AskLine> {
        let identity = unsafe Unmanaged.passUnretained(portal).toOpaque()
        var line = unsafe asks
        let end = unsafe asks + askLineCount
        while unsafe line < end {
            if unsafe line.pointee.portal == identity { return unsafe line }
            unsafe line += 1
        }
        unsafe core.undeclared(portal)
    }

    @inlinable @inline(__always)
    mutating func send<Request, Reply>(
        _ portal: Portal<Request, Reply>, _ request: Request, _ tag: UInt64,
        _ line: UnsafeMutablePointer<AskLine>
    ) {
        let key = if let keyedBy = portal.keyedBy { keyedBy(request) } else { currentKey }
        let target = unsafe PortalsCore.partition(of: key, count: line.pointee.partitionCount)
        unsafe line.pointee.buffers[target].append(
            request, key: key, tag: tag, use: line.pointee.index, layout: line.pointee.layout)
    }

    /// An ask ended without a reply and the task has no handler for that.
    @inlinable @inline(never)
    func reportUnhandled(_ failure: AskFailure) {
        unsafe core.report(
            error: "an ask ended without a reply: \(failure.text)", event: "", key: currentKey)
    }
}

extension AskFailure {
    /// The failure in words.
    public var text: String {
        switch self {
        case .noReplier: "the replying application was stopped"
        case .replierFailed: "the replier failed"
        case .timedOut: "timed out"
        case .cancelled: "cancelled"
        }
    }
}
