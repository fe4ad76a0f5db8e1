// Which descriptions can be built: the rules that the generator keeps and the shrinker must not
// break.

extension SystemDescription {
    /// Whether the events of a stream carry keys.
    func isKeyed(_ stream: StreamSource) -> Bool {
        switch stream {
        case .generator, .sequencer: false
        case .workflow(let number):
            workflows.indices.contains(number)
                && workflows[number].output.map { workflows[number].isKeyed($0) } ?? false
        case .split(let number, _):
            application(of: splitters[number].input) == splitters[number].application
                && isKeyed(splitters[number].input)
        }
    }

    func application(of stream: StreamSource) -> Int {
        switch stream {
        case .generator(let number): generators[number].application
        case .workflow(let number): workflows[number].application
        case .sequencer(let number): sequencers[number].application
        case .split(let number, _): splitters[number].application
        }
    }

    /// Whether a stream is there to be read.
    private func exists(_ stream: StreamSource) -> Bool {
        switch stream {
        case .generator(let number): generators.indices.contains(number)
        case .workflow(let number):
            workflows.indices.contains(number) && workflows[number].output != nil
        case .sequencer(let number):
            sequencers.indices.contains(number) && !sequencers[number].inputs.isEmpty
        case .split(let number, let split):
            splitters.indices.contains(number)
                && split < splitters[number].conditions.count
                    + (splitters[number].hasDefault ? 1 : 0)
        }
    }

    /// The streams that something reads.
    var read: [StreamSource] {
        workflows.compactMap(\.source) + sequencers.flatMap(\.inputs) + splitters.map(\.input)
    }

    var isValid: Bool {
        let read = read
        if !read.allSatisfy(exists) { return false }
        if !sequencers.allSatisfy({ !$0.inputs.isEmpty }) { return false }
        for workflow in workflows {
            if case .source(let stream, true) = workflow.nodes[0] {
                if !isKeyed(stream) || application(of: stream) != workflow.application {
                    return false
                }
            }
            for (index, node) in workflow.nodes.enumerated() {
                if case .task = node {
                } else if index > 0, workflow.output != index, !workflow.sinks.contains(index),
                    !workflow.nodes.contains(where: { $0.inputs.contains(index) })
                {
                    return false
                }
                switch node {
                case .union(let left, let right):
                    if workflow.isKeyed(left) != workflow.isKeyed(right) { return false }
                case .task(_, let task):
                    let isKeyed = workflow.isKeyed(index)
                    if !isKeyed && (task.replies != nil || !task.asks.isEmpty) { return false }
                    if !isKeyed && task.onComplete.contains(.emitStates) { return false }
                    if !task.askedPortals.allSatisfy({ replier(of: $0) != nil }) { return false }
                case .source, .requests, .key, .map, .filter, .burn: break
                }
            }
        }
        return !hasLoop(broken: .byFuel) && !hasLoop(broken: .bySequencers)
    }

    private enum LoopBreak { case byFuel, bySequencers }

    /// A circle of streams in which no workflow burns fuel, or that passes no sequencer.
    private func hasLoop(broken by: LoopBreak) -> Bool {
        func reaches(_ stream: StreamSource, _ path: [StreamSource]) -> Bool {
            if path.contains(stream) { return true }
            let path = path + [stream]
            switch stream {
            case .generator: return false
            case .workflow(let number):
                let burns = workflows[number].nodes.contains {
                    if case .burn = $0 { true } else { false }
                }
                if burns && by == .byFuel { return false }
                return workflows[number].source.map { reaches($0, path) } ?? false
            case .sequencer(let number):
                if by == .bySequencers { return false }
                return sequencers[number].inputs.contains { reaches($0, path) }
            case .split(let number, _): return reaches(splitters[number].input, path)
            }
        }
        let read =
            workflows.compactMap(\.source) + sequencers.flatMap(\.inputs) + splitters.map(\.input)
        return read.contains { reaches($0, []) }
    }
}
