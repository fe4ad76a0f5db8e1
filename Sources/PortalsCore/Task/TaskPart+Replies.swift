// The loop of a task over the replies to what it has asked.

extension TaskPart {
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
}
