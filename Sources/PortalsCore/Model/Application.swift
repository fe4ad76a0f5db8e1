// The description of an application, and the builder that a user writes it with.

/// A named, immutable description of workflows, generators, sequencers, splitters, portals and
/// connections: launched and stopped as a unit.
public final class Application: @unchecked Sendable {  // Immutable once its initialiser returns.
    /// The first part of the path of all that it holds: not empty, without '/'.
    public let name: String
    var elements: [ElementDefinition] = []
    var portals: [PortalDefinition] = []
    var connections: [ConnectionDefinition] = []
    /// What is wrong already, each with its path.
    var faults: [String] = []

    /// Describes an application. Nothing runs, and faults are collected, until it is launched.
    public init(_ name: String, _ describe: (ApplicationBuilder) -> Void) {
        self.name = name
        if name.isEmpty || name.utf8.contains(UInt8(ascii: "/")) {
            faults.append("/\(name): an application's name has at least one character and no '/'")
        }
        describe(ApplicationBuilder(self))
    }

    func add(_ element: ElementDefinition) { elements.append(element) }

    /// The paths of those that have as many partitions as the site's options say.
    package var elementsWithoutPartitions: [String] {
        elements.filter { $0.partitions == nil }.map { $0.path }
    }

    /// Words of a record that hold the largest atom of its sources from outside; a power of two.
    package var recordCapacityMin: Int {
        StepRecorder.capacity(
            byteCount: elements.lazy.compactMap { $0.feed?.recordByteCountMax }.max() ?? 0)
    }
}

/// Adds elements to an application while it is described.
public struct ApplicationBuilder {
    @usableFromInline let application: Application

    @usableFromInline init(_ application: Application) { self.application = application }

    @usableFromInline
    func path(_ kind: String, _ name: String) -> String {
        "/\(application.name)/\(kind)/\(name)"
    }

    // MARK: Generators

    /// A source whose events are a pure function of their index: any partition makes any part of
    /// it. One that nothing reads is refused at launch.
    ///
    /// - Shape: atom `k` holds the events `k·atomSize ..< (k+1)·atomSize`; the last may be shorter.
    /// - Parameter count: events in all; nil for a source without end.
    /// - Parameter atomsPerSecond: the rate of entry; nil for as fast as possible.
    @inlinable @inline(__always)
    public func generator<Source: IndexedSource>(
        _ name: String, _ source: Source, count: UInt64?, atomSize: Int,
        atomsPerSecond: Double? = nil
    ) -> Stream<Source.Element> {
        let size = UInt64(max(1, atomSize))
        return addGenerator(
            name, Source.Element.self, atomCount: count.map { ($0 + size - 1) / size },
            atomsPerSecond: atomsPerSecond,
            fault: atomSize < 1 ? "an atom has at least one event, not \(atomSize)" : nil
        ) { partition, definition in
            makeSourceNode(
                source, count: count ?? .max, atomSize: size, partition: partition,
                definition: definition)
        }
    }

    /// A source of given atoms; an empty one is none, and has no number.
    @inlinable
    public func generator<Element: Event>(_ name: String, atoms: [[Element]]) -> Stream<Element> {
        let atoms = atoms.filter { !$0.isEmpty }
        return addGenerator(
            name, Element.self, atomCount: UInt64(atoms.count), atomsPerSecond: nil, fault: nil
        ) { partition, definition in
            makeArraySourceNode(atoms, partition: partition, definition: definition)
        }
    }

    @usableFromInline
    func addGenerator<Element: Event>(
        _ name: String, _: Element.Type, atomCount: UInt64?, atomsPerSecond: Double?,
        fault: String?, feed: Feed? = nil,
        make: @escaping @Sendable (Partition, NodeDefinition) -> Node
    ) -> Stream<Element> {
        let path = path("generators", name)
        let element = ElementDefinition(kind: .generator, path: path)
        element.feed = feed
        element.atomCount = atomCount
        element.atomsPerSecond = atomsPerSecond
        if let fault { application.faults.append("\(path): \(fault)") }
        if let atomsPerSecond, !(atomsPerSecond > 0) {
            application.faults.append("\(path): a rate is more than 0 atoms a second")
        }
        let node = element.add(
            NodeDefinition(
                path: path, kind: .source, inputs: [], isKeyed: false,
                output: EventType(Element.self), make: make))
        let stream = StreamDefinition(
            path: path, type: EventType(Element.self), isKeyed: false, node: node)
        element.outputs = [stream]
        application.add(element)
        return Stream(definition: stream)
    }

