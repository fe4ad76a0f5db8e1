// Runs a handler's statements: registers in, a list of actions out. What the actions mean is the
// engine's business in one place, the reference model's in another.

/// What a continuation knows of the handler that asked.
public struct Captured: Sendable, Hashable {
    /// What was handled, with the fuel that is left.
    public var event: Token
    /// The number of the ask among those of the task.
    public var ask: Int
}

/// One effect on the world outside the handler.
public enum Action: Sendable, Hashable {
    case emit(Token)
    case emitKeyed(Token, key: UInt64)
    case removeState
    case reply(Token)
    case refuse
    case ask(requests: [Token], Captured)
}

/// What a handler did.
public struct HandlerRun {
    public private(set) var actions: [Action] = []
    public private(set) var registers: Registers
    public private(set) var hasFailed = false
    private let asks: [AskDescription]

    /// - Parameter states: every key's state, in the order of keys.
    /// - Parameter draw: a random number.
    public init(
        _ block: [Statement], _ registers: Registers, asks: [AskDescription],
        states: () -> [(key: UInt64, cell: Cell)], draw: () -> Int64
    ) {
        self.registers = registers
        self.asks = asks
        run(block, states, draw)
    }

    private mutating func run(
        _ block: [Statement], _ states: () -> [(key: UInt64, cell: Cell)], _ draw: () -> Int64
    ) {
        for statement in block where !hasFailed { run(statement, states, draw) }
    }

    private mutating func run(
        _ statement: Statement, _ states: () -> [(key: UInt64, cell: Cell)], _ draw: () -> Int64
    ) {
        func token(_ a: Expression, _ b: Expression) -> Token {
            Token(a.value(registers, draw), b.value(registers, draw), fuel: registers.event.fuel)
        }
        switch statement {
        case .setState(let a, let b):
            registers.state = Cell(a.value(registers, draw), b.value(registers, draw))
        case .setPartitionState(let value):
            registers.partitionState = value.value(registers, draw)
        case .emit(let a, let b): actions.append(.emit(token(a, b)))
        case .emitKeyed(let a, let b, let key):
            let key = UInt64(bitPattern: key.value(registers, draw))
            actions.append(.emitKeyed(token(a, b), key: key))
        case .emitStates:
            for (key, cell) in states() {
                actions.append(.emitKeyed(Token(cell.a, cell.b), key: key))
            }
        case .removeState: actions.append(.removeState)
        case .reply(let a, let b): actions.append(.reply(token(a, b)))
        case .refuse: actions.append(.refuse)
        case .fail: hasFailed = true
        case .ask(let number): ask(number, states, draw)
        case .when(let condition, let block, let otherwise):
            run(condition.holds(registers, draw) ? block : otherwise, states, draw)
        }
    }

    private mutating func ask(
        _ number: Int, _ states: () -> [(key: UInt64, cell: Cell)], _ draw: () -> Int64
    ) {
        let ask = asks[number]
        let fuel = registers.event.fuel - 1
        if fuel < 0 { return run(ask.otherwise, states, draw) }
        let requests = ask.requests.map {
            Token($0.a.value(registers, draw), $0.b.value(registers, draw), fuel: fuel)
        }
        var event = registers.event
        event.fuel = fuel
        actions.append(.ask(requests: requests, Captured(event: event, ask: number)))
    }
}

/// What several replies of one wait are for the continuation's registers.
public func foldedReply(_ replies: [Token]) -> Token {
    var folded = Token(0, 0)
    for (index, reply) in replies.enumerated() {
        folded.a &+= reply.a &* Int64(index + 1)
        folded.b &+= reply.b
    }
    return folded
}

/// What the first of several replies is for the continuation's registers.
public func indexedReply(_ reply: Token, _ index: Int) -> Token {
    Token(reply.a, reply.b &* 3 &+ Int64(index))
}
