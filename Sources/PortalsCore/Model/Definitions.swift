// The description of an application, with types erased: what the builder makes and the plan reads.

/// The type of events, as far as the registry compares it.
public struct EventType: Sendable, Equatable, CustomStringConvertible {
    #if hasFeature(Embedded)
    /// The same word for every type: embedded builds do not tell types of events apart.
    public var description: String { "events" }
    /// Always true: embedded builds do not tell types of events apart.
    public static func == (_: EventType, _: EventType) -> Bool { true }
    /// True: no task is taken to emit for nobody where types are not told apart.
    var isNever: Bool { true }
    @inlinable init<Element>(_: Element.Type) {}
    #else
    @usableFromInline let identifier: ObjectIdentifier
    /// The name of the type, for messages.
    public let description: String
    /// Whether both are the same Swift type.
    public static func == (left: EventType, right: EventType) -> Bool {
        left.identifier == right.identifier
    }
    /// There are no such events.
    var isNever: Bool { identifier == ObjectIdentifier(Never.self) }
    @inlinable init<Element>(_ type: Element.Type) {
        identifier = ObjectIdentifier(type)
        description = String(describing: type)
    }
    #endif
}

/// A place of a workflow's graph.
public final class NodeDefinition: @unchecked Sendable {  // Changed by its builder only.
    enum Kind { case source, key, task, flow, pass, sink, deadLetters }

    @usableFromInline let path: String
    let kind: Kind
    /// Its place in the element's list, which is a topological order.
    @usableFromInline var index = 0
    /// What it reads, in the order in which a union passes it on.
    let inputs: [NodeDefinition]
    @usableFromInline let isKeyed: Bool
    @usableFromInline var make: @Sendable (Partition, NodeDefinition) -> Node
    @usableFromInline var asks: [PortalDefinition] = []
    @usableFromInline var repliesTo: PortalDefinition?
    @usableFromInline var endsAtoms = false
    let output: EventType

    init(
        path: String, kind: Kind, inputs: [NodeDefinition], isKeyed: Bool, output: EventType,
        make: @escaping @Sendable (Partition, NodeDefinition) -> Node
    ) {
        self.path = path
        self.kind = kind
        self.inputs = inputs
        self.isKeyed = isKeyed
        self.output = output
        self.make = make
    }
}

/// A portal: who replies is known when the application is complete.
public final class PortalDefinition: @unchecked Sendable {  // Changed by its builder only.
    /// Where the registry finds it: application, kind and name, each after a '/'.
    public let path: String
    let request: EventType
    let reply: EventType
    /// Set for a portal of another application, found by path at launch.
    let isReference: Bool
    var repliers: [NodeDefinition] = []

    @usableFromInline
    init(path: String, request: EventType, reply: EventType, isReference: Bool) {
        self.path = path
        self.request = request
        self.reply = reply
        self.isReference = isReference
    }
}

/// A stream between elements.
public final class StreamDefinition: @unchecked Sendable {  // Changed by its builder only.
    /// Where the registry finds it: at the path of its element or below.
    public let path: String
    let type: EventType
    let isKeyed: Bool
    /// The node whose output it is; nil for a stream of another application.
    let node: NodeDefinition?

    @usableFromInline
    init(path: String, type: EventType, isKeyed: Bool, node: NodeDefinition?) {
        self.path = path
        self.type = type
        self.isKeyed = isKeyed
        self.node = node
    }
}

/// Where a consumer that is attached to a running stream starts.
public enum StreamStart: Sendable, Equatable {
    /// The earliest atom that the stream still retains.
    case earliest
    /// The next atom that the stream publishes.
    case next
    /// An atom's number; refused if it is no longer retained.
    case atom(UInt64)
}

/// What a workflow does when a handler throws.
public enum FailurePolicy: Sendable, Equatable {
    /// Undo what the event did, put it on the dead-letter stream with the error, go on.
    case deadLetter
    /// Undo the whole atom on all partitions. Its steps are not pipelined.
    ///
    /// Requests that its handlers worked on are then refused, in the order in which they were
    /// handled, unless an ask made for them earlier is still open. Of the end of the stream, what
    /// `onComplete` did is undone on all partitions, and the stream ends all the same.
    case abortAtom
    /// Undo the atom and stop the application.
    case stopApplication
}

/// A workflow, sequencer, splitter or generator: anything with steps of its own.
public final class ElementDefinition: @unchecked Sendable {  // Changed by its builder only.
    enum Kind: String { case workflow, sequencer, splitter, generator }

    let kind: Kind
    /// Where the registry finds it: application, kind and name, each after a '/'.
    public let path: String
    var nodes: [NodeDefinition] = []
    /// The streams it consumes, all into the source node.
    var sources: [(stream: StreamDefinition, start: StreamStart)] = []
    var outputs: [StreamDefinition] = []
    var partitions: Int?
    var policy = FailurePolicy.deadLetter
    /// Connections may be added while it runs.
    var isOpen = false
    /// Atoms that its streams keep for late consumers.
    var retainedAtoms = 0
    /// Of a generator.
    var atomCount: UInt64?
    var atomsPerSecond: Double?
    /// Of a generator whose atoms come from outside.
    var feed: Feed?
    var deadLetterNode: NodeDefinition?

    init(kind: Kind, path: String) {
        self.kind = kind
        self.path = path
    }

    func add(_ node: NodeDefinition) -> NodeDefinition {
        node.index = nodes.count
        nodes.append(node)
        return node
    }
}

/// A stream fed into a sequencer, perhaps of another application.
struct ConnectionDefinition {
    var path: String
    var stream: StreamDefinition
    var sequencerPath: String
    var type: EventType
    var start: StreamStart
}
