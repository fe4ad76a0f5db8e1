// The runtime side of a task on one partition: what its context reaches into.

@safe @usableFromInline
final class TaskCore {
    @usableFromInline unowned(unsafe) let partition: Partition
    @usableFromInline let outlet: Outlet
    /// The node's place and path, for errors and random numbers.
    let index: Int
    @usableFromInline let path: String
    @usableFromInline var uses: [AskUse] = []
    /// The `TaskStore<Body>`.
    @usableFromInline var store: UnsafeMutableRawPointer?
    /// `FrameSlab<Body.Memory>`, where the task asks.
    @usableFromInline var frames: AnyObject?
    /// How replies of this task are laid out.
    @usableFromInline var replyLayout: FixedLayout?
    /// What an ask needs, at a fixed address: one line a portal, in the order of `uses`.
    @usableFromInline let asks: UnsafeMutablePointer<AskLine>
    @usableFromInline var askCount = 0
    /// The current handler has failed, and with what.
    @usableFromInline var hasFailed = false
    @usableFromInline var failure = ""
    /// The current handler forgets its state when it has returned.
    @usableFromInline var removesState = false
    /// Futures that the current handler has given up.
    @usableFromInline var cancelled: [Cancellation] = []
    /// Undo what the current handler changed by going over all states, oldest first.
    @usableFromInline var undoesStates: [() -> Void] = []
    /// Requests whose replies were put off; empty between steps.
    var deferred: [UInt64] = []
    /// How many of them there were before the current handler, and which it has answered.
    var deferredMark = 0
    var answered: [UInt64] = []
    var deadlines: [AskDeadline] = []
    private var randomState: UInt64 = 0
    private var randomStep = UInt64.max
    /// Where the current handler's asks and replies began, for undo.
    private var marks: [PartBuffer.Mark] = []
    private var deadlineMark = 0

    @usableFromInline
    init(partition: Partition, outlet: Outlet, index: Int, path: String) {
        unsafe self.partition = partition
        self.outlet = outlet
        self.index = index
        self.path = path
        unsafe asks = .allocate(capacity: Self.asksMax)
    }

    deinit { unsafe asks.deallocate() }

    /// More portals than any task has reason to ask.
    static let asksMax = 64

    @usableFromInline
    func add(_ use: AskUse) {
        precondition(askCount < Self.asksMax, "\(path) asks more than \(Self.asksMax) portals")
        unsafe (asks + askCount).initialize(
            to: AskLine(
                portal: Unmanaged.passUnretained(use.portal).toOpaque(),
                buffers: use.requests.buffers, layout: UnsafePointer(use.requests.layout.pointer),
                partitionCount: use.requests.count, index: use.index))
        askCount += 1
        uses.append(use)
    }

    /// The task's use of a portal.
    @inlinable
    func use(_ index: UInt16) -> AskUse {
        for use in uses where use.index == index { return use }
        preconditionFailure("\(path) has no ask \(index)")
    }

    /// Passes the outlet's open chunk on, filled with `count` events; returns the empty next one.
    @usableFromInline @inline(never)
    func makeRoom(count: Int) -> ChunkPointer {
        unsafe outlet.buffer.pointee.count = count
        outlet.makeRoom()
        return unsafe outlet.buffer.pointee.chunk.unsafelyUnwrapped
    }

    @usableFromInline @inline(never)
    func undeclared(_ portal: PortalDefinition) -> Never {
        preconditionFailure(
            "\(path) asks \(portal.path) without saying so: name the portal in the task's `asks:`")
    }

