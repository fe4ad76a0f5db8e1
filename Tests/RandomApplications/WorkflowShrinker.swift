// Workflows, tasks and statements with one thing less.

extension WorkflowDescription {
    var smaller: [WorkflowDescription] {
        var candidates: [WorkflowDescription] = []
        func add(_ change: (inout WorkflowDescription) -> Void) {
            var candidate = self
            change(&candidate)
            candidates.append(candidate)
        }
        for node in nodes.indices.dropFirst().reversed() {
            add { $0.remove(node) }
            if case .union(let left, let right) = nodes[node] {
                add { $0.nodes[node] = .union(right, left) }
            }
        }
        if sinks.count > 1 { for sink in sinks.indices { add { $0.sinks.remove(at: sink) } } }
        if output != nil { add { $0.output = nil } }
        if policy != .deadLetter { add { $0.policy = .deadLetter } }
        if partitions != nil { add { $0.partitions = nil } }
        for (node, task) in tasks {
            for smaller in task.smaller {
                add { $0.nodes[node] = .task($0.nodes[node].inputs[0], smaller) }
            }
        }
        for (index, node) in nodes.enumerated() {
            if case .key(let input, let rule) = node, rule.keys > 1 {
                add {
                    $0.nodes[index] = .key(input, KeyRule(weightA: 1, weightB: 0, keys: 1))
                }
            }
        }
        return candidates
    }

    /// Takes a node out; what read it reads its first input, a sink there moves on.
    private mutating func remove(_ node: Int) {
        let input = nodes[node].inputs[0]
        func change(_ other: Int) -> Int {
            other == node ? input : other > node ? other - 1 : other
        }
        nodes = nodes.map { $0.reading(change) }
        nodes.remove(at: node)
        output = output.map(change)
        sinks = sinks.map(change)
    }
}

extension TaskDescription {
    var smaller: [TaskDescription] {
        var candidates: [TaskDescription] = []
        func add(_ change: (inout TaskDescription) -> Void) {
            var candidate = self
            change(&candidate)
            candidate.forgetUnreachableAsks()
            candidates.append(candidate)
        }
        if onAtomComplete != nil { add { $0.onAtomComplete = nil } }
        if !onComplete.isEmpty { add { $0.onComplete = [] } }
        if canFail {
            add {
                $0.canFail = false
                $0.changeBlocks { $0.withoutFailures }
            }
        }
        for portal in askedPortals { add { $0.removeAsks(of: portal) } }
        for block in onEvent.smallerBlock { add { $0.onEvent = block } }
        for block in onRequest.smallerBlock { add { $0.onRequest = block } }
        for block in onAtomComplete?.smallerBlock ?? [] { add { $0.onAtomComplete = block } }
        for block in onComplete.smallerBlock { add { $0.onComplete = block } }
        for (number, ask) in asks.enumerated() {
            for block in ask.onReply.smallerBlock { add { $0.asks[number].onReply = block } }
            for block in ask.onFailure.smallerBlock { add { $0.asks[number].onFailure = block } }
            for block in ask.otherwise.smallerBlock { add { $0.asks[number].otherwise = block } }
            if ask.requests.count > 1 { add { $0.asks[number].requests.removeLast() } }
            if ask.form == .all || ask.form == .any { add { $0.asks[number].form = .future } }
            if ask.form == .future {
                add {
                    if $0.asks[number].requests.count == 1 { $0.asks[number].form = .remembered }
                }
            }
            for (index, request) in ask.requests.enumerated() {
                for a in request.a.smaller { add { $0.asks[number].requests[index].a = a } }
                for b in request.b.smaller { add { $0.asks[number].requests[index].b = b } }
            }
        }
        if cell != .pair { add { $0.cell = .pair } }
        if initial != Cell(0, 0) { add { $0.initial = Cell(0, 0) } }
        if initialPartition != 0 { add { $0.initialPartition = 0 } }
        return candidates.filter {
            $0.asks.allSatisfy { $0.form != .future || $0.requests.count == 1 }
        }
    }

