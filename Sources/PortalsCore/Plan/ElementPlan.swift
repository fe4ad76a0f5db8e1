// What launching makes of a definition: levels, inlets, inputs and channels, shared by all
// partitions of an element and immutable while workers run.

/// An element as it runs: a workflow, sequencer, splitter, or a generator of its own.
public final class ElementPlan: @unchecked Sendable {  // Changed while workers stand still.
    let id: Int
    /// The path of its element, by which the registry finds it.
    public let path: String
    let application: String
    let definition: ElementDefinition
    /// How many partitions it has.
    public let partitionCount: Int
    /// The workers of its partitions.
    public internal(set) var workers: [Int] = []
    /// Global numbers of its partitions: `firstPartition ..< firstPartition + partitionCount`.
    var firstPartition = 0
    var nodes: [NodePlan] = []
    var levelCount = 1
    /// Places where parts arrive: for inputs first, then for edges between levels.
    var inlets: [InletPlan] = []
    var inputs: [InputPlan] = []
    /// Where its steps send to.
    var channels: [ChannelPlan] = []
    /// The number of ask uses of its tasks.
    var useCount = 0
    /// The channel of the requests of each use.
    var useChannels: [Int] = []
    /// The node of each use.
    var useNodes: [Int] = []
    /// The outgoing channels that carry replies: index in `channels`.
    var replyChannels: [Int] = []
    var isAtomic: Bool { definition.policy != .deadLetter }
    /// The generator fused into its source node.
    var generator: ElementDefinition?
    /// The bytes of its source's atoms in flight, where they come from outside.
    var feedSlots: FeedSlots?
    var sourceNode: Int {
        unsafe nodes.firstIndex { $0.definition.kind == .source }.unsafelyUnwrapped
    }
    var timerInput = -1
    var sealInput = -1
    /// Elements that must have completed before it can: the producers of its streams, its askers.
    var upstream: Set<Int> = []
    /// Those of them that it does not feed in turn.
    var externalUpstream: Set<Int> = []
    /// Elements to tell when it has completed.
    var downstream: Set<Int> = []
    /// It lies on a cycle of streams, is fed by one, or is an open sequencer: it rests, never
    /// seals.
    var neverSeals = false
    /// Those with which it asks and is asked in a circle: they complete when all are at rest.
    var circle: SealCircle?
    /// Its place in that.
    var circlePlace = 0

    init(
        id: Int, application: String, definition: ElementDefinition, path: String,
        partitionCount: Int
    ) {
        self.id = id
        self.application = application
        self.definition = definition
        self.path = path
        self.partitionCount = partitionCount
    }
}

extension ElementPlan {
    /// What its inputs carry, by the number that a recorded order names them by
    /// (`OrderEntry.input`).
    public var inputKinds: [InputKind] { inputs.map { $0.kind } }

    /// What makes the atoms of its inputs, by the same numbers: the path of a stream, the path of
    /// the asking or replying workflow; nil for time-outs and the end.
    public var inputProducers: [String?] { inputs.map { $0.producerPath } }

    /// Which of the reply channels a channel is.
    func replyIndex(_ channel: Int) -> Int {
        unsafe replyChannels.firstIndex(of: channel).unsafelyUnwrapped
    }

    /// The channel that stands for what a node's stream retains.
    func retentionChannel(of node: Int) -> Int {
        unsafe channels.firstIndex { $0.consumer < 0 && $0.kind == .stream(node: node) }
            .unsafelyUnwrapped
    }
}

/// A node as it is planned. Plans are classes: a step looks at them, and copying a structure of
/// arrays would count each of them.
final class NodePlan {
    let definition: NodeDefinition
    var level = 0
    var ports: [PortPlan] = []
    /// The exchange inlets that a `key` sends to: one for each node that reads it.
    var exchangeInlets: [Int] = []
    /// Edges from its outlet that cross to a later level on the same partition.
    var crossings: [Crossing] = []
    /// Its outlet is read by a channel.
    var isCollected = false

    init(definition: NodeDefinition) { self.definition = definition }
}

/// One input of a node.
struct PortPlan {
    enum Kind: Equatable {
        case direct
        case held
        /// Across levels or partitions: parts come through an inlet.
        case inlet(Int)
    }
    var source: Int
    var kind: Kind
}

/// Where parts wait for their step.
struct InletPlan {
    var senderCount: Int
    /// Chunks are handed to this node's port; requests and replies to its handlers.
    var node: Int
}

/// What an input of an element carries.
public enum InputKind: UInt8, Sendable, BitwiseCopyable {
    case reply, request, stream, timer, source, seal
}

/// Something that a step can consume.
final class InputPlan {
    typealias Kind = InputKind
    var kind: Kind
    /// The inlet of its parts; -1 for sources, timers, seals.
    var inlet: Int
    /// The producing element and its partitions; -1 and 0 where there is none.
    var producer: Int
    var producerPartitions: Int
    /// The path of the stream, or of the workflow that asks or replies.
    var producerPath: String?
    /// For requests: the reply channel, as an index in `replyChannels`.
    var replyChannel = -1
    /// What runs on a step, level by level; inactive levels are empty.
    var levels: [LevelRun] = []
    var levelCount = 0
    /// A partition without a part has nothing to do.
    var skipsEmptyPartitions = false

    init(
        kind: Kind, inlet: Int, producer: Int, producerPartitions: Int, producerPath: String?
    ) {
        self.kind = kind
        self.inlet = inlet
        self.producer = producer
        self.producerPath = producerPath
        self.producerPartitions = producerPartitions
    }
}

/// What one level of a step runs.
final class LevelRun {
    /// In topological order.
    var nodes: [Int] = []
    /// Inlets between levels that must hold the step's parts.
    var inlets: [Int] = []
    var isActive: Bool { !nodes.isEmpty }
}

/// A sequence of atoms from one element to another.
public struct ChannelPlan {
    enum Kind: Equatable {
        /// Of an output stream: the index of its node.
        case stream(node: Int)
        case requests
        case replies
    }
    var kind: Kind
    var consumer: Int
    var consumerPartitions: Int
    /// The input of the consumer.
    var input: Int
    /// The first step of the producer that the consumer is to see, on each partition the same.
    var firstStep: UInt64 = 0
}
