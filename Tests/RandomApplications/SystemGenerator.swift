// Random systems: which applications, streams, workflows and portals there are.

extension SystemDescription {
    /// The system of a seed; always the same.
    ///
    /// Draws again where the fair order of the reference model handles too many events.
    public static func random(seed: UInt64) -> SystemDescription {
        for attempt in 0..<1_000 as Range<UInt64> {
            var generator = SystemGenerator(seed: seed &+ attempt &* 1_000_003)
            let description = generator.make()
            let model = ReferenceModel(description, handledMax: 3_000)
            if (try? model.run()) != nil { return description }
        }
        preconditionFailure("no small system for seed \(seed)")
    }
}

private struct SystemGenerator {
    var draw: Draw
    var system: SystemDescription
    /// Streams to read, and whether events of each carry keys.
    var streams: [(source: StreamSource, isKeyed: Bool, application: Int)] = []

    init(seed: UInt64) {
        draw = Draw(seed: seed)
        system = SystemDescription(
            partitions: draw.pick([1, 2, 2, 3, 4]), applications: draw.pick([1, 1, 2, 3]))
    }

    mutating func make() -> SystemDescription {
        for _ in 0..<(1 + draw.below(2)) { generator() }
        for _ in 0..<draw.below(4) {
            system.portals.append(
                PortalPlace(
                    application: anyApplication(), keyedBy: draw.chance(70) ? keyRule() : nil))
        }
        for portal in system.portals.indices {
            workflow(replies: portal, readsStream: draw.chance(40))
        }
        for _ in 0..<(1 + draw.below(4)) {
            switch draw.below(10) {
            case 0: splitter()
            case 1, 2: sequencer()
            case 3: loop()
            default: workflow(replies: nil, readsStream: true)
            }
        }
        if !system.workflows.contains(where: { $0.source != nil }) {
            workflow(replies: nil, readsStream: true)
        }
        return system
    }

    mutating func anyApplication() -> Int { draw.below(system.applications) }

    mutating func keyRule() -> KeyRule {
        KeyRule(
            weightA: draw.pick([1, 1, 3]), weightB: draw.pick([0, 0, 1, 5]),
            keys: draw.pick([1, 2, 5, 11]))
    }

    mutating func generator() {
        let application = anyApplication()
        let atoms = (0..<(1 + draw.below(8))).map { _ in
            (0..<(draw.chance(15) ? 0 : draw.below(7))).map { _ in
                Token(
                    Int64(draw.below(40)) - 8, Int64(draw.below(9)), fuel: Int64(draw.below(4)))
            }
        }
        streams.append((.generator(system.generators.count), false, application))
        system.generators.append(GeneratorDescription(application: application, atoms: atoms))
    }

    mutating func splitter() {
        let input = draw.pick(streams)
        let count = 1 + draw.below(3)
        let splitter = SplitterDescription(
            application: draw.chance(80) ? input.application : anyApplication(),
            input: input.source, conditions: (0..<count).map { _ in draw.eventCondition() },
            hasDefault: draw.chance(50))
        let number = system.splitters.count
        system.splitters.append(splitter)
        let isKeyed = input.isKeyed && splitter.application == input.application
        for split in 0..<(count + (splitter.hasDefault ? 1 : 0)) {
            streams.append((.split(splitter: number, split), isKeyed, splitter.application))
        }
    }

    mutating func sequencer() {
        var inputs: [StreamSource] = []
        for _ in 0..<(2 + draw.below(2)) {
            let input = draw.pick(streams).source
            if !inputs.contains(input) { inputs.append(input) }
        }
        let application = anyApplication()
        streams.append((.sequencer(system.sequencers.count), false, application))
        system.sequencers.append(SequencerDescription(application: application, inputs: inputs))
    }

    /// A sequencer and a workflow that feeds it, counted down by fuel.
    mutating func loop() {
        let application = anyApplication()
        let sequencer = system.sequencers.count
        system.sequencers.append(
            SequencerDescription(application: application, inputs: [draw.pick(streams).source]))
        let number = system.workflows.count
        workflow(
            replies: nil, readsStream: true,
            reading: (.sequencer(sequencer), false, application), burns: true)
        system.sequencers[sequencer].inputs.append(.workflow(number))
    }

    mutating func workflow(
        replies: Int?, readsStream: Bool,
        reading: (source: StreamSource, isKeyed: Bool, application: Int)? = nil, burns: Bool = false
    ) {
        let application =
            replies.map { system.portals[$0].application } ?? reading?.application
            ?? anyApplication()
        var shape = WorkflowShape(
            application: application, replies: replies,
            policy: draw.pick([.deadLetter, .deadLetter, .abortAtom]))
        // Any portal may be asked: fuel bounds circles.
        if !system.portals.isEmpty && draw.chance(replies == nil ? 75 : 60) {
            shape.asks = system.portals.indices.filter { _ in draw.chance(60) }
        }
        if readsStream {
            let input = reading ?? draw.pick(streams)
            let keeps = input.isKeyed && input.application == application && draw.chance(60)
            shape.nodes = [.source(input.source, keyed: keeps)]
            shape.isKeyed = [keeps]
        } else {
            shape.nodes = [.requests]
            shape.isKeyed = [true]
        }
        shape.grow(&draw, keyRule: keyRule())
        if burns {
            shape.nodes.append(.burn(shape.nodes.count - 1))
            shape.isKeyed.append(shape.isKeyed.last!)
        }
        var workflow = WorkflowDescription(
            application: application, policy: shape.policy, nodes: shape.nodes)
        let last = shape.nodes.count - 1
        workflow.sinks = [last]
        if last > 1 && draw.chance(30) { workflow.sinks.append(1 + draw.below(last - 1)) }
        if burns || draw.chance(60) {
            workflow.output = last
            // A loop's body does not seal: what follows it can be read all the same.
            streams.append((.workflow(system.workflows.count), shape.isKeyed[last], application))
        }
        system.workflows.append(workflow)
    }
}
