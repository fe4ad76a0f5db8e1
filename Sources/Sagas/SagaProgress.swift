// Where a saga stands, and what it does next: pure transitions, which `SagaTask` carries out.

/// What a saga must know of a step to choose what follows.
@frozen @usableFromInline
struct SagaRules: Sendable, Hashable {
    @usableFromInline
    enum Undo: UInt8, Sendable {
        case asks
        /// There is nothing to undo.
        case nothing
        /// It can't be undone: no step after it may fail.
        case impossible
    }

    @usableFromInline var undo: Undo
    @usableFromInline var retries: RetryPolicy
    @usableFromInline var compensationRetries: RetryPolicy

    @usableFromInline
    init(undo: Undo, retries: RetryPolicy, compensationRetries: RetryPolicy) {
        self.undo = undo
        self.retries = retries
        self.compensationRetries = compensationRetries
    }
}

/// What has come of a call.
@frozen @usableFromInline
enum SagaNews: Equatable {
    case replied(SagaVerdict)
    /// It ended without a reply. Whether it took effect is known but for a time-out: the runtime
    /// has undone what a handler did that failed.
    case unanswered(mayBeInEffect: Bool)
    /// The pause before the next attempt is over.
    case paused
}

/// What a saga does next.
@frozen @usableFromInline
enum SagaAction: Equatable {
    case call
    case pause(nanoseconds: UInt64)
    case end(SagaEnding)
}

/// Where one saga stands.
///
/// ```
///   step 0 ─done─► step 1 ─done─► … ─done─► committed
///                    │ failed, or its attempts are used up
///                    ▼
///   undo 0 ◄─done─ undo 1 if it may be in effect
///     │ done            each again until done: else stuck
///     ▼
///   compensated
/// ```
@frozen @usableFromInline
struct SagaProgress: Sendable, Hashable, BitwiseCopyable {
    /// The step that is called.
    @usableFromInline var step: UInt16 = 0
    @usableFromInline var isCompensating = false
    /// A call of the step timed out: it may be in effect whatever later calls say.
    @usableFromInline var mayBeInEffect = false
    /// A step that can't be undone is done.
    @usableFromInline var mustCommit = false
    @usableFromInline var failedStep: UInt16 = 0
    @usableFromInline var attempt: UInt32 = 1
    @usableFromInline var retries: UInt32 = 0

    @usableFromInline init() {}

    /// Takes in what has come of the last call, or pause; says what follows.
    @usableFromInline
    mutating func next(_ news: SagaNews, _ rules: [SagaRules]) -> SagaAction {
        switch news {
        case .paused:
            attempt += 1
            return .call
        case .replied(.done):
            return isCompensating ? undo(before: step, rules) : goOn(rules)
        case .replied(.failed):
            return isCompensating || mustCommit ? again(rules) : compensate(rules)
        case .replied(.retry):
            return again(rules)
        case .unanswered(let mayBeInEffect):
            if mayBeInEffect { self.mayBeInEffect = true }
            return again(rules)
        }
    }

    private mutating func goOn(_ rules: [SagaRules]) -> SagaAction {
        if rules[Int(step)].undo == .impossible { mustCommit = true }
        if Int(step) + 1 == rules.count { return .end(.committed) }
        step += 1
        attempt = 1
        mayBeInEffect = false
        return .call
    }

    /// Another attempt, if the policy allows one.
    private mutating func again(_ rules: [SagaRules]) -> SagaAction {
        let policy =
            isCompensating
            ? rules[Int(step)].compensationRetries : rules[Int(step)].retries
        guard policy.allows(after: attempt) else {
            return isCompensating
                ? .end(.stuck(failedStep: Int(failedStep), undoing: Int(step)))
                : compensate(rules)
        }
        retries += 1
        let pause = policy.pause(after: attempt)
        if pause > 0 { return .pause(nanoseconds: pause) }
        attempt += 1
        return .call
    }

    private mutating func compensate(_ rules: [SagaRules]) -> SagaAction {
        isCompensating = true
        failedStep = step
        return undo(before: mayBeInEffect ? step + 1 : step, rules)
    }

    /// Undoes the last of the steps before one that there is something to undo of.
    private mutating func undo(before end: UInt16, _ rules: [SagaRules]) -> SagaAction {
        var left = end
        while left > 0 {
            left -= 1
            if rules[Int(left)].undo == .asks {
                step = left
                attempt = 1
                return .call
            }
        }
        return .end(.compensated(failedStep: Int(failedStep)))
    }
}
