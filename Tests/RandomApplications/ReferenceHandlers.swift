// Handlers in the reference model: what they change, and what happens when they fail.
import Portals

/// How an ask ends without a reply, as numbers: the codes of `AskFailure`.
let replierFailed: Int64 = 2
let timedOut: Int64 = 3
let cancelled: Int64 = 4

/// A task on one partition.
struct TaskPart {
    var node: Int
    var partition: Int
    var task: TaskDescription
    var isKeyed: Bool
}

extension WorkflowStep {
    /// Runs a handler under a key: all of it takes effect, or none.
    ///
    /// - Parameter seesPartition: whether it reads and writes the partition's own state.
    mutating func handle(
        _ place: TaskPart, _ block: [Statement], _ registers: Registers, key: UInt64,
        origin: Int?, seesPartition: Bool = true
    ) throws(ReferenceFault) {
        model.outcome.handledCount += 1
        let cellKey = StateKey(
            node: place.node, partition: place.partition,
            key: model.mutation == .sharesStates || !place.isKeyed ? 0 : key)
        var registers = registers
        let kept = model.workflows[workflow].cells[cellKey] ?? place.task.initial
        registers.state = stored(kept, place.task)
        if place.isKeyed { registers.key = Int64(bitPattern: key) }
        if seesPartition {
            registers.partitionState =
                model.workflows[workflow].partitionStates[place.node][place.partition]
        }
        let run = self.run(block, registers, place)
        if run.hasFailed {
            if model.mutation == .keepsFailedState {
                model.workflows[workflow].cells[cellKey] = stored(run.registers.state, place.task)
            }
            return fail(place, registers.event, key, origin)
        }
        model.workflows[workflow].cells[cellKey] = stored(run.registers.state, place.task)
        if seesPartition {
            model.workflows[workflow].partitionStates[place.node][place.partition] =
                run.registers.partitionState
        }
        var given: [Int] = []
        for action in run.actions {
            switch action {
            case .emit(let token):
                outputs[place.node][place.partition].append(Item(token: token, key: key))
            case .emitKeyed(let token, let key):
                outputs[place.node][place.partition].append(Item(token: token, key: key))
            case .removeState: model.workflows[workflow].cells[cellKey] = nil
            case .reply(let token): try answer(place, origin, token)
            case .refuse: try answer(place, origin, nil)
            case .ask(let tokens, let captured):
                given += ask(place, tokens, captured, key: key, origin: origin)
            }
        }
        // What the handler gave up ends now.
        for ask in given {
            try deliver(place, ReplyItem(ask: ask, reply: nil, failure: cancelled))
        }
        leave(origin)
    }

    /// Runs the handler of an end: there is no current key.
    mutating func end(_ place: TaskPart, _ block: [Statement]) throws(ReferenceFault) {
        var registers = Registers()
        registers.partitionState =
            model.workflows[workflow].partitionStates[place.node][place.partition]
        let run = self.run(block, registers, place)
        model.workflows[workflow].partitionStates[place.node][place.partition] =
            run.registers.partitionState
        for case .emitKeyed(let token, let key) in run.actions {
            outputs[place.node][place.partition].append(Item(token: token, key: key))
        }
    }

    private mutating func run(
        _ block: [Statement], _ registers: Registers, _ place: TaskPart
    ) -> HandlerRun {
        var registers = registers
        registers.step = Int64(step)
        let draw = DrawPlace(
            workflow: workflow, node: place.node, partition: place.partition, step: step)
        let cells = model.workflows[workflow].cells
        return HandlerRun(
            block, registers, asks: place.task.asks,
            states: {
                cells.filter { $0.key.node == place.node && $0.key.partition == place.partition }
                    .map { ($0.key.key, $0.value) }.sorted { $0.0 < $1.0 }
            },
            draw: {
                let number = model.drawn[draw, default: 0]
                model.drawn[draw] = number + 1
                let draws = model.notes.draws[draw] ?? []
                return number < draws.count ? draws[number] : 0
            })
    }

    private func stored(_ cell: Cell, _ task: TaskDescription) -> Cell {
        task.cell == .number ? Cell(cell.a, 0) : cell
    }

    /// The handler did nothing; its event is a dead letter, its request is left.
    private mutating func fail(
        _ place: TaskPart, _ event: Token, _ key: UInt64, _ origin: Int?
    ) {
        let path = model.description.path(of: Element.workflow(workflow))
        letters.append(
            Letter(
                task: "\(path)/t\(place.node)", step: step, partition: place.partition,
                key: place.isKeyed ? key : 0, event: "\(event)"))
        if description.policy != .deadLetter { hasAborted = true }
        leave(origin)
    }
}
