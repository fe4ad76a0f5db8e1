// From applications to plans: everything that can be wrong is found here, all at once, before
// anything runs.

/// Makes the plans of applications that join a running system.
struct Planner {
    let directory: Directory
    let partitionCountDefault: Int
    let workerCount: Int
    let placement: Placement
    var faults: [String] = []
    /// Bytes of the longest record of an atom from outside; nil where nothing is recorded.
    var recordByteCountMax: Int?
    /// By path, of the running and the new.
    var streams: [String: (definition: StreamDefinition, element: ElementDefinition)] = [:]
    var portals: [String: PortalDefinition] = [:]
    private var elementPlans: [ObjectIdentifier: ElementPlan] = [:]
    var nodeElements: [ObjectIdentifier: ElementDefinition] = [:]
    private var added: [ElementPlan] = []
    var newApplications: [Application] = []

    init(
        directory: Directory, partitionCountDefault: Int, workerCount: Int, placement: Placement
    ) {
        self.directory = directory
        self.partitionCountDefault = partitionCountDefault
        self.workerCount = workerCount
        self.placement = placement
    }

    /// Plans the applications on top of what runs. The directory is changed only if there are no
    /// faults.
    mutating func plan(_ applications: [Application]) throws(LaunchError) -> [ElementPlan] {
        newApplications = applications
        let all = directory.applications + applications
        indexPaths(all, applications)
        for application in applications { faults += application.faults }
        for application in applications { check(application) }
        for application in applications { checkReaders(application) }
        for application in applications { checkFeeds(application) }
        checkCycles(all)
        if !faults.isEmpty { throw LaunchError(faults: faults) }
        for application in applications { makeElements(application) }
        for plan in added { makeGraph(plan) }
        connectStreams(all)
        connectPortals()
        for plan in added { finishInputs(plan) }
        relate()
        return added
    }

    // MARK: Paths

    private mutating func indexPaths(_ all: [Application], _ new: [Application]) {
        var places: [String: String] = [:]
        var names: Set<String> = []
        for application in all {
            if !names.insert(application.name).inserted {
                faults.append(
                    "/\(application.name): an application of this name is running, or launched "
                        + "with it: give each a name of its own")
            }
            var paths = application.portals.map { ($0.path, "a portal") }
            for element in application.elements {
                paths.append((element.path, "a \(element.kind.rawValue)"))
                for node in element.nodes where node.path != element.path {
                    paths.append((node.path, "a part of \(element.path)"))
                }
                for node in element.nodes { nodeElements[ObjectIdentifier(node)] = element }
                for output in element.outputs { streams[output.path] = (output, element) }
            }
            paths += application.connections.map { ($0.path, "a connection") }
            for (path, what) in paths {
                if let other = places[path] {
                    faults.append("\(path): two elements have this path: \(other), and \(what)")
                }
                places[path] = what
            }
            for portal in application.portals { portals[portal.path] = portal }
        }
    }

    private func known(_ paths: some Sequence<String>) -> String {
        let sorted = paths.sorted()
        return sorted.isEmpty ? "none" : sorted.prefix(8).joined(separator: ", ")
    }

    /// The definition behind a handle, which may be a path of another application.
    mutating func resolve(
        _ stream: StreamDefinition, _ user: String
    )
        -> (definition: StreamDefinition, element: ElementDefinition)?
    {
        guard let found = streams[stream.path] else {
            faults.append(
                "\(user): there is no stream \(stream.path); there are: \(known(streams.keys))")
            return nil
        }
        if found.definition.type != stream.type {
            faults.append(
                "\(user): \(stream.path) is a stream of \(found.definition.type), "
                    + "not of \(stream.type)"
            )
            return nil
        }
        let isNew = newApplications.contains { $0.elements.contains { $0 === found.element } }
        if !isNew && !directory.elements.contains(where: { $0.definition === found.element }) {
            faults.append(
                "\(user): \(stream.path) runs inside the one workflow that read it at launch, "
                    + "or not "
                    + "at all; publish it there by a workflow of its own with stream()")
            return nil
        }
        return found
    }

    mutating func resolve(_ portal: PortalDefinition, _ user: String) -> PortalDefinition? {
        guard let found = portals[portal.path] else {
            faults.append(
                "\(user): there is no portal \(portal.path); there are: \(known(portals.keys))")
            return nil
        }
        if found.request != portal.request || found.reply != portal.reply {
            faults.append(
                "\(user): \(portal.path) is asked \(found.request) and replies \(found.reply), "
                    + "not \(portal.request) and \(portal.reply)")
            return nil
        }
        return found
    }

