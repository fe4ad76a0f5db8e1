// One step of a workflow in the reference model: an atom goes through the DAG, node after node,
// in each node partition after partition.
import Portals

/// Where a state lies.
struct StateKey: Hashable { var node: Int, partition: Int, key: UInt64 }

/// All that a workflow remembers.
struct WorkflowState {
    var cells: [StateKey: Cell] = [:]
    /// By node and partition.
    var partitionStates: [[Int64]]

    init(_ workflow: WorkflowDescription, partitions: Int) {
        partitionStates = workflow.nodes.map { node in
            var initial: Int64 = 0
            if case .task(_, let task) = node { initial = task.initialPartition }
            return Array(repeating: initial, count: partitions)
        }
    }
}

struct WorkflowStep {
    let model: ReferenceModel
    let workflow: Int
    let step: UInt64
    let input: InputName
    let partitions: Int
    let description: WorkflowDescription
    /// By node and partition.
    var outputs: [[[Item]]]
    /// By portal, partition of the replier and partition of the asker.
    var requests: [Int: [[[RequestItem]]]] = [:]
    /// By asking workflow, partition of the asker and partition of the replier.
    var replies: [Int: [[[ReplyItem]]]] = [:]
    var letters: [Letter] = []
    /// Requests that were in a handler's hands in this step.
    var touchedRequests: [Int] = []
    var hasAborted = false

    init(_ model: ReferenceModel, _ workflow: Int, _ step: UInt64, _ input: InputName) {
        self.model = model
        self.workflow = workflow
        self.step = step
        self.input = input
        partitions = model.description.partitions(of: .workflow(workflow))
        description = model.description.workflows[workflow]
        outputs = Array(
            repeating: Array(repeating: [], count: partitions), count: description.nodes.count)
    }

    mutating func run(_ atom: Atom) throws(ReferenceFault) {
        let before = model.workflows[workflow]
        let openBefore = model.asks.open
        let framesBefore = model.asks.frames
        let active = activeNodes
        for node in description.nodes.indices where active.contains(node) {
            try run(node, atom)
        }
        if hasAborted && model.mutation != .commitsAborted {
            model.workflows[workflow] = before
            abort(openBefore, framesBefore)
        }
        publish()
    }

    /// Where the atom enters, and all that is downstream.
    private var activeNodes: Set<Int> {
        var active: Set<Int> = []
        for (index, node) in description.nodes.enumerated() {
            if isEntry(index) || node.inputs.contains(where: { active.contains($0) }) {
                active.insert(index)
            }
        }
        return active
    }

    private func isEntry(_ index: Int) -> Bool {
        switch input {
        case .stream, .seal: return index == 0
        case .request:
            if case .task(_, let task) = description.nodes[index] { return task.replies != nil }
            return false
        case .reply(let replier):
            if case .task(_, let task) = description.nodes[index] {
                return task.askedPortals.contains {
                    model.description.replier(of: $0)?.workflow == replier
                }
            }
            return false
        case .timer:
            if case .task(_, let task) = description.nodes[index] {
                return task.asks.contains { $0.timeoutNanoseconds != nil }
            }
            return false
        }
    }

    private mutating func run(_ node: Int, _ atom: Atom) throws(ReferenceFault) {
        switch description.nodes[node] {
        case .source(_, let keyed):
            guard case .items(let parts) = atom else { return }
            outputs[node] = parts.map { part in
                part.map { Item(token: $0.token, key: keyed ? $0.key : 0) }
            }
            if model.mutation == .dropsAnEvent && step == 2 {
                let last = outputs[node].lastIndex { !$0.isEmpty }
                if let last { outputs[node][last].removeLast() }
            }
        case .requests: return
        case .key(let input, let rule): exchange(node, input, rule)
        case .map(let input, let a, let b):
            outputs[node] = outputs[input].map { part in
                part.map { Item(token: mapped($0.token, a, b), key: $0.key) }
            }
        case .filter(let input, let condition):
            outputs[node] = outputs[input].map { part in
                part.filter { condition.holds(Registers(event: $0.token), { 0 }) }
            }
        case .burn(let input):
            outputs[node] = outputs[input].map { part in
                part.filter { $0.token.fuel > 0 }.map { item in
                    var item = item
                    item.token.fuel -= 1
                    return item
                }
            }
        case .union(let left, let right):
            let swaps = model.mutation == .swapsUnions
            let (first, second) = swaps ? (right, left) : (left, right)
            for partition in 0..<partitions {
                outputs[node][partition] = outputs[first][partition] + outputs[second][partition]
            }
        case .task(let input, let task): try run(node, task, outputs[input], atom)
        }
    }

