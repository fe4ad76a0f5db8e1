// Makes a failing description smaller while it fails: the smallest is what a person reads.

extension SystemDescription {
    /// The smallest description reached by taking things away, one after another, that fails.
    ///
    /// - Parameter trialsMax: a bound of descriptions that are tried.
    public func shrunk(
        trialsMax: Int = 6_000, fails: (SystemDescription) -> Bool
    ) -> SystemDescription {
        var smallest = self
        var trials = 0
        var shrinks = true
        while shrinks && trials < trialsMax {
            shrinks = false
            var index = 0
            // Where one candidate failed, those before it need not be tried again at once.
            while trials < trialsMax {
                let candidates = smallest.smaller
                if index >= candidates.count { break }
                let candidate = candidates[index]
                index += 1
                if candidate == smallest || !candidate.isValid { continue }
                trials += 1
                if fails(candidate) {
                    smallest = candidate
                    shrinks = true
                    index = max(0, index - 1)
                }
            }
        }
        return smallest
    }

    /// Descriptions with one thing less that can be launched, the largest things first.
    public var smallerDescriptions: [SystemDescription] {
        smaller.filter { $0 != self && $0.isValid }
    }

    /// Descriptions with one thing less, the largest things first.
    var smaller: [SystemDescription] {
        var candidates: [SystemDescription] = []
        func add(_ change: (inout SystemDescription) -> Void) {
            var candidate = self
            change(&candidate)
            candidates.append(candidate)
        }
        for number in workflows.indices.reversed() { candidates.append(removing(workflow: number)) }
        for number in splitters.indices.reversed() {
            add {
                $0.replace(
                    { if case .split(number, _) = $0 { true } else { false } },
                    splitters[number].input)
            }
            add { $0.splitters[number].hasDefault = false }
        }
        for (number, sequencer) in sequencers.enumerated() {
            for input in sequencer.inputs.indices where sequencer.inputs.count > 1 {
                add { $0.sequencers[number].inputs.remove(at: input) }
            }
            add { $0.replace({ $0 == .sequencer(number) }, sequencer.inputs[0]) }
        }
        add { $0.dropUnread() }
        add { $0.gatherInOneApplication() }
        for count in 1..<max(2, partitions) { add { $0.partitions = count } }
        for (number, generator) in generators.enumerated() {
            for atom in generator.atoms.indices.reversed() {
                add { $0.generators[number].atoms.remove(at: atom) }
            }
            for (atom, events) in generator.atoms.enumerated() {
                for event in events.indices.reversed() {
                    add { $0.generators[number].atoms[atom].remove(at: event) }
                }
            }
        }
        for number in workflows.indices {
            for workflow in workflows[number].smaller {
                add { $0.workflows[number] = workflow }
            }
        }
        for (number, generator) in generators.enumerated() {
            for (atom, events) in generator.atoms.enumerated() {
                for (event, token) in events.enumerated() {
                    for smaller in token.smaller {
                        add { $0.generators[number].atoms[atom][event] = smaller }
                    }
                }
            }
        }
        return candidates
    }

    /// Without a workflow: its readers read what it read, its askers go without.
    private func removing(workflow number: Int) -> SystemDescription {
        var candidate = self
        let source = workflows[number].source ?? .generator(0)
        candidate.replace({ $0 == .workflow(number) }, source)
        for (_, task) in workflows[number].tasks {
            if let portal = task.replies { candidate.removeAsks(of: portal) }
        }
        candidate.workflows.remove(at: number)
        candidate.renumber { stream in
            if case .workflow(let other) = stream, other > number { return .workflow(other - 1) }
            return stream
        }
        return candidate
    }

    private mutating func replace(_ isOld: (StreamSource) -> Bool, _ new: StreamSource) {
        renumber { isOld($0) ? new : $0 }
    }

    private mutating func renumber(_ change: (StreamSource) -> StreamSource) {
        for number in workflows.indices {
            if case .source(let stream, let keyed) = workflows[number].nodes[0] {
                let new = change(stream)
                workflows[number].nodes[0] = .source(
                    new, keyed: keyed && (new == stream || isKeyed(new)))
            }
        }
        for number in splitters.indices {
            splitters[number].input = change(splitters[number].input)
        }
        for number in sequencers.indices {
            var inputs: [StreamSource] = []
            for input in sequencers[number].inputs.map(change)
            where !inputs.contains(input) && input != .sequencer(number) {
                inputs.append(input)
            }
            // A loop whose body was taken out has nothing else to read.
            if inputs.isEmpty { inputs = [.generator(0)] }
            sequencers[number].inputs = inputs
        }
    }

    private mutating func removeAsks(of portal: Int) {
        for number in workflows.indices {
            for (index, node) in workflows[number].nodes.enumerated() {
                guard case .task(let input, var task) = node else { continue }
                task.removeAsks(of: portal)
                workflows[number].nodes[index] = .task(input, task)
            }
        }
    }

    /// Sequencers and splitters at the end of their lists that nobody reads.
    private mutating func dropUnread() {
        let read = Set(
            workflows.compactMap(\.source) + sequencers.flatMap(\.inputs) + splitters.map(\.input))
        if let last = sequencers.indices.last, !read.contains(.sequencer(last)) {
            sequencers.removeLast()
        }
        if let last = splitters.indices.last,
            !read.contains(where: { if case .split(last, _) = $0 { true } else { false } })
        {
            splitters.removeLast()
        }
        if generators.count > 1, !read.contains(.generator(generators.count - 1)) {
            generators.removeLast()
        }
    }

    private mutating func gatherInOneApplication() {
        applications = 1
        for number in generators.indices { generators[number].application = 0 }
        for number in portals.indices { portals[number].application = 0 }
        for number in sequencers.indices { sequencers[number].application = 0 }
        for number in splitters.indices { splitters[number].application = 0 }
        for number in workflows.indices { workflows[number].application = 0 }
    }
}

extension Token {
    var smaller: [Token] {
        [Token(a, b, fuel: max(0, fuel - 1)), Token(0, b, fuel: fuel), Token(a, 0, fuel: fuel)]
            .filter { $0 != self }
    }
}