    /// The next of the step's random numbers: a function of seed, workflow, step, partition and
    /// task.
    @usableFromInline
    func random() -> UInt64 {
        let step = unsafe partition.step.number
        if step != randomStep {
            randomStep = step
            randomState =
                unsafe partition.seed ^ (step &* 0x9E37_79B9_7F4A_7C15) ^ (UInt64(index) << 48)
                ^ (UInt64(partition.index) << 40)
        }
        randomState &+= 0x9E37_79B9_7F4A_7C15
        var z = randomState
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Refuses a request.
    @usableFromInline
    func refuse(_ origin: UInt64, _ tag: UInt64, _ failure: AskFailure) {
        unsafe partition.refuse(origin, tag, failure)
    }

    /// A handler answers or refuses an open request, or has none.
    @usableFromInline @inline(never)
    func end(_ origin: UInt64) -> (origin: UInt64, tag: UInt64) {
        precondition(
            origin != ReplyOrigin.none,
            "a reply without a request: none is being handled, or it was answered before")
        return unsafe partition.end(origin)
    }

    /// Answers an open request; it stays the handler's to leave when that returns.
    @inlinable @inline(never)
    func reply<Reply>(
        _ value: Reply, toOpen origin: UInt64, layout: UnsafePointer<ChunkLayout>
    ) {
        let request = end(origin)
        let buffers = unsafe partition.replyBuffers[ReplyOrigin.channel(request.origin)]
        unsafe buffers[ReplyOrigin.partition(request.origin)].append(
            value, key: 0, tag: request.tag, use: ReplyOrigin.use(request.origin), layout: layout)
    }

    /// A handler has returned that had a request in its hands.
    @usableFromInline
    func leave(_ origin: UInt64, _ tag: UInt64) {
        unsafe partition.leave(origin, tag, .replierFailed)
    }

    /// The handler that gave futures up has returned: they end, in its order.
    @usableFromInline
    func endCancelled() {
        if cancelled.isEmpty { return }
        let ending = cancelled
        cancelled.removeAll()
        for cancellation in ending {
            use(cancellation.use).fail?(cancellation.tag, .cancelled)
        }
    }

    @usableFromInline
    func expect(_ tag: UInt64, _ use: AskUse, within nanoseconds: UInt64) {
        let time = unsafe partition.step.time &+ nanoseconds
        deadlines.append(
            AskDeadline(time: time, tag: tag, step: unsafe partition.step.number, use: use.index))
        unsafe partition.noteDeadline(time)
    }

    /// Ends the asks whose time has come, the earliest first.
    func expire(_ now: UInt64) {
        guard !deadlines.isEmpty else { return }
        var due: [AskDeadline] = []
        deadlines.removeAll { deadline in
            if deadline.time <= now { due.append(deadline) }
            return deadline.time <= now
        }
        // Insertion sort: stable, and there are few.
        for end in due.indices {
            var index = end
            while index > 0 && due[index].time < due[index - 1].time {
                due.swapAt(index, index - 1)
                index -= 1
            }
        }
        for deadline in due {
            for use in uses where use.index == deadline.use { use.fail?(deadline.tag, .timedOut) }
        }
        // A step tells its leader the earliest only: the next is told when that is over.
        for deadline in deadlines { unsafe partition.noteDeadline(deadline.time) }
    }

    // MARK: Undo

    /// A step is undone, and with it what it waits for: also pauses, which have no request.
    func forgetDeadlines(ofStep step: UInt64) {
        for deadline in deadlines where deadline.step == step { forget(deadline) }
        deadlines.removeAll { $0.step == step }
    }

    private func forget(_ deadline: AskDeadline) {
        unsafe partition.forgetHold(use(deadline.use).forget!(deadline.tag))
    }

    /// Notes what was emitted, asked and replied so far.
    @usableFromInline
    func markHandler() {
        if !undoesStates.isEmpty { undoesStates.removeAll() }
        marks.removeAll(keepingCapacity: true)
        deferredMark = deferred.count
        answered.removeAll(keepingCapacity: true)
        deadlineMark = deadlines.count
        unsafe marks.append(outlet.buffer.pointee.mark)
        for use in uses {
            for index in 0..<use.requests.count {
                unsafe marks.append(use.requests.buffers[index].mark)
            }
        }
        for buffers in unsafe partition.replies {
            for index in 0..<buffers.count { unsafe marks.append(buffers.buffers[index].mark) }
        }
    }

    /// Takes back what was emitted, asked and replied since `markHandler`.
    @usableFromInline
    func rewindHandler() {
        removesState = false
        cancelled.removeAll()
        rewindDeferred()
        for undo in undoesStates.reversed() { undo() }
        undoesStates.removeAll()
        var next = 0
        func mark() -> PartBuffer.Mark {
            next += 1
            return marks[next - 1]
        }
        unsafe outlet.buffer.pointee.rewind(to: mark(), tagged: false) { _ in }
        for use in uses {
            for index in 0..<use.requests.count {
                unsafe use.requests.buffers[index].rewind(to: mark(), tagged: true) {
                    tag in unsafe partition.forgetHold(use.forget!(tag))
                }
            }
        }
        // Asks are forgotten by now; what remains of these are pauses.
        for deadline in deadlines[deadlineMark...] { forget(deadline) }
        deadlines.removeSubrange(deadlineMark...)
        for buffers in unsafe partition.replies {
            for index in 0..<buffers.count {
                unsafe buffers.buffers[index].rewind(to: mark(), tagged: false) { _ in }
            }
        }
    }

    /// The handler of an event, request or reply has failed.
    @usableFromInline
    func report(error: String, event: String, key: Key) {
        unsafe partition.handlerFailed(
            DeadLetter(
                task: path, step: partition.step.number, partition: partition.index, key: key,
                error: error, event: event))
    }
}

/// What an ask touches, unpacked: no class is touched for a request.
@safe @frozen @usableFromInline
struct AskLine {
    /// The identity of the portal's definition, which its use keeps.
    @usableFromInline var portal: UnsafeMutableRawPointer
    @usableFromInline var buffers: UnsafeMutablePointer<PartBuffer>
    @usableFromInline var layout: UnsafePointer<ChunkLayout>
    @usableFromInline var partitionCount: Int
    @usableFromInline var index: UInt16

    @usableFromInline
    init(
        portal: UnsafeMutableRawPointer, buffers: UnsafeMutablePointer<PartBuffer>,
        layout: UnsafePointer<ChunkLayout>, partitionCount: Int, index: UInt16
    ) {
        unsafe self.portal = unsafe portal
        unsafe self.buffers = unsafe buffers
        unsafe self.layout = unsafe layout
        self.partitionCount = partitionCount
        self.index = index
    }
}

/// What became of an event whose handler failed.
public struct DeadLetter: Event, Equatable {
    /// The path of the task.
    public var task: String
    /// The step of its workflow.
    public var step: UInt64
    /// The partition on which the handler ran.
    public var partition: Int
    /// The key under which the handler ran.
    public var key: Key
    /// What the handler threw.
    public var error: String
    /// The event, request or reply, as text.
    public var event: String
}
