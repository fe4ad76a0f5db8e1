// What a handler is given besides its event and state: emit, ask, reply, time, randomness.

/// The current step, as a handler sees it; valid during the call only.
///
/// - Ownership: the runtime's; passed `inout`, it cannot be kept.
/// - Cost: `emit` and `reply` are two stores; `ask` with a remembered value adds a slot in a slab; an ask
///   with a closure allocates.
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
    @usableFromInline var removesState = false
    /// The request being handled, or answered in a continuation.
    @usableFromInline var origin = ReplyOrigin.none
    @usableFromInline var requestTag: UInt64 = 0
    /// Asks made so far: a request's handler that made one may answer in its continuation.
    @usableFromInline var askCount = 0

    @inlinable @inline(__always)
    init(_ core: TaskCore, hasKey: Bool) {
        self.core = core
        self.hasKey = hasKey
        currentKey = 0
        count = core.outlet.buffer.count
        capacity = core.outlet.buffer.capacity
        if let chunk = core.outlet.buffer.chunk {
            values = chunk.values(Body.Output.self)
            keys = chunk.keys
        } else {
            values = UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped
            keys = KeyColumn(bitPattern: 64).unsafelyUnwrapped
        }
    }

    /// Hands what was emitted back to the outlet.
    @inlinable @inline(__always)
    func close() { core.outlet.buffer.count = count }

    // MARK: The step

    /// The key of the event, request or reply being handled.
    ///
    /// - Errors: traps in `onAtomComplete` and `onComplete`, where there is none.
    @inlinable public var key: Key {
        precondition(hasKey, "there is no current key at the end of an atom or a stream")
        return currentKey
    }

    /// The recorded time of the step: nanoseconds since launch, never decreasing.
    @inlinable public var time: UInt64 { core.partition.step.time }
    /// The place of the step in the total order of the workflow's steps.
    @inlinable public var step: UInt64 { core.partition.step.number }
    /// This partition, in `0..<partitionCount`.
    @inlinable public var partition: Int { core.partition.index }
    @inlinable public var partitionCount: Int { core.partition.partitionCount }
    /// A random number that replay repeats.
    public mutating func random() -> UInt64 { core.random() }

    // MARK: Emit

    /// Emits an event under the current key; in `onAtomComplete` and `onComplete` under a key of the
    /// partition's own.
    @inlinable @inline(__always)
    public mutating func emit(_ event: Body.Output) { emit(event, key: currentKey) }

    /// Emits an event under a key of your own; for `onAtomComplete` and `onComplete`. The event stays on
    /// this partition until the next `key`.
    @inlinable @inline(__always)
    public mutating func emit(_ event: Body.Output, key: Key) {
        if count == capacity { makeRoom() }
        (values + count).initialize(to: event)
        keys[count] = key
        count &+= 1
    }

    @usableFromInline @inline(never)
    mutating func makeRoom() {
        core.outlet.buffer.count = count
        core.outlet.makeRoom()
        let chunk = core.outlet.buffer.chunk.unsafelyUnwrapped
        values = chunk.values(Body.Output.self)
        keys = chunk.keys
        count = core.outlet.buffer.count
        capacity = core.outlet.buffer.capacity
    }

    /// Reloads the open chunk after the outlet was changed behind the context.
    @usableFromInline
    mutating func reload() {
        count = core.outlet.buffer.count
        capacity = core.outlet.buffer.capacity
        if let chunk = core.outlet.buffer.chunk {
            values = chunk.values(Body.Output.self)
            keys = chunk.keys
        }
    }

    // MARK: State

    /// Forgets the state of the current key when the handler has returned.
    @inlinable public mutating func removeState() { removesState = true }

    // MARK: Reply

    /// Answers the request that is being handled, or whose continuation this is.
    ///
    /// - Errors: traps where there is no request, or on a second reply to it: that is the replier's bug.
    @inlinable @inline(__always)
    public mutating func reply(_ value: Body.Reply) {
        let origin = takeOrigin()
        core.replies(to: origin).buffers[ReplyOrigin.partition(origin)].append(
            value, key: 0, tag: requestTag, use: ReplyOrigin.use(origin),
            layout: core.replyLayout.unsafelyUnwrapped, pool: core.outlet.pool)
    }

    /// Refuses the request that is being handled: its future ends with `replierFailed`.
    public mutating func refuse() { core.refuse(takeOrigin(), requestTag, .replierFailed) }

    /// A request was neither answered nor asked about: it never will be answered.
    @inlinable var leavesRequest: Bool { origin != ReplyOrigin.none && askCount == 0 }

    @inlinable @inline(__always)
    mutating func takeOrigin() -> UInt64 {
        precondition(
            origin != ReplyOrigin.none,
            "a reply without a request: none is being handled, or it was answered before")
        let taken = origin
        origin = ReplyOrigin.none
        return taken
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
        let use = core.use(of: portal.definition)
        let frames = unsafeDowncast(core.frames.unsafelyUnwrapped, to: FrameSlab<Body.Memory>.self)
        let tag = frames.insert(
            Frame(key: currentKey, origin: origin, requestTag: requestTag, memory: memory))
        askCount &+= 1
        send(portal, request, tag, use)
        if let timeoutNanoseconds { core.expect(tag, use, within: timeoutNanoseconds) }
    }

    /// Asks a portal; await the future in this handler.
    @inlinable
    @discardableResult
    public mutating func ask<Request, Reply>(
        _ portal: Portal<Request, Reply>, _ request: Request, timeoutNanoseconds: UInt64? = nil
    ) -> Future<Reply> {
        let use = core.use(of: portal.definition)
        let futures = unsafeDowncast(
            use.futures.unsafelyUnwrapped, to: FutureSlab<Body, Reply>.self)
        let tag = futures.insert(
            Frame(
                key: currentKey, origin: origin, requestTag: requestTag,
                memory: Awaiting(continuation: nil)))
        askCount &+= 1
        send(portal, request, tag, use)
        if let timeoutNanoseconds { core.expect(tag, use, within: timeoutNanoseconds) }
        return Future(tag: tag, use: use.index)
    }

    @inlinable @inline(__always)
    func send<Request, Reply>(
        _ portal: Portal<Request, Reply>, _ request: Request, _ tag: UInt64, _ use: AskUse
    ) {
        let key = if let keyedBy = portal.keyedBy { keyedBy(request) } else { currentKey }
        let requests = use.requests
        requests.buffers[PortalsCore.partition(of: key, count: requests.count)].append(
            request, key: key, tag: tag, use: use.index, layout: requests.layout,
            pool: core.outlet.pool)
    }

    /// An ask ended without a reply and the task has no handler for that.
    @usableFromInline
    func reportUnhandled(_ failure: AskFailure) {
        core.report(
            error: "an ask ended without a reply: \(failure.text)", event: "", key: currentKey,
            origin: origin, tag: requestTag)
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
