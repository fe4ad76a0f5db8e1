// The loop of a task over the requests of a portal that it answers.

extension TaskPart {
    /// Runs the handler of each request of a chunk.
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
        unsafe forEachKey(keys, count) { index, key in
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
}
