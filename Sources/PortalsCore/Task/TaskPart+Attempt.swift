// Runs a handler that can fail, or whose atom can be aborted.

extension TaskPart {
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
