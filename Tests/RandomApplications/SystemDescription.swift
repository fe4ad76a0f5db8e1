// One or several applications as plain data: what the generator draws, the builder builds, the
// reference model runs and the shrinker shrinks.

/// Applications that are launched together on one site.
public struct SystemDescription: Sendable, Hashable {
    /// Partitions of all that does not say.
    public var partitions: Int
    public var applications: Int
    public var generators: [GeneratorDescription] = []
    public var portals: [PortalPlace] = []
    public var sequencers: [SequencerDescription] = []
    public var splitters: [SplitterDescription] = []
    public var workflows: [WorkflowDescription] = []

    public init(partitions: Int, applications: Int) {
        self.partitions = partitions
        self.applications = applications
    }
}

/// A source of atoms.
public struct GeneratorDescription: Sendable, Hashable {
    public var application: Int
    public var atoms: [[Token]]
}

/// A portal; its replier is the task that says so.
public struct PortalPlace: Sendable, Hashable {
    public var application: Int
    /// Key of a request; the asker's key if nil.
    public var keyedBy: KeyRule?
}

/// A key: a sum of an event's numbers, modulo few keys.
public struct KeyRule: Sendable, Hashable, CustomStringConvertible {
    public var weightA: Int64
    public var weightB: Int64
    public var keys: Int64

    public func key(_ token: Token) -> UInt64 {
        let sum = token.a &* weightA &+ token.b &* weightB
        return UInt64(Expression.remainder(sum, keys))
    }

    public var description: String { "(\(weightA)a + \(weightB)b) % \(keys)" }
}

/// A stream, by what publishes it.
public enum StreamSource: Sendable, Hashable {
    case generator(Int)
    case workflow(Int)
    case sequencer(Int)
    case split(splitter: Int, Int)
}

/// Merges streams; a workflow among its inputs may read it: a loop.
public struct SequencerDescription: Sendable, Hashable {
    public var application: Int
    public var inputs: [StreamSource]
}

/// Sends each event to the first split whose condition holds.
public struct SplitterDescription: Sendable, Hashable {
    public var application: Int
    public var input: StreamSource
    public var conditions: [Condition]
    /// Whether the rest has a split of its own, the last.
    public var hasDefault: Bool
}

/// What follows when a handler fails.
public enum PolicyDescription: String, Sendable, Hashable {
    case deadLetter, abortAtom, stopApplication
}

/// A DAG of nodes, each reading earlier ones.
public struct WorkflowDescription: Sendable, Hashable {
    public var application: Int
    /// The site's default if nil.
    public var partitions: Int?
    public var policy = PolicyDescription.deadLetter
    /// Node 0 is the source.
    public var nodes: [NodeDescription]
    /// The node that is the workflow's output stream.
    public var output: Int?
    /// Nodes whose events a sink collects, in order.
    public var sinks: [Int] = []
}

/// One node of a workflow; numbers are nodes before it.
public enum NodeDescription: Sendable, Hashable {
    /// `keyed` keeps the keys that the stream carries.
    case source(StreamSource, keyed: Bool)
    /// No stream: requests alone drive the workflow.
    case requests
    case key(Int, KeyRule)
    case map(Int, Expression, Expression)
    case filter(Int, Condition)
    /// The end of a loop's body: drops events without fuel, and takes one unit from others.
    case burn(Int)
    case union(Int, Int)
    case task(Int, TaskDescription)

    public var inputs: [Int] {
        switch self {
        case .source, .requests: []
        case .key(let input, _), .map(let input, _, _), .filter(let input, _), .burn(let input),
            .task(let input, _):
            [input]
        case .union(let left, let right): [left, right]
        }
    }

    /// The same node reading others.
    func reading(_ change: (Int) -> Int) -> NodeDescription {
        switch self {
        case .source, .requests: self
        case .key(let input, let rule): .key(change(input), rule)
        case .map(let input, let a, let b): .map(change(input), a, b)
        case .filter(let input, let condition): .filter(change(input), condition)
        case .burn(let input): .burn(change(input))
        case .task(let input, let task): .task(change(input), task)
        case .union(let left, let right): .union(change(left), change(right))
        }
    }
}

extension WorkflowDescription {
    /// Whether the events of a node carry keys.
    public func isKeyed(_ node: Int) -> Bool {
        switch nodes[node] {
        case .source(_, let keyed): keyed
        case .requests, .key: true
        case .map(let input, _, _), .filter(let input, _), .burn(let input), .task(let input, _),
            .union(let input, _):
            isKeyed(input)
        }
    }

    /// The tasks with their nodes.
    public var tasks: [(node: Int, task: TaskDescription)] {
        nodes.enumerated().compactMap { index, node in
            if case .task(_, let task) = node { return (index, task) }
            return nil
        }
    }

    /// The stream it reads.
    public var source: StreamSource? {
        if case .source(let stream, _) = nodes[0] { return stream }
        return nil
    }
}

extension SystemDescription {
    public func name(application: Int) -> String { "app\(application)" }

    func path(_ application: Int, _ kind: String, _ name: String) -> String {
        "/\(self.name(application: application))/\(kind)/\(name)"
    }

    public func path(of element: Element) -> String {
        switch element {
        case .workflow(let number): path(workflows[number].application, "workflows", "w\(number)")
        case .sequencer(let number):
            path(sequencers[number].application, "sequencers", "q\(number)")
        case .splitter(let number): path(splitters[number].application, "splitters", "s\(number)")
        }
    }

    public func path(of stream: StreamSource) -> String {
        switch stream {
        case .generator(let number):
            path(generators[number].application, "generators", "g\(number)")
        case .workflow(let number): path(of: Element.workflow(number))
        case .sequencer(let number): path(of: Element.sequencer(number))
        case .split(let splitter, let split): "\(path(of: Element.splitter(splitter)))/\(split)"
        }
    }

    public func path(portal: Int) -> String {
        path(portals[portal].application, "portals", "p\(portal)")
    }

    public func partitions(of element: Element) -> Int {
        if case .workflow(let number) = element {
            return workflows[number].partitions ?? partitions
        }
        return partitions
    }

    /// The workflow and node that reply to a portal.
    public func replier(of portal: Int) -> (workflow: Int, node: Int)? {
        for (number, workflow) in workflows.enumerated() {
            for (node, task) in workflow.tasks where task.replies == portal {
                return (number, node)
            }
        }
        return nil
    }
}

/// Something with steps of its own.
public enum Element: Sendable, Hashable {
    case workflow(Int)
    case sequencer(Int)
    case splitter(Int)
}
