// From a description to applications, through the public interface alone.
import Portals

/// Applications that are ready to be launched, and where their outputs come to lie.
public struct BuiltSystem {
    public var applications: [Application] = []
    /// One for each sink of a workflow, in the order of the description.
    public var sinks: [[Collector<Token>]] = []
    /// One for each workflow.
    public var letters: [Collector<DeadLetter>] = []
    let watch: (any SinkWatch)?
    var tables: [TaskPlace: TaskTable] = [:]

    /// - Parameter watch: sees what sinks release besides, as it is released.
    public init(_ description: SystemDescription, watch: (any SinkWatch)? = nil) {
        self.watch = watch
        sinks = description.workflows.map { $0.sinks.map { _ in Collector() } }
        letters = description.workflows.map { _ in Collector() }
        for number in 0..<description.applications {
            var builder = OneApplication(description: description, application: number, self)
            applications.append(
                Application(description.name(application: number)) { builder.build($0) })
            tables.merge(builder.tables) { $1 }
        }
    }
}

/// A task of a description.
struct TaskPlace: Hashable {
    var workflow: Int
    var node: Int
}

/// A place in a workflow that is being built.
private enum AnyFlow {
    case keyed(Flow<Token, Keyed>)
    case unkeyed(Flow<Token, Unkeyed>)
}

private struct OneApplication {
    let description: SystemDescription
    let application: Int
    let system: BuiltSystem
    var tables: [TaskPlace: TaskTable] = [:]
    var streams: [StreamSource: Portals.Stream<Token>] = [:]
    var sequencers: [Int: Sequencer<Token>] = [:]
    var portals: [Int: Portal<Token, Token>] = [:]

    init(description: SystemDescription, application: Int, _ system: BuiltSystem) {
        self.description = description
        self.application = application
        self.system = system
    }

    mutating func build(_ app: ApplicationBuilder) {
        for (number, place) in description.portals.enumerated()
        where description.replier(of: number) != nil {
            var key: (@Sendable (Token) -> Key)?
            if let rule = place.keyedBy { key = { @Sendable in rule.key($0) } }
            portals[number] =
                place.application == application
                ? app.portal("p\(number)", asking: Token.self, replying: Token.self, keyedBy: key)
                : app.portal(
                    at: description.path(portal: number), asking: Token.self,
                    replying: Token.self, keyedBy: key)
        }
        // One that nothing reads is refused.
        let read = description.read
        for (number, generator) in description.generators.enumerated()
        where generator.application == application && read.contains(.generator(number)) {
            streams[.generator(number)] = app.generator("g\(number)", atoms: generator.atoms)
        }
        for (number, sequencer) in description.sequencers.enumerated()
        where sequencer.application == application {
            let built = app.sequencer("q\(number)", of: Token.self)
            sequencers[number] = built
            streams[.sequencer(number)] = built.stream
        }
        for number in description.splitters.indices
        where description.splitters[number].application == application {
            splitter(number, app)
        }
        for number in description.workflows.indices
        where description.workflows[number].application == application {
            workflow(number, app)
        }
        for (number, sequencer) in description.sequencers.enumerated()
        where sequencer.application == application {
            for input in sequencer.inputs {
                app.connect(stream(input, app), to: sequencers[number]!)
            }
        }
    }

    /// The handle of a stream: built here, now if need be, or found by path.
    private mutating func stream(
        _ source: StreamSource, _ app: ApplicationBuilder
    ) -> Portals.Stream<Token> {
        if let stream = streams[source] { return stream }
        switch source {
        case .workflow(let number) where description.workflows[number].application == application:
            workflow(number, app)
        case .split(let number, _) where description.splitters[number].application == application:
            splitter(number, app)
        default:
            streams[source] = app.stream(at: description.path(of: source), of: Token.self)
        }
        return streams[source]!
    }

