// The fluent description of one workflow: source, key, tasks, flows, unions, sinks, output.

/// Describes one workflow; start with `source`.
public struct WorkflowBuilder {
    @usableFromInline let application: Application
    let element: ElementDefinition

    init(application: Application, element: ElementDefinition) {
        self.application = application
        self.element = element
    }

    /// The stream that the workflow consumes.
    ///
    /// - Parameter start: where to begin when the stream is already running.
    @inlinable
    public func source<Element: Event>(
        _ stream: Stream<Element>, from start: StreamStart = .next
    ) -> Flow<Element> {
        Flow(
            workflow: self,
            node: addSource(stream.definition, start) { partition, definition in
                makePassNode(
                    Element.self, isKeyed: false, partition: partition, definition: definition)
            })
    }

    /// A stream whose events carry keys: tasks need no `key` of their own.
    @inlinable
    public func source<Element: Event>(
        keyed stream: Stream<Element>, from start: StreamStart = .next
    ) -> KeyedFlow<Element> {
        KeyedFlow(
            workflow: self,
            node: addSource(stream.definition, start, keyed: true) { partition, definition in
                makePassNode(
                    Element.self, isKeyed: true, partition: partition, definition: definition)
            })
    }

    /// A workflow without a stream of its own: only its tasks' requests drive it.
    @inlinable
    public func requestsOnly() -> KeyedFlow<Never> {
        KeyedFlow(
            workflow: self,
            node: add(.source, "requests", [], true, Never.self) { partition, definition in
                makePassNode(
                    Never.self, isKeyed: true, partition: partition, definition: definition)
            })
    }

    @usableFromInline
    func addSource(
        _ stream: StreamDefinition, _ start: StreamStart, keyed: Bool = false,
        make: @escaping @Sendable (Partition, NodeDefinition) -> Node
    ) -> NodeDefinition {
        if !element.nodes.isEmpty {
            application.faults.append(
                "\(element.path): a workflow has one source; merge streams with a sequencer")
        }
        if keyed && !stream.isKeyed {
            application.faults.append(
                "\(element.path): \(stream.path) carries no keys; use source(_:) and key(_:)")
        }
        element.sources.append((stream, start))
        return element.add(
            NodeDefinition(
                path: "\(element.path)/source", kind: .source, inputs: [], isKeyed: keyed,
                output: stream.type, make: make))
    }

    /// The events whose handlers failed, as a stream of its own.
    public var deadLetters: Stream<DeadLetter> {
        let path = "\(element.path)/dead-letters"
        if let existing = element.outputs.first(where: { $0.path == path }) {
            return Stream(definition: existing)
        }
        let node = element.add(
            NodeDefinition(
                path: path, kind: .deadLetters, inputs: [], isKeyed: true,
                output: EventType(DeadLetter.self)
            ) { partition, definition in
                makePassNode(
                    DeadLetter.self, isKeyed: true, partition: partition, definition: definition)
            })
        element.deadLetterNode = node
        let stream = StreamDefinition(
            path: path, type: EventType(DeadLetter.self), isKeyed: true, node: node)
        element.outputs.append(stream)
        return Stream(definition: stream)
    }

    @usableFromInline
    func add<Output: Event>(
        _ kind: PassedKind, _ name: String, _ inputs: [NodeDefinition], _ isKeyed: Bool,
        _: Output.Type, make: @escaping @Sendable (Partition, NodeDefinition) -> Node
    ) -> NodeDefinition {
        let kinds: [PassedKind: NodeDefinition.Kind] = [
            .source: .source, .key: .key, .task: .task, .flow: .flow, .sink: .sink, .pass: .pass,
        ]
        return element.add(
            NodeDefinition(
                path: "\(element.path)/\(name)", kind: kinds[kind].unsafelyUnwrapped,
                inputs: inputs, isKeyed: isKeyed, output: EventType(Output.self), make: make))
    }

    @usableFromInline enum PassedKind { case source, key, task, flow, sink, pass }

    @usableFromInline
    func replies(_ portal: PortalDefinition, _ node: NodeDefinition) {
        portal.repliers.append(node)
        node.repliesTo = portal
    }

