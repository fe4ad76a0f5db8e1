// The convenient form of asking: closures over futures. Replayed after a crash like any handler;
// only remembered frames may be pending when a snapshot is taken.

extension TaskContext {
    /// Runs a closure with the reply, in a later step, under the current key.
    ///
    /// - Errors: a future that ends without a reply runs `onFailure`, or goes to the dead letters.
    ///   Traps if the future was not made in this handler, or is awaited twice.
    @inlinable
    public mutating func await<Reply>(
        _ future: Future<Reply>,
        _ body: @escaping (Reply, inout Body.State, inout TaskContext<Body>) -> Void,
        onFailure: ((AskFailure, inout Body.State, inout TaskContext<Body>) -> Void)? = nil
    ) {
        attach(future) { reply, failure, state, task in
            if let reply {
                body(reply, &state, &task)
            } else if let onFailure {
                onFailure(failure, &state, &task)
            } else {
                task.reportUnhandled(failure)
            }
        }
    }

    /// Runs a closure with all replies, in the order of the futures, when the last has come. The
    /// first failure ends the wait. A reply whose atom is aborted has come all the same: what its
    /// continuation did is undone, and is not done again.
    @inlinable
    public mutating func awaitAll<Reply>(
        _ futures: [Future<Reply>],
        _ body: @escaping ([Reply], inout Body.State, inout TaskContext<Body>) -> Void,
        onFailure: ((AskFailure, inout Body.State, inout TaskContext<Body>) -> Void)? = nil
    ) {
        let join = Join<Reply>(count: futures.count)
        for (index, future) in futures.enumerated() {
            attach(future) { reply, failure, state, task in
                if join.isDone { return }
                if let reply {
                    join.replies[index] = reply
                    join.missing -= 1
                    if join.missing > 0 { return }
                    join.isDone = true
                    body(join.replies.compactMap { $0 }, &state, &task)
                } else {
                    join.isDone = true
                    if let onFailure {
                        onFailure(failure, &state, &task)
                    } else {
                        task.reportUnhandled(failure)
                    }
                }
            }
        }
    }

    /// Runs a closure with the first reply and the index of its future; later replies are dropped.
    /// If every future fails, the last failure is handled.
    @inlinable
    public mutating func awaitAny<Reply>(
        _ futures: [Future<Reply>],
        _ body: @escaping (Reply, Int, inout Body.State, inout TaskContext<Body>) -> Void,
        onFailure: ((AskFailure, inout Body.State, inout TaskContext<Body>) -> Void)? = nil
    ) {
        let join = Join<Reply>(count: futures.count)
        for (index, future) in futures.enumerated() {
            attach(future) { reply, failure, state, task in
                if join.isDone { return }
                if let reply {
                    join.isDone = true
                    body(reply, index, &state, &task)
                } else {
                    join.missing -= 1
                    if join.missing > 0 { return }
                    join.isDone = true
                    if let onFailure {
                        onFailure(failure, &state, &task)
                    } else {
                        task.reportUnhandled(failure)
                    }
                }
            }
        }
    }

    /// Gives a future up: it ends with `cancelled` when this handler has returned, and a reply that
    /// still comes is dropped.
    @inlinable
    public mutating func cancel<Reply>(_ future: Future<Reply>) {
        unsafe core.cancelled.append(Cancellation(use: future.use, tag: future.tag))
        hasAftermath = true
    }

    @inlinable
    func attach<Reply>(
        _ future: Future<Reply>, _ continuation: @escaping Continuation<Body, Reply>
    ) {
        for use in unsafe core.uses where use.index == future.use {
            let futures = unsafe unsafeDowncast(
                use.futures.unsafelyUnwrapped, to: FutureSlab<Body, Reply>.self)
            precondition(
                futures.holds(future.tag),
                "await a future in the handler that asked: this one has ended")
            let slot = AskTag.slot(future.tag)
            unsafe precondition(
                futures.frames[slot].memory.continuation == nil, "a future is awaited once")
            unsafe futures.frames[slot].memory.continuation = continuation
        }
    }
}

/// What several futures of one wait share.
@usableFromInline
final class Join<Reply> {
    @usableFromInline var replies: [Reply?]
    @usableFromInline var missing: Int
    @usableFromInline var isDone = false

    @usableFromInline
    init(count: Int) {
        precondition(count > 0, "awaiting no futures: nothing would ever run the closure")
        replies = Array(repeating: nil, count: count)
        missing = count
    }
}

/// A future that was given up in the current handler.
@usableFromInline
struct Cancellation {
    @usableFromInline init(use: UInt16, tag: UInt64) {
        self.use = use
        self.tag = tag
    }

    var use: UInt16
    var tag: UInt64
}
