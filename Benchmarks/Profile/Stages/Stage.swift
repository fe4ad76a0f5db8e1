// The stages of the data path that time is told by, in the order of the path.

/// A stage of the data path, as Sources/README.md draws it.
public enum Stage: String, Sendable, CaseIterable, Codable {
    case source
    case key
    case exchange = "exchange and rings"
    case task = "task handler"
    case state = "state table"
    case portal = "ask and reply"
    case sink
    case commit = "commit and journal"
    case snapshot
    case leader
    /// The bookkeeping of steps: levels, parts, chunks on their way from node to node.
    case step = "steps"
    /// What the runtime's account of itself costs.
    case account = "account of tasks"
    case idle
    /// The C library moves, fills or compares memory. Whose work that is cannot be told: it keeps
    /// no frame pointer, so its caller is missing in the stack.
    case copying = "memory copies"
    case allocator
    case runtime = "Swift runtime"
    case kernel
    /// Nothing of the stack is in the table.
    case other

    /// The stage of a stack, outermost first: of the innermost frame that the table knows.
    ///
    /// A helper without a rule of its own so counts for whoever called it.
    public static func of(_ stack: [String]) -> Stage {
        for frame in stack.reversed() {
            if let stage = StageTable.stage(of: frame) { return stage }
        }
        return .other
    }
}

/// Whose code runs: the user's type that a frame was compiled for or is a handler of.
public enum TaskName {
    /// Handlers that users write; what is inlined into them is theirs.
    static let handlers: Set<String> = [
        "onEvent", "onRequest", "onReply", "onAskFailure", "onAtomComplete", "onComplete",
        "onBatch", "onAtomEnd", "onSeal", "event",
    ]

    /// Functions of the core that are compiled once for each of the user's types.
    static let specialised = ["TaskPart.", "make", "TaskStore."]

    /// The task of a stack, outermost first; nil where no frame says.
    public static func of(_ stack: [String]) -> String? {
        for frame in stack.reversed() {
            if let name = handlerType(frame) ?? specialisedType(frame) { return name }
        }
        return nil
    }

    /// `KeyedCount.CountTask.onEvent(_:_:_:)` says `CountTask`.
    private static func handlerType(_ frame: String) -> String? {
        let path = frame.prefix { $0 != "(" && $0 != " " }.split(separator: ".")
        guard path.count >= 2, let last = path.last, handlers.contains(String(last)) else {
            return nil
        }
        return String(path[path.count - 2])
    }

    /// `TaskPart.handle(_:_:) [CountTask]` says `CountTask`.
    private static func specialisedType(_ frame: String) -> String? {
        guard specialised.contains(where: frame.hasPrefix), let open = frame.lastIndex(of: "["),
            !frame.hasSuffix(SampleNaming.inlinedMark) || !frame[open...].hasPrefix("[i]")
        else { return nil }
        let types = frame[frame.index(after: open)...].prefix { $0 != "]" && $0 != "," }
        return types.isEmpty ? nil : String(types)
    }
}