    @usableFromInline
    func publish(_ node: NodeDefinition, _ type: EventType) -> StreamDefinition {
        if element.outputs.contains(where: { $0.path == element.path }) {
            application.faults.append("\(element.path): a workflow has one output stream")
        }
        let stream = StreamDefinition(
            path: element.path, type: type, isKeyed: node.isKeyed, node: node)
        element.outputs.append(stream)
        return stream
    }

    /// Names of unnamed nodes, unique within the workflow.
    @usableFromInline func name(_ kind: String) -> String { "\(kind)-\(element.nodes.count)" }
}

/// Events without keys, inside a workflow.
public struct Flow<Element: Event> {
    @usableFromInline let workflow: WorkflowBuilder
    @usableFromInline let node: NodeDefinition

    @usableFromInline init(workflow: WorkflowBuilder, node: NodeDefinition) {
        self.workflow = workflow
        self.node = node
    }

    /// Gives each event its key, and sends it to the partition that owns it.
    @inlinable @inline(__always)
    public func key(_ key: @escaping @Sendable (Element) -> Key) -> KeyedFlow<Element> {
        KeyedFlow(
            workflow: workflow,
            node: workflow.add(.key, workflow.name("key"), [node], true, Element.self) {
                partition, definition in
                makeKeyNode(key, partition: partition, definition: definition)
            })
    }

    /// A task without keys: one state a partition, in the body's own properties.
    @inlinable @inline(__always)
    public func task<Body: TaskBody>(
        _ name: String, _ body: @escaping @Sendable @autoclosure () -> Body,
        asks: [Asking<Body>] = [], replies portal: Portal<Body.Request, Body.Reply>? = nil
    ) -> Flow<Body.Output> where Body.Input == Element {
        Flow<Body.Output>(
            workflow: workflow,
            node: addTask(workflow, node, name, false, body, asks, portal))
    }
}

/// Events with keys, inside a workflow.
public struct KeyedFlow<Element: Event> {
    @usableFromInline let workflow: WorkflowBuilder
    @usableFromInline let node: NodeDefinition

    @usableFromInline init(workflow: WorkflowBuilder, node: NodeDefinition) {
        self.workflow = workflow
        self.node = node
    }

    /// Gives each event another key, and sends it to the partition that owns it.
    @inlinable @inline(__always)
    public func key(_ key: @escaping @Sendable (Element) -> Key) -> KeyedFlow<Element> {
        Flow(workflow: workflow, node: node).key(key)
    }

    /// A task with one state value a key.
    @inlinable @inline(__always)
    public func task<Body: TaskBody>(
        _ name: String, _ body: @escaping @Sendable @autoclosure () -> Body,
        asks: [Asking<Body>] = [], replies portal: Portal<Body.Request, Body.Reply>? = nil
    ) -> KeyedFlow<Body.Output> where Body.Input == Element {
        KeyedFlow<Body.Output>(
            workflow: workflow,
            node: addTask(workflow, node, name, true, body, asks, portal))
    }
}

/// Adds the node of a task.
@inlinable @inline(__always)
func addTask<Body: TaskBody>(
    _ workflow: WorkflowBuilder, _ input: NodeDefinition, _ name: String, _ isKeyed: Bool,
    _ body: @escaping @Sendable () -> Body, _ asks: [Asking<Body>],
    _ portal: Portal<Body.Request, Body.Reply>?
) -> NodeDefinition {
    let replies = portal != nil
    let node = workflow.add(.task, name, [input], isKeyed, Body.Output.self) {
        partition, definition in
        makeTaskNode(
            body(), isKeyed: isKeyed, asks: asks, replies: replies, partition: partition,
            definition: definition)
    }
    node.asks = asks.map(\.portal)
    node.endsAtoms = Body.handlesAtomComplete
    if let portal { workflow.replies(portal.definition, node) }
    return node
}

/// What events with and without keys have in common.
public protocol AnyFlow<Element> {
    associatedtype Element: Event
    associatedtype Same<Output: Event>: AnyFlow where Same<Output>.Element == Output
    var place: FlowPlace { get }
    static func make<Output: Event>(_ place: FlowPlace, of: Output.Type) -> Same<Output>
}

/// A place in a workflow that is being described.
public struct FlowPlace {
    @usableFromInline let workflow: WorkflowBuilder
    @usableFromInline let node: NodeDefinition
    @usableFromInline init(workflow: WorkflowBuilder, node: NodeDefinition) {
        self.workflow = workflow
        self.node = node
    }
}

