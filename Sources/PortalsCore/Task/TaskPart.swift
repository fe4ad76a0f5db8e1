// One partition of a task. Everything of it is inlined into the user's module and specialised
// there: what the runtime then holds are closures that it calls once a chunk.

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
}
