// A task body that runs a task's description through the public interface of the engine.
import Portals

/// What all partitions of a built task share, and what each of them notes for the oracle.
final class TaskTable: @unchecked Sendable {  // A partition writes its own log only.
    let task: TaskDescription
    let isKeyed: Bool
    /// By the description's numbers.
    let portals: [Int: Portal<Token, Token>]
    /// One for each of the 64 partitions that there may be.
    let logs = (0..<64).map { _ in PartitionLog() }

    init(task: TaskDescription, isKeyed: Bool, portals: [Int: Portal<Token, Token>]) {
        self.task = task
        self.isKeyed = isKeyed
        self.portals = portals
    }
}

/// What came from the engine and is no function of the description: random numbers, step times.
final class PartitionLog {
    var draws: [UInt64: [Int64]] = [:]
    var times: [UInt64: UInt64] = [:]
}

/// How a cell lies in the engine's table of states.
protocol CellStorage: SendableMetatype {
    init(_ cell: Cell)
    var cell: Cell { get }
}

struct NumberStorage: CellStorage {
    var number: Int64
    init(_ cell: Cell) { number = cell.a }
    var cell: Cell { Cell(number, 0) }
}

struct PairStorage: CellStorage {
    var cell: Cell
    init(_ cell: Cell) { self.cell = cell }
}

struct ArrayStorage: CellStorage {
    var numbers: [Int64]
    init(_ cell: Cell) { numbers = [cell.a, cell.b] }
    var cell: Cell { Cell(numbers[0], numbers[1]) }
}

/// What a body says of itself when the program is compiled.
protocol BodyTraits: SendableMetatype {
    static var canFail: Bool { get }
    static var endsAtoms: Bool { get }
}

enum PlainTraits: BodyTraits {
    static var canFail: Bool { false }
    static var endsAtoms: Bool { false }
}
enum EndingTraits: BodyTraits {
    static var canFail: Bool { false }
    static var endsAtoms: Bool { true }
}
enum FailingTraits: BodyTraits {
    static var canFail: Bool { true }
    static var endsAtoms: Bool { false }
}
enum FailingEndingTraits: BodyTraits {
    static var canFail: Bool { true }
    static var endsAtoms: Bool { true }
}

struct InterpretedTask<State: CellStorage, Traits: BodyTraits>: TaskBody {
    typealias Input = Token
    typealias Output = Token
    typealias Request = Token
    typealias Reply = Token
    typealias Memory = Captured
    static var canFail: Bool { Traits.canFail }
    static var handlesAtomComplete: Bool { Traits.endsAtoms }

    let table: TaskTable
    var partitionState: Int64

    init(_ table: TaskTable) {
        self.table = table
        partitionState = table.task.initialPartition
    }

    func initialState() -> State { State(table.task.initial) }

    mutating func onEvent(_ event: Token, _ state: inout State, _ task: inout Context) {
        handle(table.task.onEvent, Registers(event: event), &state, &task)
    }

    mutating func onRequest(_ request: Token, _ state: inout State, _ task: inout Context) {
        handle(table.task.onRequest, Registers(event: request), &state, &task)
    }

    mutating func onAtomComplete(_ task: inout Context) {
        if let block = table.task.onAtomComplete { end(block, &task) }
    }

    mutating func onComplete(_ task: inout Context) { end(table.task.onComplete, &task) }

    private mutating func end(_ block: [Statement], _ task: inout Context) {
        if block.isEmpty { return }
        var registers = Registers()
        registers.partitionState = partitionState
        registers = Self.perform(block, registers, table, &task)
        partitionState = registers.partitionState
    }

    private mutating func handle(
        _ block: [Statement], _ registers: Registers, _ state: inout State, _ task: inout Context
    ) {
        var registers = registers
        registers.partitionState = partitionState
        Self.handle(block, &registers, table, &state, &task)
        partitionState = registers.partitionState
    }

    private static func handle(
        _ block: [Statement], _ registers: inout Registers, _ table: TaskTable,
        _ state: inout State, _ task: inout Context
    ) {
        registers.state = state.cell
        if table.isKeyed { registers.key = Int64(bitPattern: task.key) }
        registers = perform(block, registers, table, &task)
        state = State(registers.state)
    }