    // MARK: Elements

    private mutating func makeElements(_ application: Application) {
        // A generator that one workflow alone reads is fused into its source.
        var readers: [ObjectIdentifier: [ElementDefinition]] = [:]
        for element in newApplications.flatMap({ $0.elements }) {
            for (stream, _) in element.sources {
                if let found = streams[stream.path] {
                    readers[ObjectIdentifier(found.element), default: []].append(element)
                }
            }
        }
        for connection in newApplications.flatMap({ $0.connections }) {
            if let found = streams[connection.stream.path],
                let target = streams[connection.sequencerPath]
            {
                readers[ObjectIdentifier(found.element), default: []].append(target.element)
            }
        }
        var fused: [ObjectIdentifier: ElementDefinition] = [:]
        for element in application.elements where element.kind == .generator {
            let users = readers[ObjectIdentifier(element)] ?? []
            if users.count == 1, users[0].kind == .workflow,
                application.elements.contains(where: { $0 === users[0] })
            {
                fused[ObjectIdentifier(users[0])] = element
                continue
            }
            if users.isEmpty { continue }  // Nobody reads it: it makes nothing.
            add(element, application)
        }
        for element in application.elements where element.kind != .generator {
            let plan = add(element, application)
            plan.generator = fused[ObjectIdentifier(element)]
        }
    }

    @discardableResult
    private mutating func add(
        _ element: ElementDefinition, _ application: Application
    )
        -> ElementPlan
    {
        let plan = ElementPlan(
            id: directory.elements.count + added.count, application: application.name,
            definition: element, path: element.path,
            partitionCount: element.partitions ?? partitionCountDefault)
        if element.kind == .generator { plan.generator = element }
        plan.workers = placement.workers(
            element: plan.id, partitions: plan.partitionCount, workerCount: workerCount)
        added.append(plan)
        elementPlans[ObjectIdentifier(element)] = plan
        return plan
    }

    private func plan(of element: ElementDefinition) -> ElementPlan? {
        elementPlans[ObjectIdentifier(element)]
            ?? directory.elements.first { $0.definition === element }
    }

    // MARK: Graph

    /// Levels, ports and inlets between levels.
    private mutating func makeGraph(_ plan: ElementPlan) {
        let definitions = plan.definition.nodes
        plan.nodes = definitions.map { NodePlan(definition: $0) }
        let cuts = plan.partitionCount > 1
        for (index, definition) in definitions.enumerated() {
            var level = 0
            for input in definition.inputs {
                let isExchange = cuts && input.kind == .key
                level = max(level, plan.nodes[input.index].level + (isExchange ? 1 : 0))
            }
            plan.nodes[index].level = level
        }
        plan.levelCount = (plan.nodes.map { $0.level }.max() ?? 0) + 1
        if let letters = plan.definition.deadLetterNode {
            plan.nodes[letters.index].level = plan.levelCount - 1
        }
        for (index, definition) in definitions.enumerated() {
            for (port, input) in definition.inputs.enumerated() {
                let kind: PortPlan.Kind
                if cuts && input.kind == .key {
                    let inlet = plan.inlets.count
                    plan.inlets.append(InletPlan(senderCount: plan.partitionCount, node: index))
                    plan.nodes[input.index].exchangeInlets.append(inlet)
                    kind = .inlet(inlet)
                } else if plan.nodes[input.index].level != plan.nodes[index].level {
                    let inlet = plan.inlets.count
                    plan.inlets.append(InletPlan(senderCount: 1, node: index))
                    plan.nodes[input.index].crossings.append(
                        Crossing(node: index, port: port, inlet: inlet))
                    kind = .inlet(inlet)
                } else {
                    kind = port == 0 ? .direct : .held
                }
                plan.nodes[index].ports.append(PortPlan(source: input.index, kind: kind))
            }
        }
        // The uses of portals, in node order.
        for (index, definition) in definitions.enumerated() {
            for _ in definition.asks {
                plan.useNodes.append(index)
                plan.useChannels.append(-1)
            }
        }
        plan.useCount = plan.useNodes.count
        if plan.generator != nil {
            let source = input(.source, plan, inlet: -1, producer: nil)
            source.producerPath = plan.generator?.path
            plan.inputs.append(source)
        }
    }

    private func input(
        _ kind: InputPlan.Kind, _ plan: ElementPlan, inlet: Int, producer: ElementPlan?
    ) -> InputPlan {
        InputPlan(
            kind: kind, inlet: inlet, producer: producer?.id ?? -1,
            producerPartitions: producer?.partitionCount ?? 0, producerPath: producer?.path)
    }

