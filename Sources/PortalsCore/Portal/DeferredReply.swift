// Replies that are put off to the end of the step, so that all requests of an atom can be answered
// together.

/// A request that its handler put off: to be answered in this step, with ``TaskContext``'s
/// `reply(_:to:)`.
@frozen
public struct DeferredReply<Reply>: BitwiseCopyable, Sendable {
    @usableFromInline let index: Int
    @usableFromInline let step: UInt64

    @inlinable init(index: Int, step: UInt64) {
        self.index = index
        self.step = step
    }
}

extension TaskContext {
    /// Puts the reply to the current request off: this step's later handlers answer it, as a rule
    /// `onAtomComplete`. One that none of them answers ends with `replierFailed`.
    ///
    /// ```swift
    /// mutating func onRequest(_ image: Image, _ state: inout Void, _ task: inout Context) {
    ///     images.append(image)
    ///     waiting.append(task.deferReply())
    /// }
    /// mutating func onAtomComplete(_ task: inout Context) {
    ///     let labels = classify(images)
    ///     for (label, request) in zip(labels, waiting) { task.reply(label, to: request) }
    ///     images.removeAll(keepingCapacity: true)
    ///     waiting.removeAll(keepingCapacity: true)
    /// }
    /// ```
    /// - Cost: some 10 ns a request; no allocation in steady state.
    /// - Errors: traps where no request is being handled, and in a body whose `handlesAtomComplete`
    ///   is false.
    @inlinable
    public mutating func deferReply() -> DeferredReply<Body.Reply> {
        precondition(
            Body.handlesAtomComplete,
            unsafe "\(core.path) puts a reply off and has no `onAtomComplete` to give it")
        precondition(
            origin != ReplyOrigin.none,
            "a reply put off without a request: none is being handled, or it was answered before")
        holdOrigin()
        return unsafe DeferredReply(index: core.putOff(origin), step: step)
    }

    /// Answers a request that a handler of this step put off.
    ///
    /// - Returns: false, and nothing was done, where its step is over: the request has ended with
    ///   `replierFailed`. A body finds such ones where its `onAtomComplete` failed, and so left
    ///   what the body keeps as it was.
    /// - Errors: traps on a second reply to the request.
    @inlinable @discardableResult
    public mutating func reply(
        _ value: Body.Reply, to request: DeferredReply<Body.Reply>
    ) -> Bool {
        if request.step != step { return false }
        unsafe core.reply(value, toOpen: core.takePutOff(request.index), layout: replyLayout)
        return true
    }
}

extension TaskCore {
    /// Keeps a request that its handler holds and has put off.
    @usableFromInline
    func putOff(_ origin: UInt64) -> Int {
        deferred.append(origin)
        return deferred.count - 1
    }

    /// The request of a reply that was put off; remembered, for a handler that fails.
    @usableFromInline
    func takePutOff(_ index: Int) -> UInt64 {
        answered.append(deferred[index])
        return deferred[index]
    }

    /// Ends those of the step's requests that were put off and never answered.
    @usableFromInline
    func endDeferred() {
        if deferred.isEmpty { return }
        for origin in deferred { leave(origin, 0) }
        deferred.removeAll(keepingCapacity: true)
        answered.removeAll(keepingCapacity: true)
    }

    /// A handler has failed: what it put off is its own again, what it answered is not.
    func rewindDeferred() {
        while deferred.count > deferredMark { unsafe partition.forgetHold(deferred.removeLast()) }
        for origin in answered { unsafe partition.reopen(origin) }
        answered.removeAll(keepingCapacity: true)
    }
}
