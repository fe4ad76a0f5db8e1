// What handlers do: statements as plain data, and the asks of a task.

/// One effect of a handler.
public indirect enum Statement: Sendable, Hashable {
    case setState(Expression, Expression)
    case setPartitionState(Expression)
    case emit(Expression, Expression)
    /// At the end of an atom or stream, where there is no current key.
    case emitKeyed(Expression, Expression, key: Expression)
    /// At the end of an atom or stream: every key's state, in the order of keys.
    case emitStates
    case removeState
    case reply(Expression, Expression)
    case refuse
    /// Ends the handler.
    case fail
    /// The number of an ask of the task.
    case ask(Int)
    case when(Condition, [Statement], otherwise: [Statement])
}

/// How a reply is waited for.
public enum WaitForm: String, Sendable, Hashable, CaseIterable {
    case remembered, future, all, any
    /// Nobody waits: the reply is dropped.
    case dropped
    /// Given up in the handler that asked.
    case cancelled
}

/// One place of a task that asks.
public struct AskDescription: Sendable, Hashable {
    /// Among the description's portals.
    public var portal: Int
    public var form: WaitForm
    /// One request for each future; several only where all or any are awaited.
    public var requests: [Request]
    public var onReply: [Statement] = []
    public var onFailure: [Statement] = []
    /// What is done instead where no fuel is left.
    public var otherwise: [Statement] = []
    public var timeoutNanoseconds: UInt64?

    public struct Request: Sendable, Hashable {
        public var a: Expression
        public var b: Expression
    }
}

/// The handlers of a task.
public struct TaskDescription: Sendable, Hashable {
    public var cell = CellForm.pair
    public var initial = Cell(0, 0)
    /// The partition's own state at first.
    public var initialPartition: Int64 = 0
    /// Whether handlers may fail.
    public var canFail = false
    public var onEvent: [Statement] = []
    public var onRequest: [Statement] = []
    /// Nil where the task does not handle the ends of atoms.
    public var onAtomComplete: [Statement]?
    public var onComplete: [Statement] = []
    public var asks: [AskDescription] = []
    /// The portal that it replies to.
    public var replies: Int?

    public init() {}

    /// The portals it asks, each once, in the order of asks.
    public var askedPortals: [Int] {
        var portals: [Int] = []
        for ask in asks where !portals.contains(ask.portal) { portals.append(ask.portal) }
        return portals
    }
}
