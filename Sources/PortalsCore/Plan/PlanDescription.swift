// What a launch has laid out, told: elements, stages, partitions and their workers, inputs and
// channels, rings. Read from the plan itself, so that it can't differ from what runs.

/// Where everything of a laid-out engine lies, as data and as text.
///
/// - Shape: elements in the order of the launch; all numbers count from 0.
/// - Cost: walks all plans once; for launches, never for a running loop.
public struct PlanDescription: Sendable, CustomStringConvertible {
    /// A workflow, sequencer, splitter, or a generator of its own.
    public struct Element: Sendable {
        /// The path by which the registry finds it.
        public var path: String
        /// workflow, sequencer, splitter or generator.
        public var kind: String
        /// The worker of each partition; partition 0 leads: it records the order of steps.
        public var workers: [Int]
        /// What each level of a step runs, in order. Between levels events cross partitions.
        public var stages: [[String]]
        /// What its steps can consume, in words.
        public var inputs: [String]
        /// To whom its steps send, in words.
        public var channels: [String]
    }

    /// Workers, each with two rings to and from each other one.
    public var workerCount: Int
    /// All elements, in the order of the launch.
    public var elements: [Element]
    /// Rings between different workers, one for each direction.
    public var ringCount: Int
    /// Messages a ring holds.
    public var ringCapacity: Int
    /// Bytes of one message: a cache line.
    public var messageByteCount: Int
    /// Bytes of the messages of all rings; their indices take another 384 bytes a ring.
    public var ringByteCount: Int { ringCount * ringCapacity * messageByteCount }

    /// The whole plan as text, for people: rings first, then element by element.
    public var description: String {
        var lines = [
            "rings     \(ringCount): workers × (workers − 1); each \(ringCapacity) messages × "
                + "\(messageByteCount) B = \(Self.bytes(ringCapacity * messageByteCount)), "
                + "in all \(Self.bytes(ringByteCount))"
        ]
        for element in elements {
            lines.append("")
            lines.append("\(element.path)  (\(element.kind))")
            lines.append(
                "  partitions "
                    + element.workers.enumerated().map { "\($0.offset)→worker \($0.element)" }
                    .joined(separator: ", ")
                    + "; partition 0 leads")
            for (level, stage) in element.stages.enumerated() {
                lines.append("  stage \(level)    " + stage.joined(separator: " → "))
            }
            for input in element.inputs { lines.append("  takes      " + input) }
            for channel in element.channels { lines.append("  sends      " + channel) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func bytes(_ count: Int) -> String {
        if count > 0 && count % 1_048_576 == 0 { return "\(count / 1_048_576) MiB" }
        return count % 1_024 == 0 ? "\(count / 1_024) KiB" : "\(count) B"
    }
}

extension Engine {
    /// What was launched, as it is laid out; while all workers stand still.
    public var planDescription: PlanDescription {
        PlanDescription(
            workerCount: options.workers, elements: elements.map { describe($0) },
            ringCount: options.workers * (options.workers - 1),
            ringCapacity: options.ringCapacity,
            messageByteCount: MemoryLayout<Message>.stride)
    }

    private func describe(_ plan: ElementPlan) -> PlanDescription.Element {
        var stages = Array(repeating: [String](), count: plan.levelCount)
        for node in plan.nodes {
            stages[node.level].append(name(node.definition))
        }
        return PlanDescription.Element(
            path: plan.path, kind: plan.definition.kind.rawValue, workers: plan.workers,
            stages: stages, inputs: plan.inputs.compactMap { words($0, of: plan) },
            channels: plan.channels.map { words($0, of: plan) } + exchanges(of: plan))
    }

    /// The kind of a node; with the name that its user gave it, where that is so.
    private func name(_ node: NodeDefinition) -> String {
        let name = node.path.split(separator: "/").last.map { String($0) } ?? node.path
        return switch node.kind {
        case .task: "task '\(name)'"
        case .sink: "sink '\(name)'"
        case .source: name  // "requests" where a workflow has no stream.
        case .key: node.isKeyed ? "key" : "broadcast"
        case .flow: "flow"
        case .pass: "pass"
        case .deadLetters: "dead letters"
        }
    }

    private func words(_ input: InputPlan, of plan: ElementPlan) -> String? {
        let producer =
            input.producer < 0
            ? ""
            : "\(elements[input.producer].path) (\(partitions(input.producerPartitions)))"
        let levels = input.levels.indices.filter { input.levels[$0].isActive }
        let runs =
            ": stage" + (levels.count == 1 ? " " : "s ")
            + levels.map { "\($0)" }.joined(separator: ", ")
        switch input.kind {
        case .source:
            guard let generator = plan.generator else { return nil }
            if generator.feed != nil { return "atoms of \(generator.path), from outside\(runs)" }
            let count = generator.atomCount.map { ", \($0) in all" } ?? ", without end"
            let rate = generator.atomsPerSecond.map { ", \($0) atoms a second" } ?? ""
            return "atoms of \(generator.path), made where they are used\(count)\(rate)\(runs)"
        case .stream: return "the stream of \(producer)\(runs)"
        case .request: return "requests of \(producer)\(runs)"
        case .reply: return "replies of \(producer)\(runs)"
        case .timer: return "its own time-outs\(runs)"
        case .seal: return nil  // Every element has an end.
        }
    }

    private func words(_ channel: ChannelPlan, of plan: ElementPlan) -> String {
        let what =
            switch channel.kind {
            case .stream(let node): "its stream (what \(name(plan.nodes[node].definition)) emits)"
            case .requests: "requests"
            case .replies: "replies"
            }
        // What a stream retains has no consumer.
        guard channel.consumer >= 0 else { return "\(what) to what is kept for late consumers" }
        let consumer = elements[channel.consumer]
        return "\(what) to \(consumer.path) (\(partitions(channel.consumerPartitions))), "
            + crossing(from: plan.workers, to: consumer.workers)
    }

    /// The exchanges inside the element: by key, or of everything with everyone.
    private func exchanges(of plan: ElementPlan) -> [String] {
        plan.nodes.flatMap { node in
            node.exchangeInlets.map { inlet in
                let reader = plan.nodes[plan.inlets[inlet].node]
                let way = node.definition.isKeyed ? "by key" : "each event to all partitions,"
                return "\(way) to \(name(reader.definition)) in stage \(reader.level), "
                    + crossing(from: plan.workers, to: plan.workers)
            }
        }
    }

    /// How many pairs of partitions need a ring.
    private func crossing(from senders: [Int], to receivers: [Int]) -> String {
        let pairs = senders.count * receivers.count
        let crossing = senders.reduce(0) { sum, sender in
            sum + receivers.count { $0 != sender }
        }
        return "\(crossing) of \(pairs) pairs of partitions through rings"
    }

    private func partitions(_ count: Int) -> String {
        count == 1 ? "1 partition" : "\(count) partitions"
    }
}
