// What a user writes: the handlers of a task. The fast form is a struct; the closure forms of the
// builder are made of it.

/// The handlers of a task with one state value per key.
///
/// One value of the conforming type lives on each partition: its stored properties are the
/// per-partition state, `State` is the per-key state, in separate name spaces. Handlers are called
/// on one thread at a time, in the order of the partition's steps; what they do is visible only
/// when the step is complete.
///
/// - Cost: the handlers are compiled into the loop over a chunk: 0.6 ns an event and the table's
///   look-up (shared/swift.md, section 2).
/// - Errors: a body that `canFail` may call `task.fail`; the workflow's failure policy says what
///   follows. Typed throws would be the natural form, but the optimiser of Swift 6.3 does not see
///   through a witness that throws its associated error: 2.5 ns an event. The closure forms do
///   throw.
public protocol TaskBody<Input>: SendableMetatype {
    /// What the task takes from its stream.
    associatedtype Input: Event
    /// What it emits.
    associatedtype Output: Event = Input
    /// One value a key; `Void` for none.
    associatedtype State = Void
    /// What it remembers with an ask, for the handler of the reply.
    associatedtype Memory = Never
    /// What it is asked through the portal that it replies to.
    associatedtype Request: Event = Never
    associatedtype Reply: Event = Never

    typealias Context = TaskContext<Self>

    /// The state of a key that is touched for the first time.
    func initialState() -> State
    /// Handles an event under its key.
    mutating func onEvent(_ event: Input, _ state: inout State, _ task: inout Context)
    /// Handles a request under the key that the portal gave it; answers now or in a continuation.
    mutating func onRequest(_ request: Request, _ state: inout State, _ task: inout Context)
    /// Called once an atom and partition, after its events and before its end is passed on. There
    /// is no current key: emit with `emit(_:key:)`. The end of the stream is no atom: there it is
    /// called, before `onComplete`, only where the `onComplete` of a task upstream brought events.
    mutating func onAtomComplete(_ task: inout Context)
    /// Called once a partition at the end of the stream.
    mutating func onComplete(_ task: inout Context)

    /// Whether a handler may call `task.fail`; what it did must then be kept to be undone.
    static var canFail: Bool { get }
    /// Whether `onAtomComplete` does anything; `false` lets empty partitions skip a step.
    static var handlesAtomComplete: Bool { get }
}

extension TaskBody {
    /// Does nothing: for tasks that reply to no portal.
    @inlinable public func onRequest(
        _ request: Request, _ state: inout State, _ task: inout Context
    ) {}
    /// Does nothing: for tasks without work at the end of an atom.
    @inlinable public func onAtomComplete(_ task: inout Context) {}
    /// Does nothing: for tasks without work at the end of the stream.
    @inlinable public func onComplete(_ task: inout Context) {}
    /// False: a handler may not fail unless its body says so.
    @inlinable @inline(__always) public static var canFail: Bool { false }
    /// True: every step ends with `onAtomComplete` unless the body says otherwise.
    @inlinable public static var handlesAtomComplete: Bool { true }
}

extension TaskBody where State == Void {
    /// Nothing: a task without state has no value to begin with.
    @inlinable @inline(__always) public func initialState() {}
}

/// A task whose asks of one portal are answered in a handler of its own.
public protocol AskingBody: TaskBody {
    associatedtype Answer: Event
    /// Handles a reply under the asker's key, with what was remembered.
    mutating func onReply(
        _ reply: Answer, _ memory: Memory, _ state: inout State, _ task: inout Context)
    /// Handles the end of an ask without a reply.
    mutating func onAskFailure(
        _ failure: AskFailure, _ memory: Memory, _ state: inout State, _ task: inout Context)
}

extension AskingBody {
    /// Reports the failure as one that the task does not handle.
    @inlinable public func onAskFailure(
        _ failure: AskFailure, _ memory: Memory, _ state: inout State, _ task: inout Context
    ) {
        task.reportUnhandled(failure)
    }
}

/// How an ask ends without a reply.
public enum AskFailure: UInt8, Error, Sendable {
    /// The replying application was stopped.
    case noReplier = 1
    /// The handler of the request threw, its atom was aborted, or it ended without a reply for
    /// good.
    case replierFailed
    /// The reply did not come within the logical time that the ask gave it.
    case timedOut
    /// The asker gave it up.
    case cancelled
}