    private mutating func splitter(_ number: Int, _ app: ApplicationBuilder) {
        if streams[.split(splitter: number, 0)] != nil { return }
        let splitter = description.splitters[number]
        let splits = splitter.conditions.enumerated().map { index, condition in
            (
                name: "\(index)",
                wants: { @Sendable (token: Token) in
                    condition.holds(Registers(event: token), { 0 })
                }
            )
        }
        let rest = splitter.hasDefault ? "\(splits.count)" : nil
        let built = app.splitter(
            "s\(number)", stream(splitter.input, app), splits: splits, default: rest)
        for split in 0..<(splits.count + (splitter.hasDefault ? 1 : 0)) {
            streams[.split(splitter: number, split)] = built["\(split)"]
        }
    }

    private mutating func workflow(_ number: Int, _ app: ApplicationBuilder) {
        let workflow = description.workflows[number]
        if streams[.workflow(number)] != nil || tables[TaskPlace(workflow: number, node: -1)] != nil
        {
            return
        }
        // Marks the workflow as built, also where it has no output.
        tables[TaskPlace(workflow: number, node: -1)] = TaskTable(
            task: TaskDescription(), isKeyed: false, portals: [:])
        let source = workflow.source.map { stream($0, app) }
        let policies: [PolicyDescription: FailurePolicy] = [
            .deadLetter: .deadLetter, .abortAtom: .abortAtom, .stopApplication: .stopApplication,
        ]
        let builder = app.workflow(
            "w\(number)", partitions: workflow.partitions, onFailure: policies[workflow.policy]!)
        var flows: [AnyFlow] = []
        for index in workflow.nodes.indices {
            flows.append(node(number, index, builder, source, flows))
        }
        for (index, sink) in workflow.sinks.enumerated() {
            let collector = system.sinks[number][index]
            switch flows[sink] {
            case .keyed(let flow): watched(flow.sink("sink\(index)", collector), number, index)
            case .unkeyed(let flow): watched(flow.sink("sink\(index)", collector), number, index)
            }
        }
        if let output = workflow.output {
            switch flows[output] {
            case .keyed(let flow): streams[.workflow(number)] = flow.stream()
            case .unkeyed(let flow): streams[.workflow(number)] = flow.stream()
            }
        }
        if workflow.tasks.contains(where: { $0.task.canFail }) {
            let letters = app.workflow("w\(number)-letters", partitions: workflow.partitions)
                .source(keyed: builder.deadLetters).sink("letters", system.letters[number])
            if let watch = system.watch {
                letters.sink("watched") {
                    WatchedSink(watch, sink: "w\(number)/letters", partition: $0)
                }
            }
        }
    }

    private func watched<Keys: FlowKeys>(_ flow: Flow<Token, Keys>, _ workflow: Int, _ sink: Int) {
        guard let watch = system.watch else { return }
        // Both kinds of sinks, and both in one workflow.
        if (workflow + sink).isMultiple(of: 2) {
            flow.sink("watched\(sink)") {
                WatchedSink(watch, sink: "w\(workflow)/\(sink)", partition: $0)
            }
        } else {
            flow.sink("watched\(sink)") {
                PreparingWatchedSink(watch, sink: "w\(workflow)/\(sink)", partition: $0)
            }
        }
    }