extension Flow: AnyFlow {
    public typealias Same<Output: Event> = Flow<Output>
    @inlinable public var place: FlowPlace { FlowPlace(workflow: workflow, node: node) }
    @inlinable
    public static func make<Output: Event>(_ place: FlowPlace, of: Output.Type) -> Flow<Output> {
        Flow<Output>(workflow: place.workflow, node: place.node)
    }
}

extension KeyedFlow: AnyFlow {
    public typealias Same<Output: Event> = KeyedFlow<Output>
    @inlinable public var place: FlowPlace { FlowPlace(workflow: workflow, node: node) }
    @inlinable
    public static func make<Output: Event>(
        _ place: FlowPlace, of: Output.Type
    ) -> KeyedFlow<Output> {
        KeyedFlow<Output>(workflow: place.workflow, node: place.node)
    }
}

extension AnyFlow {
    /// Stateless stages in one closure over a batch, fused: the fast form.
    ///
    /// ```swift
    /// .flow(emits: Int.self) { batch, out in batch.filter { $0 > 3 }.map { $0 * 2 }.emit(&out) }
    /// ```
    @inlinable @inline(__always)
    public func flow<Output: Event>(
        emits: Output.Type = Element.self,
        _ body: @escaping @Sendable (Batch<Element>, inout Emitter<Output>) -> Void
    ) -> Same<Output> {
        let place = place
        let isKeyed = place.node.isKeyed
        return Self.make(
            FlowPlace(
                workflow: place.workflow,
                node: place.workflow.add(
                    .flow, place.workflow.name("flow"), [place.node], isKeyed, Output.self
                ) { partition, definition in
                    makeFlowNode(
                        body, isKeyed: isKeyed, partition: partition, definition: definition)
                }), of: Output.self)
    }

    /// Replaces each event; a node of its own, about 2 ns an event. `flow` fuses several.
    @inlinable @inline(__always)
    public func map<Output: Event>(
        _ transform: @escaping @Sendable (Element) -> Output
    ) -> Same<Output> {
        flow(emits: Output.self) { batch, out in batch.map(transform).emit(&out) }
    }

    /// Keeps the events that a predicate wants.
    @inlinable @inline(__always)
    public func filter(_ isIncluded: @escaping @Sendable (Element) -> Bool) -> Same<Element> {
        flow(emits: Element.self) { batch, out in batch.filter(isIncluded).emit(&out) }
    }

    /// This flow's events, and after them the other's, atom by atom.
    @inlinable
    public func union(_ other: Self) -> Same<Element> {
        let place = place
        let isKeyed = place.node.isKeyed
        return Self.make(
            FlowPlace(
                workflow: place.workflow,
                node: place.workflow.add(
                    .pass, place.workflow.name("union"), [place.node, other.place.node], isKeyed,
                    Element.self
                ) { partition, definition in
                    makePassNode(
                        Element.self, isKeyed: isKeyed, partition: partition,
                        definition: definition)
                }), of: Element.self)
    }

    /// Makes this flow the workflow's output stream.
    @inlinable
    public func stream() -> Stream<Element> {
        let place = place
        return Stream(definition: place.workflow.publish(place.node, EventType(Element.self)))
    }

    /// Hands the events to a sink, one body a partition.
    @inlinable @inline(__always)
    @discardableResult
    public func sink<Body: SinkBody>(
        _ name: String, _ make: @escaping @Sendable (_ partition: Int) -> Body
    ) -> Self where Body.Element == Element {
        let place = place
        _ = place.workflow.add(
            .sink, name, [place.node], place.node.isKeyed, Element.self
        ) { partition, definition in
            makeSinkNode(make(partition.index), partition: partition, definition: definition)
        }
        return self
    }

    /// Hands the events to a collector: for tests, examples and small outputs.
    @inlinable
    @discardableResult
    public func sink(_ name: String, _ collector: Collector<Element>) -> Self {
        sink(name) { collector.part($0) }
    }

    /// Counts the events and forgets them.
    @inlinable
    @discardableResult
    public func sink(_ name: String) -> Self { sink(name) { _ in CountingSink<Element>() } }
}
