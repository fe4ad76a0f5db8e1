// The loops of a task over its events, and what it does at the end of an atom and of the stream.

extension TaskPart {
    /// Runs the handler of each event of a chunk.
    @inlinable @inline(__always)
    func handle(_ chunk: ChunkPointer, _ keys: KeyColumn?) {
        let values = unsafe chunk.values(Body.Input.self)
        let count = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
        if Body.canFail || guards { return unsafe handleGuarded(values, keys, count) }
        var context = unsafe TaskContext<Body>(core, hasKey: true)
        if let keys = unsafe keys {
            if unsafe MemoryLayout<Body.State>.size > 0 && store.pointee.isKeyed {
                if unsafe store.pointee.table.marks == nil {
                    unsafe handleKeyed(values, keys, count, isTracked: false, &context)
                } else {
                    unsafe handleTracked(values, keys, count, &context)
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

    /// The loop over keyed events. Constant in each of its uses, `isTracked` leaves one of the two
    /// ways to a state in it.
    @inlinable @inline(__always)
    func handleKeyed(
        _ values: UnsafeMutablePointer<Body.Input>, _ keys: KeyColumn, _ count: Int,
        isTracked: Bool, _ context: inout TaskContext<Body>
    ) {
        unsafe forEachKey(keys, count) { index, key in
            context.currentKey = key
            let state =
                unsafe isTracked
                ? store.pointee.trackedState(key) : store.pointee.keyedState(key)
            unsafe store.pointee.body.onEvent(values[index], &state.pointee, &context)
            if context.hasAftermath { finish(key, &context) }
        }
    }

    /// Calls a closure for each key in order, when the lines of its state have been asked for.
    @inlinable @inline(__always)
    func forEachKey(_ keys: KeyColumn, _ count: Int, _ body: (_ index: Int, Key) -> Void) {
        var index = 0
        while index < count {
            let end = unsafe store.pointee.prefetch(keys, from: index, count)
            while index < end {
                body(index, unsafe keys[index])
                index &+= 1
            }
        }
    }

    /// The same in a site that takes snapshots, out of the way of the other.
    @inlinable @inline(never)
    func handleTracked(
        _ values: UnsafeMutablePointer<Body.Input>, _ keys: KeyColumn, _ count: Int,
        _ context: inout TaskContext<Body>
    ) {
        unsafe handleKeyed(values, keys, count, isTracked: true, &context)
    }

    /// The same where handlers can fail, or their atom be aborted.
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
}
