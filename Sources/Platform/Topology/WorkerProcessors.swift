// The order in which workers take processors: a core each, node by node, siblings last.

extension Topology {
    /// Processors for `count` workers, in the order the workers should take them.
    ///
    /// One worker a physical core first, because two hardware threads share the units and first
    /// caches of theirs. Nodes are filled one by one, the nearest to those already used next, so
    /// that few workers exchange within one node; within a node fast cores come before efficiency
    /// cores. Second hardware threads follow in the same order.
    ///
    /// - Shape: distinct allowed processors; fewer than `count` when the process may use fewer.
    ///   A worker without one must not spin: it would take the time of another.
    public func workerProcessors(count: Int) -> [ProcessorID] {
        var ranked: [(sibling: Int, node: Int, efficiency: Int, id: ProcessorID)] = []
        let order = nodeOrder()
        for core in cores {
            let usable = core.processors.intersection(allowed).processors
            let node = order.firstIndex { $0 == core.node } ?? order.count
            for (sibling, id) in usable.enumerated() {
                ranked.append((sibling, node, core.isEfficiency ? 1 : 0, id))
            }
        }
        return ranked.sorted {
            ($0.sibling, $0.node, $0.efficiency, $0.id) < (
                $1.sibling, $1.node, $1.efficiency, $1.id
            )
        }.prefix(max(0, count)).map(\.id)
    }

    /// Nodes with allowed processors: the lowest first, then always the nearest to those before.
    private func nodeOrder() -> [NodeID] {
        var left = nodes.filter { !$0.processors.intersection(allowed).isEmpty }
        var order: [Node] = left.isEmpty ? [] : [left.removeFirst()]
        while !left.isEmpty {
            let sums = left.map { node in
                order.reduce(0) { $0 + (node.distances?[$1.id] ?? 0) }
            }
            // The first of equals, so nodes without distances follow by number.
            let next = sums.indices.min { (sums[$0], $0) < (sums[$1], $1) }!
            order.append(left.remove(at: next))
        }
        return order.map(\.id)
    }
}
