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
    ) -> Flow<Element, Unkeyed> {
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
    ) -> Flow<Element, Keyed> {
        Flow(
            workflow: self,
            node: addSource(stream.definition, start, keyed: true) { partition, definition in
                makePassNode(
                    Element.self, isKeyed: true, partition: partition, definition: definition)
            })
    }

    /// A workflow without a stream of its own: only its tasks' requests drive it.
    @inlinable
    public func requestsOnly() -> Flow<Never, Keyed> {
        Flow(
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
        if element.nodes.contains(where: { $0.kind == .source }) {
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
                path: "\(element.path)/\(name)", kind: unsafe kinds[kind].unsafelyUnwrapped,
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

    var path: String { element.path }

    @usableFromInline func isExchange(_ node: NodeDefinition) -> Bool { node.kind == .key }

    /// Names of unnamed nodes, unique within the workflow.
    @usableFromInline func name(_ kind: String) -> String { "\(kind)-\(element.nodes.count)" }
}

/// Whether the events of a flow carry keys; known when the program is compiled.
public protocol FlowKeys {
    static var areThere: Bool { get }
}

/// Events carry keys: tasks have state a key.
public enum Keyed: FlowKeys {
    /// True: each event has a key.
    @inlinable public static var areThere: Bool { true }
}

/// Events carry no keys: tasks have state a partition.
public enum Unkeyed: FlowKeys {
    /// False: no event has a key.
    @inlinable public static var areThere: Bool { false }
}

/// A place in a workflow that is being described, and the events that pass there.
public struct Flow<Element: Event, Keys: FlowKeys> {
    @usableFromInline let workflow: WorkflowBuilder
    @usableFromInline let node: NodeDefinition

    @usableFromInline init(workflow: WorkflowBuilder, node: NodeDefinition) {
        self.workflow = workflow
        self.node = node
    }

    @inlinable @inline(__always)
    func next<Output: Event, OutputKeys: FlowKeys>(
        _ kind: WorkflowBuilder.PassedKind, _ name: String, _ inputs: [NodeDefinition],
        _: Output.Type, _: OutputKeys.Type,
        make: @escaping @Sendable (Partition, NodeDefinition) -> Node
    ) -> Flow<Output, OutputKeys> {
        Flow<Output, OutputKeys>(
            workflow: workflow,
            node: workflow.add(
                kind, name, inputs, OutputKeys.areThere, Output.self, make: make))
    }

    /// Gives each event its key, and sends it to the partition that owns it.
    ///
    /// - Parameter key: a pure function of the event: it is computed where the event leaves and,
    ///   for plain bits, again where it arrives.
    @inlinable @inline(__always)
    public func key(_ key: @escaping @Sendable (Element) -> Key) -> Flow<Element, Keyed> {
        next(.key, workflow.name("key"), [node], Element.self, Keyed.self) {
            partition, definition in
            makeKeyNode(key, partition: partition, definition: definition)
        }
    }

    /// Sends each event to every partition: for what all of them must know, as the new version of
    /// a model, a table of prices, a rule.
    ///
    /// ```swift
    /// app.workflow("serving").source(models).broadcast()
    ///     .task("classify", Classifier(), replies: classify)
    /// ```
    /// Behind it a task has one state a partition, and sees each event once on each; what it emits
    /// for them comes once a partition, so their number depends on the number of partitions. The
    /// requests that it replies to still go to one partition each.
    ///
    /// - Cost: a copy of each event a partition; large ones are held by reference.
    @inlinable @inline(__always)
    public func broadcast() -> Flow<Element, Unkeyed> {
        next(.key, workflow.name("broadcast"), [node], Element.self, Unkeyed.self) {
            partition, definition in
            makeBroadcastNode(Element.self, partition: partition, definition: definition)
        }
    }

    /// A task: with keys one state value a key; without, its state is the body's own properties,
    /// one a partition. One that emits is read by something, or refused at launch.
    ///
    /// - Parameter asks: the portals that it asks, each with the handler of its replies.
    /// - Parameter portal: the portal that it replies to.
    @discardableResult
    @inlinable @inline(__always)
    public func task<Body: TaskBody>(
        _ name: String, _ body: @escaping @Sendable @autoclosure () -> Body,
        asks: [Asking<Body>] = [], replies portal: Portal<Body.Request, Body.Reply>? = nil
    ) -> Flow<Body.Output, Keys> where Body.Input == Element {
        let replies = portal != nil
        let isKeyed = Keys.areThere
        let task = next(.task, name, [node], Body.Output.self, Keys.self) { partition, definition in
            makeTaskNode(
                body(), isKeyed: isKeyed, asks: asks, replies: replies, partition: partition,
                definition: definition)
        }
        task.node.asks = asks.map { $0.portal }
        task.node.endsAtoms = Body.handlesAtomComplete
        if let portal { workflow.replies(portal.definition, task.node) }
        return task
    }

    /// Stateless stages in one closure over a batch, fused: the fast form.
    ///
    /// ```swift
    /// .flow(emits: Int.self) { batch, out in batch.filter { $0 > 3 }.map { $0 * 2 }.emit(&out) }
    /// ```
    @inlinable @inline(__always)
    public func flow<Output: Event>(
        emits: Output.Type,
        _ body: @escaping @Sendable (Batch<Element>, inout Emitter<Output>) -> Void
    ) -> Flow<Output, Keys> {
        let isKeyed = Keys.areThere
        return next(.flow, workflow.name("flow"), [node], Output.self, Keys.self) {
            partition, definition in
            makeFlowNode(body, isKeyed: isKeyed, partition: partition, definition: definition)
        }
    }

    /// Replaces each event; a node of its own, about 2 ns an event. `flow` fuses several.
    @inlinable @inline(__always)
    public func map<Output: Event>(
        _ transform: @escaping @Sendable (Element) -> Output
    ) -> Flow<Output, Keys> {
        flow(emits: Output.self) { batch, out in batch.map(transform).emit(&out) }
    }

    /// Keeps the events that a predicate wants.
    @inlinable @inline(__always)
    public func filter(
        _ isIncluded: @escaping @Sendable (Element) -> Bool
    ) -> Flow<Element, Keys> {
        flow(emits: Element.self) { batch, out in batch.filter(isIncluded).emit(&out) }
    }

    /// This flow's events, and after them the other's, atom by atom.
    @inlinable
    public func union(_ other: Flow<Element, Keys>) -> Flow<Element, Keys> {
        let isKeyed = Keys.areThere
        return next(.pass, workflow.name("union"), [node, other.node], Element.self, Keys.self) {
            partition, definition in
            makePassNode(
                Element.self, isKeyed: isKeyed, partition: partition, definition: definition)
        }
    }

    /// Adds a fault to those that the launch is refused with: for libraries that check what they
    /// are given where a workflow is described.
    ///
    /// - Parameter fault: what is wrong and what to do; it follows the path of the workflow.
    public func refuseLaunch(_ fault: String) {
        workflow.application.faults.append("\(workflow.path): \(fault)")
    }

    /// Makes this flow the workflow's output stream. It needs no reader: an application launched
    /// later may read it, by its path.
    @inlinable
    @discardableResult
    public func stream() -> Stream<Element> {
        // The output of a `key` is sent to partitions; what leaves the workflow is read behind
        // that.
        if workflow.isExchange(node) {
            let isKeyed = Keys.areThere
            let pass = next(.pass, workflow.name("output"), [node], Element.self, Keys.self) {
                partition, definition in
                makePassNode(
                    Element.self, isKeyed: isKeyed, partition: partition, definition: definition)
            }
            return Stream(definition: workflow.publish(pass.node, EventType(Element.self)))
        }
        return Stream(definition: workflow.publish(node, EventType(Element.self)))
    }

    /// Hands the events to a sink, one body a partition.
    @inlinable @inline(__always)
    @discardableResult
    public func sink<Body: SinkBody>(
        _ name: String, _ make: @escaping @Sendable (_ partition: Int) -> Body
    ) -> Flow<Element, Keys> where Body.Element == Element {
        _ = workflow.add(.sink, name, [node], Keys.areThere, Element.self) {
            partition, definition in
            makeSinkNode(make(partition.index), partition: partition, definition: definition)
        }
        return self
    }

    /// Hands the events to a sink that asks for its place, one body a partition.
    @inlinable @inline(__always)
    @discardableResult
    public func placedSink<Body: SinkBody>(
        _ name: String, _ make: @escaping @Sendable (_ place: SinkPlace) -> Body
    ) -> Flow<Element, Keys> where Body.Element == Element {
        _ = workflow.add(.sink, name, [node], Keys.areThere, Element.self) {
            partition, definition in
            let place = SinkPlace(path: definition.path, partition: partition.index)
            return makeSinkNode(make(place), partition: partition, definition: definition)
        }
        return self
    }

    /// Hands the events to a collector: for tests, examples and small outputs.
    @inlinable
    @discardableResult
    public func sink(_ name: String, _ collector: Collector<Element>) -> Flow<Element, Keys> {
        sink(name) { collector.part($0) }
    }

    /// Counts the events and forgets them.
    @inlinable
    @discardableResult
    public func sink(_ name: String) -> Flow<Element, Keys> {
        sink(name) { _ in CountingSink<Element>() }
    }
}