    // MARK: Portals

    /// A typed service; one task of a workflow replies to it.
    @inlinable
    public func portal<Request: Event, Reply: Event>(
        _ name: String, asking _: Request.Type, replying _: Reply.Type,
        keyedBy key: (@Sendable (Request) -> Key)? = nil
    ) -> Portal<Request, Reply> {
        let definition = PortalDefinition(
            path: path("portals", name), request: EventType(Request.self),
            reply: EventType(Reply.self), isReference: false)
        add(definition)
        return Portal(definition: definition, keyedBy: key)
    }

    @usableFromInline func add(_ portal: PortalDefinition) { application.portals.append(portal) }

    // MARK: Workflows

    /// A DAG of tasks over one source stream, with one output stream.
    ///
    /// - Parameter partitions: 1 to 64; the site's default if nil.
    /// - Parameter retaining: atoms that the output stream keeps for consumers attached later.
    public func workflow(
        _ name: String, partitions: Int? = nil, onFailure policy: FailurePolicy = .deadLetter,
        retaining retainedAtoms: Int = 0
    ) -> WorkflowBuilder {
        let element = ElementDefinition(kind: .workflow, path: path("workflows", name))
        element.partitions = partitions
        element.policy = policy
        element.retainedAtoms = retainedAtoms
        application.add(element)
        return WorkflowBuilder(application: application, element: element)
    }

    // MARK: Sequencers, connections, splitters

    /// Merges streams into one, whole atom by whole atom; the only way besides portals to a cycle.
    ///
    /// - Parameter open: connections may be added by applications launched later; an open sequencer
    ///   never seals.
    @inlinable
    public func sequencer<Element: Event>(
        _ name: String, of _: Element.Type, partitions: Int? = nil, open: Bool = false
    ) -> Sequencer<Element> {
        let path = path("sequencers", name)
        let stream = addPass(.sequencer, path, Element.self, partitions, open) {
            partition, definition in
            makePassNode(
                Element.self, isKeyed: false, partition: partition, definition: definition)
        }
        return Sequencer(stream: stream, path: path)
    }

    /// Feeds a stream into a sequencer.
    @inlinable
    public func connect<Element: Event>(
        _ stream: Stream<Element>, to sequencer: Sequencer<Element>, from start: StreamStart = .next
    ) {
        addConnection(stream.definition, sequencer.path, EventType(Element.self), start)
    }

    @usableFromInline
    func addConnection(
        _ stream: StreamDefinition, _ sequencer: String, _ type: EventType, _ start: StreamStart
    ) {
        let name = "\(stream.path)>\(sequencer)"
        application.connections.append(
            ConnectionDefinition(
                path: "/\(application.name)/connections\(name)", stream: stream,
                sequencerPath: sequencer, type: type, start: start))
    }

    /// Sends each event of a stream to the first of several named streams that wants it. A split
    /// needs no reader: an application launched later may read it.
    ///
    /// - Parameter default: the name of the split for events that none wants; without one they are
    ///   counted and dropped.
    @inlinable
    public func splitter<Element: Event>(
        _ name: String, _ stream: Stream<Element>,
        splits: [(name: String, wants: @Sendable (Element) -> Bool)], default rest: String? = nil
    ) -> Splitter<Element> {
        let path = path("splitters", name)
        let wants = splits.map { $0.wants }
        let names = splits.map { $0.name } + (rest.map { [$0] } ?? [])
        return Splitter(
            path: path,
            streams: addSplitter(path, stream, names) { partition, definition, split in
                makeSplitNode(
                    wants, split: split, hasDefault: rest != nil, partition: partition,
                    definition: definition)
            })
    }

    @usableFromInline
    func addPass<Element: Event>(
        _ kind: PassKind, _ path: String, _: Element.Type, _ partitions: Int?, _ open: Bool,
        make: @escaping @Sendable (Partition, NodeDefinition) -> Node
    ) -> Stream<Element> {
        let element = ElementDefinition(kind: .sequencer, path: path)
        element.partitions = partitions
        element.isOpen = open
        let node = element.add(
            NodeDefinition(
                path: path, kind: .source, inputs: [], isKeyed: false,
                output: EventType(Element.self), make: make))
        let stream = StreamDefinition(
            path: path, type: EventType(Element.self), isKeyed: false, node: node)
        element.outputs = [stream]
        application.add(element)
        return Stream(definition: stream)
    }

