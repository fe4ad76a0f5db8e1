// The graph of an element: levels, and what crosses between them.

extension Planner {
    /// Levels, ports and inlets between levels.
    mutating func makeGraph(_ plan: ElementPlan) {
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

    func input(
        _ kind: InputPlan.Kind, _ plan: ElementPlan, inlet: Int, producer: ElementPlan?
    ) -> InputPlan {
        InputPlan(
            kind: kind, inlet: inlet, producer: producer?.id ?? -1,
            producerPartitions: producer?.partitionCount ?? 0, producerPath: producer?.path)
    }
}
