// The plan of an element as one partition runs it: flat, in raw memory, with the partition's own
// nodes in place of their numbers. Made anew whenever a launch has changed the plan.

/// What a partition does on each input and level, and what it sends when a step ends.
@safe
struct StepProgram: ~Copyable {
    var inputs = Row<InputRun>()
    /// Of all inputs, `levelCount` each.
    var levels = Row<LevelRun>()
    var nodes = Row<NodeRun>()
    /// The inlets between levels that a level waits for.
    var waits = Row<Int>()
    var inlets = Row<Uncounted<Inlet>>()
    var channels = Row<ChannelRun>()
    /// The request buffers of the uses of each channel of requests.
    var requests = unsafe Row<UnsafeMutablePointer<PartBuffer>>()
    var sinks = Row<Uncounted<Node>>()
    var askers = Row<Uncounted<Node>>()
    var collectors = Row<Uncounted<Port>>()
    var levelCount = 0

    /// A row's entries of an input, level or channel.
    struct Span: BitwiseCopyable {
        var start = 0
        var end = 0
    }

    struct InputRun: BitwiseCopyable {
        var kind: InputKind
        var inlet: Int
        var replyChannel: Int
        /// Where its events enter: the source, or the replier.
        var node: Uncounted<Node>
    }

    struct LevelRun: BitwiseCopyable {
        var nodes = Span()
        var waits = Span()
        /// Something of it can have output for a channel before the step ends.
        var gives = false

        var isActive: Bool { nodes.start < nodes.end }
    }

    struct NodeRun: BitwiseCopyable {
        var node: Uncounted<Node>
        var plan: Uncounted<NodePlan>
        var number: Int
        /// Some of its ports are fed here and not by the node before.
        var feeds: Bool
        var exchanges: Bool
        var crosses: Bool
    }

    struct ChannelRun: BitwiseCopyable {
        enum Kind { case stream, requests, replies }
        var kind: Kind
        /// Of a stream: the node, and what gathers its output.
        var node = 0
        var collector: Uncounted<Port>?
        /// Of requests.
        var requests = Span()
        /// Of replies.
        var replyIndex = 0
        /// The first partition of the consumer; negative where the partition itself retains.
        var consumer: Int
        var consumerPartitions: Int
        var inlet: Int
        var firstStep: UInt64
    }
}

extension StepProgram {
    /// Lays the plan of a partition's element out.
    init(
        element: ElementPlan, nodes made: [Node], inlets madeInlets: [Inlet], uses: [AskUse],
        directory: Directory
    ) {
        self.init()
        levelCount = element.levelCount
        for inlet in madeInlets { inlets.append(Uncounted(inlet)) }
        for node in made {
            if node.definition.kind == .sink { sinks.append(Uncounted(node)) }
            if node.pendingAsks != nil { askers.append(Uncounted(node)) }
            if let collector = node.collector { collectors.append(Uncounted(collector)) }
        }
        for plan in element.inputs { add(plan, element, made) }
        for (number, plan) in element.channels.enumerated() {
            add(plan, number, element, made, uses, directory)
        }
    }

    private mutating func add(_ plan: InputPlan, _ element: ElementPlan, _ made: [Node]) {
        let entry =
            plan.kind == .request ? element.inlets[plan.inlet].node : element.sourceNode
        inputs.append(
            InputRun(
                kind: plan.kind, inlet: plan.inlet, replyChannel: plan.replyChannel,
                node: Uncounted(made[entry])))
        for level in plan.levels {
            var run = LevelRun()
            run.nodes.start = nodes.count
            run.waits.start = waits.count
            for number in level.nodes {
                let node = made[number]
                let nodePlan = element.nodes[number]
                let feeds = nodePlan.ports.indices.contains { index in
                    if case .inlet = nodePlan.ports[index].kind { return true }
                    return node.ports[index].mode == .held && !node.holdsChunks
                }
                nodes.append(
                    NodeRun(
                        node: Uncounted(node), plan: Uncounted(nodePlan), number: number,
                        feeds: feeds, exchanges: !nodePlan.exchangeInlets.isEmpty,
                        crosses: !nodePlan.crossings.isEmpty))
                if node.core != nil || node.collector != nil { run.gives = true }
            }
            for inlet in level.inlets { waits.append(inlet) }
            if element.definition.deadLetterNode != nil { run.gives = true }
            run.nodes.end = nodes.count
            run.waits.end = waits.count
            levels.append(run)
        }
    }

    private mutating func add(
        _ plan: ChannelPlan, _ number: Int, _ element: ElementPlan, _ made: [Node],
        _ uses: [AskUse], _ directory: Directory
    ) {
        let consumer = plan.consumer < 0 ? nil : directory.elements[plan.consumer]
        var run = ChannelRun(
            kind: .stream, consumer: consumer?.firstPartition ?? -1,
            consumerPartitions: plan.consumerPartitions,
            inlet: consumer?.inputs[plan.input].inlet ?? -1, firstStep: plan.firstStep)
        switch plan.kind {
        case .stream(let node):
            run.node = node
            run.collector = made[node].collector.map { Uncounted($0) }
        case .requests:
            run.kind = .requests
            run.requests.start = unsafe requests.count
            for use in uses where use.channel == number {
                unsafe requests.append(use.requests.buffers)
            }
            run.requests.end = unsafe requests.count
        case .replies:
            run.kind = .replies
            run.replyIndex = element.replyIndex(number)
        }
        channels.append(run)
    }
}
