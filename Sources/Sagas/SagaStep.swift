// One step of a saga as data: whom it asks, what the reply means, how it is undone.
import Portals

/// Why a step has no compensation.
public enum SagaCompensation: Sendable, Hashable {
    /// The step leaves nothing to undo: it only looks.
    case nothingToUndo
    /// The step can't be undone, so that no step after it may fail: those are retried
    /// `.untilDone`, also where they reply that they failed.
    ///
    /// Source: the pivot transaction of Richardson's Microservices Patterns, and the retriable
    /// transactions behind it.
    case impossible
}

/// A step of a saga: one call of a service, and the call that undoes it.
///
/// ```swift
/// SagaStep("reserve", asks: stock) { order, call in
///     StockRequest(call: call, take: order.item)
/// } onReply: { reply, order in
///     reply == .granted ? .done : .failed
/// } compensation: { order, call in
///     StockRequest(call: call, put: order.item)
/// }
/// ```
/// Step and compensation ask the same portal, because what one partition asks another through one
/// portal arrives in order: so an undo never overtakes a call that timed out. And because a task,
/// which holds the state that both change, replies to one portal.
public struct SagaStep<Data: Event>: Sendable {
    /// Unique in its saga.
    public let name: String
    /// How long a call may take, from the recorded time of the step that asks; nil to wait.
    public let timeoutNanoseconds: UInt64?
    @usableFromInline let rules: SagaRules
    @usableFromInline let portal: PortalDefinition
    @usableFromInline let call:
        @Sendable (Data, SagaCall, inout TaskContext<SagaTask<Data>>) -> Void
    @usableFromInline let pause: @Sendable (UInt64, inout TaskContext<SagaTask<Data>>) -> Void
    /// A `SagaJudge<Data, Reply>`.
    @usableFromInline let judge: any Sendable
    /// How its portal is asked, given the steps of the saga: one for all that ask it.
    @usableFromInline let asking: @Sendable ([SagaStep]) -> Asking<SagaTask<Data>>

    /// A step that can be undone.
    ///
    /// - Parameters:
    ///   - retries: for calls that reply `retry` or don't reply.
    ///   - timeoutNanoseconds: what takes longer is asked again, or given up and undone. The
    ///     service must then know calls that it has served: see ``SagaLedger``.
    ///   - compensationRetries: for compensations that fail, say `retry`, or don't reply.
    ///   - request: what to ask; put the call into it if the service keeps a ledger.
    ///   - onReply: what the reply means; it may note in the data what later steps need.
    ///   - compensation: what to ask to undo it; asked in the reverse order of the steps.
    ///   - onCompensationReply: what the reply to that means; as to the step itself if nil.
    @inlinable
    public init<Request: Event, Reply: Event>(
        _ name: String, asks portal: Portal<Request, Reply>, retries: RetryPolicy = .once,
        timeoutNanoseconds: UInt64? = nil, compensationRetries: RetryPolicy = .untilDone,
        request: @escaping @Sendable (Data, SagaCall) -> Request,
        onReply: @escaping @Sendable (Reply, inout Data) -> SagaVerdict,
        compensation: @escaping @Sendable (Data, SagaCall) -> Request,
        onCompensationReply: (@Sendable (Reply, inout Data) -> SagaVerdict)? = nil
    ) {
        self.init(
            name, portal, timeoutNanoseconds,
            SagaRules(undo: .asks, retries: retries, compensationRetries: compensationRetries),
            request: request, compensation: compensation,
            judge: SagaJudge(onReply: onReply, onUndone: onCompensationReply ?? onReply))
    }

    /// A step without a compensation, and why it has none.
    @inlinable
    public init<Request: Event, Reply: Event>(
        _ name: String, asks portal: Portal<Request, Reply>, compensation: SagaCompensation,
        retries: RetryPolicy = .once, timeoutNanoseconds: UInt64? = nil,
        request: @escaping @Sendable (Data, SagaCall) -> Request,
        onReply: @escaping @Sendable (Reply, inout Data) -> SagaVerdict
    ) {
        self.init(
            name, portal, timeoutNanoseconds,
            SagaRules(
                undo: compensation == .impossible ? .impossible : .nothing, retries: retries,
                compensationRetries: .once),
            request: request, compensation: request,
            judge: SagaJudge(onReply: onReply, onUndone: onReply))
    }

    @inlinable
    init<Request: Event, Reply: Event>(
        _ name: String, _ portal: Portal<Request, Reply>, _ timeoutNanoseconds: UInt64?,
        _ rules: SagaRules, request: @escaping @Sendable (Data, SagaCall) -> Request,
        compensation: @escaping @Sendable (Data, SagaCall) -> Request,
        judge: SagaJudge<Data, Reply>
    ) {
        self.name = name
        self.timeoutNanoseconds = timeoutNanoseconds
        self.portal = portal.definition
        self.rules = rules
        self.judge = judge
        call = { data, call, task in
            task.ask(
                portal, call.isCompensation ? compensation(data, call) : request(data, call),
                remembering: .reply, timeoutNanoseconds: timeoutNanoseconds)
        }
        pause = { nanoseconds, task in
            task.pause(on: portal, nanoseconds: nanoseconds, remembering: .pause)
        }
        asking = { steps in
            let judges = steps.map { $0.judge as? SagaJudge<Data, Reply> }
            return Asking<SagaTask<Data>>(portal) { saga, reply, _, run, task in
                saga.receive(reply, judges, &run, &task)
            } onFailure: { saga, failure, wait, run, task in
                saga.receive(failure, wait, &run, &task)
            }
        }
    }

    var faults: [String] {
        var faults = rules.retries.faults("step '\(name)'")
        if rules.undo == .asks {
            faults += rules.compensationRetries.faults("the compensation of step '\(name)'")
        }
        if timeoutNanoseconds == 0 {
            faults.append("step '\(name)' times out after 0 ns: give more, or nil to wait")
        }
        return faults
    }
}

/// What the replies of one portal mean to one step.
@frozen @usableFromInline
struct SagaJudge<Data: Event, Reply: Event>: Sendable {
    @usableFromInline let onReply: @Sendable (Reply, inout Data) -> SagaVerdict
    @usableFromInline let onUndone: @Sendable (Reply, inout Data) -> SagaVerdict

    @usableFromInline
    init(
        onReply: @escaping @Sendable (Reply, inout Data) -> SagaVerdict,
        onUndone: @escaping @Sendable (Reply, inout Data) -> SagaVerdict
    ) {
        self.onReply = onReply
        self.onUndone = onUndone
    }
}