    // MARK: Channels

    private mutating func connectStreams(_ all: [Application]) {
        for application in newApplications {
            for element in application.elements {
                guard let consumer = plan(of: element) else { continue }
                for (stream, start) in element.sources {
                    connect(stream, to: consumer, start)
                }
            }
            for connection in application.connections {
                guard let target = streams[connection.sequencerPath],
                    let consumer = plan(of: target.element)
                else { continue }
                connect(connection.stream, to: consumer, connection.start)
            }
        }
    }

    private mutating func connect(
        _ read: StreamDefinition, to consumer: ElementPlan, _ start: StreamStart
    ) {
        guard let found = streams[read.path], let producer = plan(of: found.element) else {
            return  // A fused generator.
        }
        guard let node = found.definition.node else { return }
        let inlet = consumer.inlets.count
        consumer.inlets.append(InletPlan(senderCount: producer.partitionCount, node: 0))
        let number = consumer.inputs.count
        let stream = input(.stream, consumer, inlet: inlet, producer: producer)
        stream.producerPath = found.definition.path
        consumer.inputs.append(stream)
        producer.nodes[node.index].isCollected = true
        directory.attach(
            channel: ChannelPlan(
                kind: .stream(node: node.index), consumer: consumer.id,
                consumerPartitions: consumer.partitionCount, input: number), to: producer,
            consumer: consumer, start: start, stream: found.definition)
        consumer.upstream.insert(producer.id)
        producer.downstream.insert(consumer.id)
        if !added.contains(where: { $0 === consumer }) { finishInputs(consumer) }
    }

    private mutating func connectPortals() {
        for asker in added {
            var use = 0
            for definition in asker.definition.nodes {
                for portal in definition.asks {
                    defer { use += 1 }
                    guard let found = portals[portal.path], let replier = found.repliers.first,
                        let element = nodeElements[ObjectIdentifier(replier)],
                        let target = plan(of: element)
                    else { continue }
                    asker.useChannels[use] = requestChannel(
                        asker, target, portal: found, replier: replier.index)
                }
            }
        }
    }

    /// The channel of requests from one element to a portal of another, and the replies' way back.
    private mutating func requestChannel(
        _ asker: ElementPlan, _ target: ElementPlan, portal: PortalDefinition, replier: Int
    ) -> Int {
        for (index, channel) in asker.channels.enumerated()
        where channel.kind == .requests && channel.consumer == target.id
            && target.inlets[target.inputs[channel.input].inlet].node == replier
        {
            return index
        }
        // Replies first, so that the request input can name their channel.
        var reply = target.replyChannels.firstIndex {
            target.channels[$0].consumer == asker.id
        }
        if reply == nil {
            let inlet = asker.inlets.count
            asker.inlets.append(InletPlan(senderCount: target.partitionCount, node: -1))
            let number = asker.inputs.count
            asker.inputs.append(input(.reply, asker, inlet: inlet, producer: target))
            target.replyChannels.append(target.channels.count)
            directory.attach(
                channel: ChannelPlan(
                    kind: .replies, consumer: asker.id, consumerPartitions: asker.partitionCount,
                    input: number), to: target, consumer: asker, start: .next, stream: nil)
            reply = target.replyChannels.count - 1
        }
        let inlet = target.inlets.count
        target.inlets.append(InletPlan(senderCount: asker.partitionCount, node: replier))
        let number = target.inputs.count
        let requests = input(.request, target, inlet: inlet, producer: asker)
        requests.replyChannel = unsafe reply.unsafelyUnwrapped
        target.inputs.append(requests)
        directory.attach(
            channel: ChannelPlan(
                kind: .requests, consumer: target.id, consumerPartitions: target.partitionCount,
                input: number), to: asker, consumer: target, start: .next, stream: nil)
        target.upstream.insert(asker.id)
        asker.downstream.insert(target.id)
        if !added.contains(where: { $0 === target }) { finishInputs(target) }
        return asker.channels.count - 1
    }

    // MARK: Inputs