    @usableFromInline enum PassKind { case sequencer }

    @usableFromInline
    func addSplitter<Element: Event>(
        _ path: String, _ source: Stream<Element>, _ names: [String],
        make: @escaping @Sendable (Partition, NodeDefinition, _ split: Int) -> Node
    ) -> [(name: String, stream: Stream<Element>)] {
        let element = ElementDefinition(kind: .splitter, path: path)
        element.sources = [(source.definition, .next)]
        let isKeyed = source.definition.isKeyed
        let type = EventType(Element.self)
        let input = element.add(
            NodeDefinition(path: path, kind: .source, inputs: [], isKeyed: isKeyed, output: type) {
                partition, definition in
                makePassNode(
                    Element.self, isKeyed: isKeyed, partition: partition, definition: definition)
            })
        var streams: [(name: String, stream: Stream<Element>)] = []
        for (split, name) in names.enumerated() {
            let node = element.add(
                NodeDefinition(
                    path: "\(path)/\(name)", kind: .pass, inputs: [input], isKeyed: isKeyed,
                    output: type
                ) { partition, definition in make(partition, definition, split) })
            let stream = StreamDefinition(
                path: "\(path)/\(name)", type: type, isKeyed: isKeyed, node: node)
            element.outputs.append(stream)
            streams.append((name, Stream(definition: stream)))
        }
        if names.isEmpty { application.faults.append("\(path): a splitter has at least one split") }
        application.add(element)
        return streams
    }

    // MARK: Registry

    /// A stream of a running application, by path and type; checked at launch.
    @inlinable
    public func stream<Element: Event>(at path: String, of _: Element.Type) -> Stream<Element> {
        Stream(
            definition: StreamDefinition(
                path: path, type: EventType(Element.self), isKeyed: false, node: nil))
    }

    /// A portal of a running application, by path and types; checked at launch.
    @inlinable
    public func portal<Request: Event, Reply: Event>(
        at path: String, asking _: Request.Type, replying _: Reply.Type,
        keyedBy key: (@Sendable (Request) -> Key)? = nil
    ) -> Portal<Request, Reply> {
        Portal(
            definition: PortalDefinition(
                path: path, request: EventType(Request.self), reply: EventType(Reply.self),
                isReference: true), keyedBy: key)
    }

    /// An open sequencer of a running application, by path and type; checked at launch.
    @inlinable
    public func sequencer<Element: Event>(
        at path: String, of _: Element.Type
    ) -> Sequencer<Element> {
        Sequencer(stream: stream(at: path, of: Element.self), path: path)
    }
}

/// An atomic stream: a totally ordered sequence of atoms.
public struct Stream<Element: Event>: Sendable {
    @usableFromInline let definition: StreamDefinition

    @usableFromInline init(definition: StreamDefinition) { self.definition = definition }

    /// Where the registry has it.
    public var path: String { definition.path }
}

/// The handle of a sequencer: connect streams to it, consume its stream.
public struct Sequencer<Element: Event>: Sendable {
    /// The one stream of all that is connected to it, atom after atom.
    public let stream: Stream<Element>
    /// Where the registry finds it: `/application/sequencers/name`.
    public let path: String

    @usableFromInline init(stream: Stream<Element>, path: String) {
        self.stream = stream
        self.path = path
    }
}

/// The handle of a splitter: one stream a split.
public struct Splitter<Element: Event>: Sendable {
    /// Where the registry finds it: `/application/splitters/name`.
    public let path: String
    @usableFromInline let streams: [(name: String, stream: Stream<Element>)]

    @usableFromInline init(path: String, streams: [(name: String, stream: Stream<Element>)]) {
        self.path = path
        self.streams = streams
    }

    /// The stream of a split, by its name.
    ///
    /// - Errors: traps where the splitter has no such split, naming those it has.
    public subscript(name: String) -> Stream<Element> {
        for split in streams where split.name == name { return split.stream }
        let names = streams.map { $0.name }.joined(separator: ", ")
        preconditionFailure("\(path) has no split '\(name)', only: \(names)")
    }
}