    /// After a shuffle: in the order of sending partition, then in the order of sending.
    private mutating func exchange(_ node: Int, _ input: Int, _ rule: KeyRule) {
        var senders = Array(outputs[input].enumerated())
        if model.mutation == .reversesSenders { senders.reverse() }
        for (_, part) in senders {
            for item in part {
                let key = rule.key(item.token)
                let target = partition(of: key, count: partitions)
                outputs[node][target].append(Item(token: item.token, key: key))
            }
        }
    }

    /// A task: on each partition what came in, then the end of the atom, then that of the stream.
    private mutating func run(
        _ node: Int, _ task: TaskDescription, _ events: [[Item]], _ atom: Atom
    ) throws(ReferenceFault) {
        for partition in 0..<partitions {
            let place = TaskPart(
                node: node, partition: partition, task: task, isKeyed: description.isKeyed(node))
            if isEntry(node) { try enter(place, atom) }
            for item in events[partition] {
                try handle(
                    place, task.onEvent, Registers(event: item.token), key: item.key, origin: nil)
            }
            if let block = task.onAtomComplete,
                input != .seal || !events[partition].isEmpty,
                model.mutation != .forgetsAtomEnds
            {
                try end(place, block)
            }
            if input == .seal, model.mutation != .forgetsStreamEnds {
                try end(place, task.onComplete)
            }
        }
    }

    /// Requests, replies and time-outs enter tasks directly.
    private mutating func enter(_ place: TaskPart, _ atom: Atom) throws(ReferenceFault) {
        switch atom {
        case .requests(let parts):
            for request in parts[place.partition] {
                touchedRequests.append(request.ask)
                try handle(
                    place, place.task.onRequest, Registers(event: request.token),
                    key: request.key, origin: request.ask)
            }
        case .replies(let parts):
            for reply in parts[place.partition]
            where model.asks.frames[reply.ask]?.node == place.node {
                try deliver(place, reply)
            }
        case .nothing where input == .timer:
            let time = model.notes.times[StepPlace(workflow: workflow, step: step)] ?? 0
            let expired = model.asks.frames.filter { _, frame in
                frame.workflow == workflow && frame.node == place.node
                    && frame.partition == place.partition
                    && frame.deadline.map { $0 <= time } ?? false
            }
            let sorted = expired.sorted {
                ($0.value.deadline!, $0.key) < ($1.value.deadline!, $1.key)
            }
            for (ask, _) in sorted {
                try deliver(place, ReplyItem(ask: ask, reply: nil, failure: timedOut))
            }
        case .items, .nothing: return
        }
    }

    /// Nothing of the atom remains; its requests are left.
    private mutating func abort(_ open: [Int: OpenRequest], _ frames: [Int: AskFrame]) {
        model.outcome.abortedSteps[workflow].append(step)
        outputs = Array(
            repeating: Array(repeating: [], count: partitions), count: description.nodes.count)
        requests = [:]
        replies = [:]
        letters = Array(letters.prefix(1))
        // Asks of this step never were; those that ended in it have ended.
        for ask in Set(model.asks.frames.keys).subtracting(frames.keys) {
            model.asks.frames[ask] = nil
            model.asks.open[ask] = nil
        }
        for request in touchedRequests {
            if let opened = open[request] { model.asks.open[request] = opened }
        }
        for request in touchedRequests { leave(request) }
    }

    /// Everything that the step made becomes visible.
    private mutating func publish() {
        if let output = description.output {
            model.publish(.workflow(workflow), step, outputs[output])
        }
        for (index, sink) in description.sinks.enumerated() {
            let events = outputs[sink].joined().map(\.token)
            if !events.isEmpty { model.outcome.sinks[workflow][index].append(events) }
        }
        if !letters.isEmpty { model.outcome.letters[workflow].append(letters) }
        for (portal, parts) in requests {
            let replier = Element.workflow(model.description.replier(of: portal)!.workflow)
            model.queues[replier]![.request(asker: workflow)]!.append(
                step, .requests(parts.map { Array($0.joined()) }))
        }
        for (asker, parts) in replies {
            model.queues[.workflow(asker)]![.reply(replier: workflow)]!.append(
                step, .replies(parts.map { Array($0.joined()) }))
        }
    }
}
