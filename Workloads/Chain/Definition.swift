// What the chains ask, their parameters, and where they depart from the published programs.

/// What the members of a chain are.
public enum Members: String, Sendable, Hashable, CaseIterable {
    /// Tasks of one workflow.
    case tasks
    /// Workflows, each of which reads the stream of the one before.
    case workflows
}

/// The workload: events go through a chain of members, one after the other.
///
/// - Question: how long does an atom take through a chain of tasks, and through one of workflows,
///   and how much of that is each member's?
/// - Stresses: nodes and elements an atom passes; at atoms of one event the bookkeeping of steps
///   and nothing else, at large ones the copying of events from member to member.
/// - Source: `ChainOfTasksBenchmark`, `ChainOfTasksWithWork` and `ChainOfWorkflowsBenchmark` of the
///   Portals authors (portals-project/portals before 45bdc65, `portals-benchmark`): 1,024 integers
///   in atoms of 1, chains of 1 to 128, and atoms of 1 to 512 through a chain of 128; with work,
///   each member hashes a text 1,024 times for each event.
/// - Departures: each member changes the event, so that one left out is seen; the work is the
///   finaliser of MurmurHash3 on 64 bits, so that its result can be checked; the events are counted
///   and summed, where the original waits for the last. Latency comes from a fixed rate, where the
///   original divides the time of all by their number, though many are under way at once.
public struct Definition: Sendable, Hashable {
    /// What the members are.
    public var members: Members
    /// Members of the chain, at least 1.
    public var length: Int
    /// Events in all.
    public var events: UInt64
    /// Events an atom, at least 1.
    public var atomSize: UInt64
    /// Steps of the compute loop, for each event in each member.
    public var workSteps: Int
    /// Seed of the generator.
    public var seed: UInt64

    /// Describes a run; the defaults are the published ones of the longest chain.
    public init(
        members: Members = .tasks, length: Int = 128, events: UInt64 = 1_024,
        atomSize: UInt64 = 1, workSteps: Int = 0, seed: UInt64 = 1
    ) {
        self.members = members
        self.length = length
        self.events = events
        self.atomSize = atomSize
        self.workSteps = workSteps
        self.seed = seed
    }

    /// The generator of this run's events.
    public var generator: Generator { Generator(seed: seed) }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if length < 1 { faults.append("chain: length is \(length); give at least 1") }
        if atomSize == 0 { faults.append("chain: atomSize is 0; give at least 1") }
        if workSteps < 0 { faults.append("chain: workSteps is \(workSteps); give 0 or more") }
        return faults
    }
}