    /// What each input runs, level by level.
    private func finishInputs(_ plan: ElementPlan) {
        if plan.timerInput < 0 && plan.useCount > 0 {
            plan.timerInput = plan.inputs.count
            plan.inputs.append(input(.timer, plan, inlet: -1, producer: nil))
        }
        if plan.sealInput < 0 {
            plan.sealInput = plan.inputs.count
            plan.inputs.append(input(.seal, plan, inlet: -1, producer: nil))
        }
        for index in plan.inputs.indices {
            let entries: [Int] =
                switch plan.inputs[index].kind {
                case .source, .stream, .seal: [plan.sourceNode]
                case .request: [plan.inlets[plan.inputs[index].inlet].node]
                case .reply, .timer: plan.useNodes
                }
            let isSeal = plan.inputs[index].kind == .seal
            var active = Array(repeating: isSeal, count: plan.nodes.count)
            for entry in entries { active[entry] = true }
            for (number, node) in plan.nodes.enumerated() {
                if node.ports.contains(where: { active[$0.source] }) { active[number] = true }
            }
            let levels = (0..<plan.levelCount).map { _ in LevelRun() }
            var crosses = false
            var endsAtoms = false
            for (number, node) in plan.nodes.enumerated() where active[number] {
                levels[node.level].nodes.append(number)
                if node.definition.endsAtoms { endsAtoms = true }
                for port in node.ports {
                    if case .inlet(let inlet) = port.kind, active[port.source] {
                        levels[node.level].inlets.append(inlet)
                        crosses = true
                    }
                }
            }
            plan.inputs[index].levels = levels
            plan.inputs[index].levelCount = levels.count(where: { $0.isActive })
            plan.inputs[index].skipsEmptyPartitions =
                !crosses && !endsAtoms && plan.inputs[index].inlet >= 0
        }
    }

    // MARK: Ends

    /// Which elements can seal, and which only rest.
    private func relate() {
        let all = directory.elements + added
        let circles = Circles(all.map { $0.downstream.sorted() })
        let streamCircles = Circles(
            all.map { element in
                element.channels.compactMap { channel -> Int? in
                    // What a stream retains has no consumer.
                    if case .stream = channel.kind, channel.consumer >= 0 {
                        channel.consumer
                    } else {
                        nil
                    }
                }
            })
        for plan in all {
            plan.neverSeals =
                streamCircles.isOnCycle(plan.id)
                || (plan.definition.kind == .sequencer && plan.definition.isOpen)
            plan.externalUpstream = plan.upstream.filter {
                circles.circle(of: $0) != circles.circle(of: plan.id)
            }
            plan.circle = nil
        }
        var resting = all.filter { $0.neverSeals }
        while let plan = resting.popLast() {
            for index in plan.downstream where !all[index].neverSeals {
                all[index].neverSeals = true
                resting.append(all[index])
            }
        }
        // What lies on one circle seals together, or not at all.
        for members in circles.all where members.count > 1 && !all[members[0]].neverSeals {
            makeCircle(Set(members), all)
        }
    }

    /// Puts them in the order in which they seal: a stream's producer before its consumer, and else
    /// the one that waits for the fewest of those left.
    private func makeCircle(_ members: Set<Int>, _ all: [ElementPlan]) {
        var left = members
        var order: [Int] = []
        while !left.isEmpty {
            // Streams alone form no cycle here: what lies on one never seals.
            let free = left.filter { member in
                !left.contains { $0 != member && all[$0].streams(to: member) }
            }
            let next = free.min { one, two in
                let (ones, twos) = (all[one].upstream, all[two].upstream)
                return (ones.intersection(left).count, one) < (twos.intersection(left).count, two)
            }
            order.append(unsafe next.unsafelyUnwrapped)
            left.remove(order[order.count - 1])
        }
        let circle = SealCircle(order)
        for (place, member) in order.enumerated() {
            all[member].circle = circle
            all[member].circlePlace = place
        }
    }
}

extension ElementPlan {
    fileprivate func streams(to consumer: Int) -> Bool {
        channels.contains {
            if case .stream = $0.kind { $0.consumer == consumer } else { false }
        }
    }
}

/// Everything that is wrong with an application, each fault with its path and its cure.
public struct LaunchError: Error, Equatable, CustomStringConvertible {
    /// The faults, in words.
    public let faults: [String]

    /// All faults as text, one a line.
    public var description: String {
        "the application was not launched:\n" + faults.map { "  " + $0 }.joined(separator: "\n")
    }
}

/// On which workers the partitions of an element run.
public enum Placement: Sendable, Equatable {
    /// Every worker runs a partition of every element: partition `p` on worker `p mod workers`.
    /// Streams between equally partitioned elements never leave a worker. When unsure, this one.
    case shared
    /// Elements are spread over the workers: partition `p` of the `e`-th element on worker
    /// `(e + p) mod workers`. For few, heavy, one-partition elements that are to run side by side.
    case spread

    func workers(element: Int, partitions: Int, workerCount: Int) -> [Int] {
        (0..<partitions).map { ((self == .spread ? element : 0) + $0) % workerCount }
    }
}
