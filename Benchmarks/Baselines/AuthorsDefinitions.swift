// From a trial of the Portals authors' matrix to the definition of its workload, the same for every
// system.
import AtomAlignment
import Chain
import CountingActor
import Fibonacci
import Harness
import ThreadRing

/// A run of one of the authors' workloads: how many events it has, and who runs and judges it.
enum AuthorsDefinition {
    case ring(ThreadRing.Definition)
    case counting(CountingActor.Definition)
    case fibonacci(Fibonacci.Definition)
    case alignment(AtomAlignment.Definition)
    case chain(Chain.Definition)

    /// Members of the rings of `data-parallel`, as published.
    private static let dataParallelLength = 16

    /// Events of a plan, which runs none: those of the published counting actor.
    private static let eventsUnsized: UInt64 = 1 << 20

    /// The workload that a trial names, with about as many events as it says; a trial of a time
    /// finds out how many fit.
    ///
    /// - Errors: `TrialFault` where it is none of these, or a parameter is missing.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        let events = configuration.events ?? Self.eventsUnsized
        let seed = configuration.seed
        let atomSize = UInt64(configuration.atomSize)
        switch configuration.workload {
        case "thread-ring":
            guard let ring = Ring(rawValue: try configuration.parameter("ring")) else {
                throw TrialFault("thread-ring: \(try configuration.parameter("ring")) is no ring")
            }
            self = .ring(
                ThreadRing.Definition(
                    ring: ring, length: try configuration.integer("length"), hops: events,
                    tokens: try configuration.integer("tokens"), seed: seed))
        case "ping-pong":
            self = .ring(
                ThreadRing.Definition(
                    ring: .pair, hops: events, tokens: try configuration.integer("tokens"),
                    seed: seed))
        case "counting-actor":
            self = .counting(
                CountingActor.Definition(events: events, atomSize: atomSize, seed: seed))
        case "fork-join":
            self = .counting(
                CountingActor.Definition(
                    workflows: try configuration.integer("workflows"), events: events,
                    atomSize: atomSize, seed: seed))
        case "fibonacci":
            var definition = Fibonacci.Definition(
                n: try configuration.integer("n"), atomSize: atomSize)
            definition.computations = min(max(1, events / definition.messagesEach), 1 << 32)
            self = .fibonacci(definition)
        case "data-parallel":
            let partitions: UInt32 = try configuration.integer("partitions")
            switch try configuration.parameter("load") {
            case "counting":
                // Each partition's part of an atom is as large as published.
                self = .counting(
                    CountingActor.Definition(
                        events: events, atomSize: atomSize * UInt64(partitions),
                        partitions: Int(partitions), seed: seed))
            case let load:
                // One token on each partition.
                self = .ring(
                    ThreadRing.Definition(
                        ring: load == "ping-pong" ? .pair : .tasks,
                        length: Self.dataParallelLength, hops: events,
                        tokens: partitions, partitions: Int(partitions), seed: seed))
            }
        case "atom-alignment":
            self = .alignment(
                AtomAlignment.Definition(
                    events: events, atomSize: atomSize,
                    workSteps: try configuration.integer("work"),
                    exchange: try configuration.parameter("exchange") == "every-rank"
                        ? .everyRank : .none, seed: seed))
        case "chain-of-tasks", "chain-of-workflows":
            self = .chain(
                Chain.Definition(
                    members: configuration.workload == "chain-of-tasks" ? .tasks : .workflows,
                    length: try configuration.integer("length"), events: events,
                    atomSize: atomSize, workSteps: try configuration.integer("work"),
                    seed: seed))
        default: throw TrialFault("\(configuration.workload) is no workload of the authors' matrix")
        }
    }

    /// Events that the run has, as they are counted: hops of rings, messages of Fibonacci, what all
    /// workflows count together.
    var events: UInt64 {
        switch self {
        case .ring(let definition): definition.hopsMade
        case .counting(let definition): definition.eventsEach * UInt64(definition.workflows)
        case .fibonacci(let definition): definition.computations * definition.messagesEach
        case .alignment(let definition): definition.events
        case .chain(let definition): definition.events
        }
    }

    /// Events of the generator for one of those that are counted: what a rate is measured by.
    var generatedPerEvent: Double {
        if case .counting(let definition) = self { 1 / Double(definition.workflows) } else { 1 }
    }

    /// Events of the generator's atoms.
    var atomSize: UInt64 {
        switch self {
        case .ring(let definition): UInt64(definition.tokens)
        case .counting(let definition): definition.atomSize
        case .fibonacci(let definition): definition.atomSize
        case .alignment(let definition): definition.atomSize
        case .chain(let definition): definition.atomSize
        }
    }

    /// Axes that change nothing.
    static func ignoredAxes(of workload: String) -> Set<Axis> {
        switch workload {
        case "thread-ring", "ping-pong": Axis.ofOpenLoops.union([.atomSize])
        case "fibonacci", "data-parallel": Axis.ofOpenLoops
        default: []
        }
    }

    /// Parameters that say how an engine is to do the work, and leave a plain loop as it is.
    static func parametersOfEngines(_ workload: String) -> Set<String> {
        switch workload {
        case "thread-ring": ["ring"]
        case "data-parallel": ["partitions"]
        case "atom-alignment": ["exchange"]
        default: []
        }
    }

    /// Whether a workload is one of these.
    static func has(_ workload: String) -> Bool {
        Workload.authors.contains { $0.name == workload }
    }
}
