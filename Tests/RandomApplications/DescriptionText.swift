// A description as text: what a failing test prints.

extension SystemDescription: CustomStringConvertible {
    public var description: String {
        var lines = ["\(applications) applications, \(partitions) partitions"]
        for (number, generator) in generators.enumerated() {
            lines.append(
                "g\(number) in app\(generator.application): \(generator.atoms)")
        }
        for (number, portal) in portals.enumerated() {
            let key = portal.keyedBy.map { "keyed by \($0)" } ?? "keyed by the asker"
            lines.append("p\(number) in app\(portal.application) \(key)")
        }
        for (number, sequencer) in sequencers.enumerated() {
            let inputs = sequencer.inputs.map(\.description).joined(separator: ", ")
            lines.append("q\(number) in app\(sequencer.application) of \(inputs)")
        }
        for (number, splitter) in splitters.enumerated() {
            let conditions = splitter.conditions.map(\.description).joined(separator: "; ")
            lines.append(
                "s\(number) in app\(splitter.application) of \(splitter.input): \(conditions)"
                    + (splitter.hasDefault ? "; default" : ""))
        }
        for (number, workflow) in workflows.enumerated() {
            lines.append(
                "w\(number) in app\(workflow.application), \(workflow.policy), sinks at "
                    + "\(workflow.sinks)" + (workflow.output.map { ", stream of \($0)" } ?? "")
                    + (workflow.partitions.map { ", \($0) partitions" } ?? ""))
            for (index, node) in workflow.nodes.enumerated() {
                lines.append("  \(index): \(node)")
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension StreamSource: CustomStringConvertible {
    public var description: String {
        switch self {
        case .generator(let number): "g\(number)"
        case .workflow(let number): "w\(number)"
        case .sequencer(let number): "q\(number)"
        case .split(let splitter, let split): "s\(splitter)/\(split)"
        }
    }
}

extension Element: CustomStringConvertible {
    public var description: String {
        switch self {
        case .workflow(let number): "w\(number)"
        case .sequencer(let number): "q\(number)"
        case .splitter(let number): "s\(number)"
        }
    }
}

extension NodeDescription: CustomStringConvertible {
    public var description: String {
        switch self {
        case .source(let stream, let keyed): "source \(stream)\(keyed ? ", keyed" : "")"
        case .requests: "requests only"
        case .key(let input, let rule): "\(input) > key \(rule)"
        case .map(let input, let a, let b): "\(input) > map (\(a), \(b))"
        case .filter(let input, let condition): "\(input) > filter \(condition)"
        case .burn(let input): "\(input) > burn fuel"
        case .union(let left, let right): "\(left), \(right) > union"
        case .task(let input, let task): "\(input) > task \(task)"
        }
    }
}

extension TaskDescription: CustomStringConvertible {
    public var description: String {
        var text = "state \(cell) (\(initial.a) \(initial.b)), partition \(initialPartition)"
        if canFail { text += ", may fail" }
        if let replies { text += ", replies to p\(replies)" }
        text += "\n      event: \(Self.text(onEvent))"
        if replies != nil { text += "\n      request: \(Self.text(onRequest))" }
        if let onAtomComplete { text += "\n      atom ends: \(Self.text(onAtomComplete))" }
        if !onComplete.isEmpty { text += "\n      stream ends: \(Self.text(onComplete))" }
        for (number, ask) in asks.enumerated() {
            let requests = ask.requests.map { "(\($0.a), \($0.b))" }.joined(separator: " ")
            text += "\n      ask \(number), \(ask.form), of p\(ask.portal): \(requests)"
            if let timeout = ask.timeoutNanoseconds { text += ", within \(timeout) ns" }
            text += "; reply: \(Self.text(ask.onReply)); failure: \(Self.text(ask.onFailure))"
            text += "; without fuel: \(Self.text(ask.otherwise))"
        }
        return text
    }

    static func text(_ block: [Statement]) -> String {
        "{" + block.map(\.description).joined(separator: "; ") + "}"
    }
}

extension Statement: CustomStringConvertible {
    public var description: String {
        switch self {
        case .setState(let a, let b): "state = (\(a), \(b))"
        case .setPartitionState(let value): "partition = \(value)"
        case .emit(let a, let b): "emit (\(a), \(b))"
        case .emitKeyed(let a, let b, let key): "emit (\(a), \(b)) under \(key)"
        case .emitStates: "emit all states"
        case .removeState: "remove state"
        case .reply(let a, let b): "reply (\(a), \(b))"
        case .refuse: "refuse"
        case .fail: "fail"
        case .ask(let number): "ask \(number)"
        case .when(let condition, let block, let otherwise):
            "if \(condition) \(TaskDescription.text(block))"
                + (otherwise.isEmpty ? "" : " else \(TaskDescription.text(otherwise))")
        }
    }
}
