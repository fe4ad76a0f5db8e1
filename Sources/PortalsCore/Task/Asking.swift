// A portal that a task asks: where its requests come from and its replies go.

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
            use.key = { tag in
                AskTag.isFuture(tag) ? futures.key(of: tag) : frames.key(of: tag)
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
