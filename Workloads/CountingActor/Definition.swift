// What the counting actor and the fork-join ask, their parameters, and where they depart from the
// published programs.

/// The workload: each of some workflows counts all events of one generator.
///
/// - Question: how many events a second does one stateful task count (one workflow), and what does
///   it cost to hand one stream to many workflows (fork-join)?
/// - Stresses: with one workflow the cost of an atom, spread over its events; with more of them the
///   broadcast of a stream and the steps of many elements.
/// - Source: `CountingActorBenchmark` and `ForkJoinThroughputBenchmark` of the Portals authors
///   (portals-project/portals before 45bdc65, `portals-benchmark`): integers from a range, atoms of
///   1 to 8,192 events; 1 to 64 workflows that share 131,072 events in atoms of 128.
/// - Departures: the integers are drawn by a seed and summed as well as counted, so that a lost and
///   a repeated event are told apart; the join is the end of the streams, where the original counts
///   a latch down.
public struct Definition: Sendable, Hashable {
    /// Workflows that read the generator, at least 1.
    public var workflows: Int
    /// Events that all workflows count together, as published; each gets an equal share, and what
    /// remains of the division is left out.
    public var events: UInt64
    /// Events an atom, at least 1.
    public var atomSize: UInt64
    /// Partitions of each workflow, 1 to 64, each with a count of its own.
    public var partitions: Int
    /// Seed of the generator.
    public var seed: UInt64

    /// Describes a run; the defaults are the published ones of the counting actor.
    public init(
        workflows: Int = 1, events: UInt64 = 1 << 20, atomSize: UInt64 = 128, partitions: Int = 1,
        seed: UInt64 = 1
    ) {
        self.workflows = workflows
        self.events = events
        self.atomSize = atomSize
        self.partitions = partitions
        self.seed = seed
    }

    /// Events of the generator: those that each workflow counts.
    public var eventsEach: UInt64 { events / UInt64(workflows) }

    /// The generator of this run's events.
    public var generator: Generator { Generator(seed: seed) }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if workflows < 1 { faults.append("counting: workflows is \(workflows); give at least 1") }
        if atomSize == 0 { faults.append("counting: atomSize is 0; give at least 1") }
        if !(1...64).contains(partitions) {
            faults.append("counting: partitions is \(partitions); give 1 to 64")
        }
        return faults
    }
}
