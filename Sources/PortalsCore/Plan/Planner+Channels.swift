// Channels between elements, of streams and of portals, and the inputs that they lead to.

extension Planner {
    // MARK: Channels

    mutating func connectStreams(_ all: [Application]) {
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

    mutating func connectPortals() {
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
    func finishInputs(_ plan: ElementPlan) {
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
}