    private mutating func changeBlocks(_ change: ([Statement]) -> [Statement]) {
        onEvent = change(onEvent)
        onRequest = change(onRequest)
        for number in asks.indices {
            asks[number].onReply = change(asks[number].onReply)
            asks[number].onFailure = change(asks[number].onFailure)
            asks[number].otherwise = change(asks[number].otherwise)
        }
    }

    /// Puts in the place of asks of a portal what is done without fuel.
    mutating func removeAsks(of portal: Int) {
        let asked = asks
        changeBlocks { $0.replacingAsks { asked[$0].portal == portal ? asked[$0].otherwise : nil } }
        forgetUnreachableAsks()
    }

    /// Renumbers the asks that a statement still makes, and forgets the others.
    private mutating func forgetUnreachableAsks() {
        var reached: [Int] = []
        func visit(_ block: [Statement]) {
            for number in block.asks where !reached.contains(number) {
                reached.append(number)
                visit(asks[number].onReply)
                visit(asks[number].onFailure)
                visit(asks[number].otherwise)
            }
        }
        visit(onEvent)
        visit(onRequest)
        reached.sort()
        changeBlocks { block in
            block.replacingAsks { number in reached.firstIndex(of: number).map { [.ask($0)] } ?? []
            }
        }
        asks = reached.map { asks[$0] }
    }
}

extension [Statement] {
    var asks: [Int] {
        flatMap { statement -> [Int] in
            switch statement {
            case .ask(let number): [number]
            case .when(_, let block, let otherwise): block.asks + otherwise.asks
            default: []
            }
        }
    }

    var withoutFailures: [Statement] {
        compactMap { statement in
            switch statement {
            case .fail: nil
            case .when(let condition, let block, let otherwise):
                .when(condition, block.withoutFailures, otherwise: otherwise.withoutFailures)
            default: statement
            }
        }
    }

    func replacingAsks(_ new: (Int) -> [Statement]?) -> [Statement] {
        flatMap { statement -> [Statement] in
            switch statement {
            case .ask(let number): new(number) ?? [statement]
            case .when(let condition, let block, let otherwise):
                [
                    .when(
                        condition, block.replacingAsks(new),
                        otherwise: otherwise.replacingAsks(new))
                ]
            default: [statement]
            }
        }
    }

    /// Blocks with one statement less, or with a simpler one.
    var smallerBlock: [[Statement]] {
        var candidates: [[Statement]] = []
        for index in indices.reversed() {
            var without = self
            without.remove(at: index)
            candidates.append(without)
            for smaller in self[index].smaller {
                var block = self
                block.replaceSubrange(index...index, with: smaller)
                candidates.append(block)
            }
        }
        return candidates
    }
}

extension Statement {
    var smaller: [[Statement]] {
        switch self {
        case .when(let condition, let block, let otherwise):
            [block, otherwise]
                + block.smallerBlock.map { [.when(condition, $0, otherwise: otherwise)] }
                + otherwise.smallerBlock.map { [.when(condition, block, otherwise: $0)] }
                + condition.value.smaller.map {
                    let simpler = Condition($0, divisor: condition.divisor, below: condition.below)
                    return [.when(simpler, block, otherwise: otherwise)]
                }
        case .emit(let a, let b):
            a.smaller.map { [.emit($0, b)] } + b.smaller.map { [.emit(a, $0)] }
        case .reply(let a, let b):
            a.smaller.map { [.reply($0, b)] } + b.smaller.map { [.reply(a, $0)] }
        case .setState(let a, let b):
            a.smaller.map { [.setState($0, b)] } + b.smaller.map { [.setState(a, $0)] }
        case .setPartitionState(let value): value.smaller.map { [.setPartitionState($0)] }
        case .emitKeyed, .emitStates, .removeState, .refuse, .fail, .ask: []
        }
    }
}

extension Expression {
    var smaller: [Expression] {
        switch self {
        case .constant(let number): number == 0 ? [] : [.constant(0)]
        case .sum(let left, let right), .difference(let left, let right),
            .product(let left, let right):
            [.constant(0), left, right]
        case .remainder(let value, _): [.constant(0), value]
        case .eventA, .eventB, .stateA, .stateB, .partitionState, .key, .replyA, .replyB, .step,
            .random:
            [.constant(0)]
        }
    }
}
