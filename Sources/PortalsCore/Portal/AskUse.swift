// One task's use of one portal, on one partition: the requests of the step, and what their replies
// are handed to.

@safe @usableFromInline
final class AskUse {
    @usableFromInline let portal: PortalDefinition
    /// Its number among the asks of the workflow; requests and replies carry it.
    @usableFromInline let index: UInt16
    /// Which of the workflow's outgoing channels the requests take.
    let channel: Int
    /// The level of the task that asks.
    let level: Int
    /// The requests of the step, one buffer a partition of the replier.
    @usableFromInline let requests: PartBuffers
    /// Hands a chunk of replies to the task.
    @usableFromInline var deliver: ((ChunkPointer) -> Void)?
    /// Ends an ask without a reply.
    @usableFromInline var fail: ((_ tag: UInt64, AskFailure) -> Void)?
    /// Frees the slot of an ask that never was, or whose asker was stopped; says what request the
    /// ask was made for.
    @usableFromInline var forget: ((_ tag: UInt64) -> UInt64)?
    /// The key that an ask was made under; nil if it has ended.
    @usableFromInline var key: ((_ tag: UInt64) -> Key?)?
    /// How many futures have not ended.
    @usableFromInline var pendingFutures: (() -> Int)?
    /// What a digest takes in of replies; nil where none is taken.
    @usableFromInline var replyShape: DigestShape?
    /// `FutureSlab<Body, Reply>`.
    @usableFromInline var futures: AnyObject?

    @usableFromInline
    init(
        portal: PortalDefinition, index: UInt16, channel: Int, level: Int, requests: PartBuffers
    ) {
        self.portal = portal
        self.index = index
        self.channel = channel
        self.level = level
        self.requests = requests
    }
}

/// What awaits a future: called with the reply or the failure, under the asker's key.
@usableFromInline
typealias Continuation<Body: TaskBody, Reply> = (
    _ reply: Reply?, _ failure: AskFailure, inout Body.State, inout TaskContext<Body>
) -> Void

/// Whether a future was awaited, and by what.
@usableFromInline
struct Awaiting<Body: TaskBody, Reply: Event> {
    @usableFromInline var continuation: Continuation<Body, Reply>?
    @usableFromInline init(continuation: Continuation<Body, Reply>?) {
        self.continuation = continuation
    }
}

@usableFromInline
typealias FutureSlab<Body: TaskBody, Reply: Event> = FrameSlab<Awaiting<Body, Reply>>

/// A time-out that is still to come.
struct AskDeadline {
    var time: UInt64
    var tag: UInt64
    /// The step that waits.
    var step: UInt64
    var use: UInt16
}