    private mutating func node(
        _ workflow: Int, _ index: Int, _ builder: WorkflowBuilder,
        _ source: Portals.Stream<Token>?, _ flows: [AnyFlow]
    ) -> AnyFlow {
        switch description.workflows[workflow].nodes[index] {
        case .source(_, let keyed):
            return keyed
                ? .keyed(builder.source(keyed: source!)) : .unkeyed(builder.source(source!))
        case .requests:
            // Never called: such a workflow has no events of its own.
            return .keyed(builder.requestsOnly().flow(emits: Token.self) { _, _ in })
        case .key(let input, let rule):
            switch flows[input] {
            case .keyed(let flow): return .keyed(flow.key { rule.key($0) })
            case .unkeyed(let flow): return .keyed(flow.key { rule.key($0) })
            }
        case .map(let input, let a, let b):
            let change: @Sendable (Token) -> Token = { mapped($0, a, b) }
            switch flows[input] {
            case .keyed(let flow): return .keyed(flow.map(change))
            case .unkeyed(let flow): return .unkeyed(flow.map(change))
            }
        case .filter(let input, let condition):
            let wants: @Sendable (Token) -> Bool = {
                condition.holds(Registers(event: $0), { 0 })
            }
            switch flows[input] {
            case .keyed(let flow): return .keyed(flow.filter(wants))
            case .unkeyed(let flow): return .unkeyed(flow.filter(wants))
            }
        case .burn(let input):
            switch flows[input] {
            case .keyed(let flow): return .keyed(burning(flow))
            case .unkeyed(let flow): return .unkeyed(burning(flow))
            }
        case .union(let left, let right):
            switch (flows[left], flows[right]) {
            case (.keyed(let left), .keyed(let right)): return .keyed(left.union(right))
            case (.unkeyed(let left), .unkeyed(let right)): return .unkeyed(left.union(right))
            default: preconditionFailure("a union of flows with and without keys")
            }
        case .task(let input, let task):
            let isKeyed = description.workflows[workflow].isKeyed(index)
            let table = TaskTable(task: task, isKeyed: isKeyed, portals: portals)
            tables[TaskPlace(workflow: workflow, node: index)] = table
            switch flows[input] {
            case .keyed(let flow): return .keyed(taskNode(flow, "t\(index)", table))
            case .unkeyed(let flow): return .unkeyed(taskNode(flow, "t\(index)", table))
            }
        }
    }

    private func taskNode<Keys: FlowKeys>(
        _ flow: Flow<Token, Keys>, _ name: String, _ table: TaskTable
    ) -> Flow<Token, Keys> {
        switch table.task.cell {
        case .number: taskNode(flow, name, table, NumberStorage.self)
        case .pair: taskNode(flow, name, table, PairStorage.self)
        case .array: taskNode(flow, name, table, ArrayStorage.self)
        }
    }

    private func taskNode<Keys: FlowKeys, State: CellStorage>(
        _ flow: Flow<Token, Keys>, _ name: String, _ table: TaskTable, _: State.Type
    ) -> Flow<Token, Keys> {
        switch (table.task.canFail, table.task.onAtomComplete != nil) {
        case (false, false): taskNode(flow, name, table, State.self, PlainTraits.self)
        case (false, true): taskNode(flow, name, table, State.self, EndingTraits.self)
        case (true, false): taskNode(flow, name, table, State.self, FailingTraits.self)
        case (true, true): taskNode(flow, name, table, State.self, FailingEndingTraits.self)
        }
    }

    private func taskNode<Keys: FlowKeys, State: CellStorage, Traits: BodyTraits>(
        _ flow: Flow<Token, Keys>, _ name: String, _ table: TaskTable, _: State.Type,
        _: Traits.Type
    ) -> Flow<Token, Keys> {
        flow.task(
            name, InterpretedTask<State, Traits>(table),
            asks: table.task.askedPortals.map {
                InterpretedTask<State, Traits>.asking(table.portals[$0]!)
            },
            replies: table.task.replies.map { table.portals[$0]! })
    }
}

private func burning<Keys: FlowKeys>(_ flow: Flow<Token, Keys>) -> Flow<Token, Keys> {
    flow.flow(emits: Token.self) { batch, out in
        batch.filter { $0.fuel > 0 }.map { Token($0.a, $0.b, fuel: $0.fuel - 1) }.emit(&out)
    }
}

/// What a map node makes of an event.
func mapped(_ token: Token, _ a: Expression, _ b: Expression) -> Token {
    let registers = Registers(event: token)
    return Token(a.value(registers, { 0 }), b.value(registers, { 0 }), fuel: token.fuel)
}