    /// Runs the statements, and then does what they ask for.
    private static func perform(
        _ block: [Statement], _ registers: Registers, _ table: TaskTable, _ task: inout Context
    ) -> Registers {
        let log = table.logs[task.partition]
        let step = task.step
        log.times[step] = task.time
        var registers = registers
        registers.step = Int64(step)
        var states: [(key: UInt64, cell: Cell)] = []
        if block.contains(.emitStates) {
            task.forEachState { key, state in states.append((key, state.cell)) }
            states.sort { $0.key < $1.key }
        }
        let run = HandlerRun(
            block, registers, asks: table.task.asks, states: { states },
            draw: {
                let number = Int64(bitPattern: task.random() % 1_000)
                log.draws[step, default: []].append(number)
                return number
            })
        for action in run.actions {
            switch action {
            case .emit(let token): task.emit(token)
            case .emitKeyed(let token, let key): task.emit(token, key: key)
            case .removeState: task.removeState()
            case .reply(let token): task.reply(token)
            case .refuse: task.refuse()
            case .ask(let requests, let captured): ask(requests, captured, table, &task)
            }
        }
        if run.hasFailed { task.fail("failed") }
        return run.registers
    }

    private static func ask(
        _ requests: [Token], _ captured: Captured, _ table: TaskTable, _ task: inout Context
    ) {
        let ask = table.task.asks[captured.ask]
        let portal = table.portals[ask.portal]!
        let timeout = ask.timeoutNanoseconds
        switch ask.form {
        case .remembered:
            task.ask(portal, requests[0], remembering: captured, timeoutNanoseconds: timeout)
        case .dropped: task.ask(portal, requests[0], timeoutNanoseconds: timeout)
        case .future, .cancelled:
            let future = task.ask(portal, requests[0], timeoutNanoseconds: timeout)
            task.await(
                future,
                { reply, state, task in resume(captured, reply, table, &state, &task) },
                onFailure: { failure, state, task in
                    resume(captured, failure, table, &state, &task)
                })
            if ask.form == .cancelled { task.cancel(future) }
        case .all, .any:
            var futures: [Future<Token>] = []
            for request in requests {
                futures.append(task.ask(portal, request, timeoutNanoseconds: timeout))
            }
            if ask.form == .all {
                task.awaitAll(
                    futures,
                    { replies, state, task in
                        resume(captured, foldedReply(replies), table, &state, &task)
                    },
                    onFailure: { failure, state, task in
                        resume(captured, failure, table, &state, &task)
                    })
            } else {
                task.awaitAny(
                    futures,
                    { reply, index, state, task in
                        resume(captured, indexedReply(reply, index), table, &state, &task)
                    },
                    onFailure: { failure, state, task in
                        resume(captured, failure, table, &state, &task)
                    })
            }
        }
    }

    /// A continuation that a future awaits: it sees no state of the partition.
    private static func resume(
        _ captured: Captured, _ reply: Token, _ table: TaskTable, _ state: inout State,
        _ task: inout Context
    ) {
        var registers = Registers(event: captured.event)
        registers.reply = reply
        handle(table.task.asks[captured.ask].onReply, &registers, table, &state, &task)
    }

    private static func resume(
        _ captured: Captured, _ failure: AskFailure, _ table: TaskTable, _ state: inout State,
        _ task: inout Context
    ) {
        var registers = Registers(event: captured.event)
        registers.reply = Token(-Int64(failure.rawValue), 0)
        handle(table.task.asks[captured.ask].onFailure, &registers, table, &state, &task)
    }

    /// How the task asks a portal: the handlers of remembered replies.
    static func asking(_ portal: Portal<Token, Token>) -> Asking<Self> {
        Asking(
            portal,
            onReply: { body, reply, captured, state, task in
                var registers = Registers(event: captured.event)
                registers.reply = reply
                body.handle(
                    body.table.task.asks[captured.ask].onReply, registers, &state, &task)
            },
            onFailure: { body, failure, captured, state, task in
                var registers = Registers(event: captured.event)
                registers.reply = Token(-Int64(failure.rawValue), 0)
                body.handle(
                    body.table.task.asks[captured.ask].onFailure, registers, &state, &task)
            })
    }
}
