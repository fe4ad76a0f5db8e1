// The orchestrator: a task whose state by key is the sagas that run.
import Portals

/// A running saga, as the state of its key; of trivial data it is plain bits.
@frozen
public struct SagaRun<Data: Event> {
    @usableFromInline var progress = SagaProgress()
    /// The saga was asked for through a portal, which gets its outcome.
    @usableFromInline var isAsked = false
    @usableFromInline var begunAt: UInt64 = 0
    /// Nil while none runs.
    @usableFromInline var data: Data?

    @usableFromInline init() {}
}

/// Sagas of data that a snapshot can hold can be held by one.
extension SagaRun: StoredState where Data: StoredState {
    /// Stores all of it.
    public func store(into bytes: inout StateBytes) {
        bytes.append(progress)
        isAsked.store(into: &bytes)
        bytes.append(begunAt)
        (data != nil).store(into: &bytes)
        data?.store(into: &bytes)
    }

    /// Makes what was stored.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        progress = try bytes.read(SagaProgress.self)
        isAsked = try Bool(from: &bytes)
        begunAt = try bytes.read(UInt64.self)
        if try Bool(from: &bytes) { data = try Data(from: &bytes) }
    }
}

/// What a saga waits for.
@frozen
public enum SagaWait: UInt8, Sendable, BitwiseCopyable {
    /// The reply to a call.
    case reply
    /// The end of a pause before the next attempt.
    case pause
}

/// Runs the sagas of one definition: `Flow.saga` makes one.
@frozen
public struct SagaTask<Data: Event>: TaskBody, StatelessBody {
    /// What a saga is begun with.
    public typealias Input = Data
    /// One for each saga, when it has ended.
    public typealias Output = SagaOutcome<Data>
    /// Where the saga of a key stands.
    public typealias State = SagaRun<Data>
    /// What an ask waits for.
    public typealias Memory = SagaWait
    /// A saga that is asked for through a portal.
    public typealias Request = Data
    /// Its outcome.
    public typealias Reply = SagaOutcome<Data>
    /// Nothing is done at the end of an atom.
    @inlinable public static var handlesAtomComplete: Bool { false }

    @usableFromInline let steps: [SagaStep<Data>]
    @usableFromInline let rules: [SagaRules]

    @inlinable
    init(_ saga: Saga<Data>) {
        steps = saga.steps
        rules = saga.rules
    }

    /// No saga runs.
    @inlinable public func initialState() -> SagaRun<Data> { SagaRun() }

    /// A saga of the stream.
    @inlinable
    public mutating func onEvent(
        _ data: Data, _ run: inout SagaRun<Data>, _ task: inout Context
    ) {
        if run.data != nil { return task.emit(Self.refusal(data, task.key, task.time)) }
        begin(data, isAsked: false, &run, &task)
    }

    /// A saga that was asked for.
    @inlinable
    public mutating func onRequest(
        _ data: Data, _ run: inout SagaRun<Data>, _ task: inout Context
    ) {
        if run.data != nil {
            let outcome = Self.refusal(data, task.key, task.time)
            task.reply(outcome)
            return task.emit(outcome)
        }
        begin(data, isAsked: true, &run, &task)
    }

    @usableFromInline
    static func refusal(_ data: Data, _ saga: Key, _ time: UInt64) -> SagaOutcome<Data> {
        SagaOutcome(
            saga: saga, ending: .alreadyRunning, retries: 0, begunAt: time, endedAt: time,
            data: data)
    }

    @inlinable
    func begin(
        _ data: Data, isAsked: Bool, _ run: inout SagaRun<Data>, _ task: inout Context
    ) {
        run.progress = SagaProgress()
        run.isAsked = isAsked
        run.begunAt = task.time
        run.data = data
        call(data, run.progress, &task)
    }

    @inlinable
    func call(_ data: Data, _ progress: SagaProgress, _ task: inout Context) {
        steps[Int(progress.step)].call(
            data,
            SagaCall(
                saga: task.key, step: progress.step, isCompensation: progress.isCompensating,
                attempt: progress.attempt, askedAt: task.time), &task)
    }

    /// A service has replied.
    @inlinable
    func receive<Reply>(
        _ reply: Reply, _ judges: [SagaJudge<Data, Reply>?], _ run: inout SagaRun<Data>,
        _ task: inout Context
    ) {
        // Both are there: a saga that has ended has no ask, and the portal of this reply is that of
        // its step.
        guard var data = run.data, let judge = judges[Int(run.progress.step)] else {
            preconditionFailure("a reply to saga \(task.key), which does not wait for one")
        }
        let verdict =
            run.progress.isCompensating ? judge.onUndone(reply, &data) : judge.onReply(reply, &data)
        run.data = data
        advance(.replied(verdict), data, &run, &task)
    }

    /// A call has ended without a reply, or a pause is over.
    @inlinable
    func receive(
        _ failure: AskFailure, _ wait: SagaWait, _ run: inout SagaRun<Data>, _ task: inout Context
    ) {
        guard let data = run.data else {
            preconditionFailure("the end of an ask of saga \(task.key), which does not run")
        }
        switch wait {
        case .reply:
            advance(.unanswered(mayBeInEffect: failure == .timedOut), data, &run, &task)
        case .pause: advance(.paused, data, &run, &task)
        }
    }

    @inlinable
    func advance(
        _ news: SagaNews, _ data: Data, _ run: inout SagaRun<Data>, _ task: inout Context
    ) {
        switch run.progress.next(news, rules) {
        case .call: call(data, run.progress, &task)
        case .pause(let nanoseconds):
            steps[Int(run.progress.step)].pause(nanoseconds, &task)
        case .end(let ending):
            let outcome = SagaOutcome(
                saga: task.key, ending: ending, retries: run.progress.retries,
                begunAt: run.begunAt, endedAt: task.time, data: data)
            run.data = nil
            task.removeState()
            if run.isAsked { task.reply(outcome) }
            task.emit(outcome)
        }
    }
}
