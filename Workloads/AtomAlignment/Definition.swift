// What the atom alignment asks, its parameters, and where it departs from the published program.

/// The workload: a grid of tasks, each rank of which waits for all of the rank before.
///
/// - Question: what does it cost to keep atoms whole where several tasks come together, and how
///   much of that remains when events are work?
/// - Stresses: unions, where the events of an atom of one branch wait for those of the others; many
///   nodes an atom; with an exchange, the wait of each partition for all others in every rank.
/// - Source: `AtomAlignmentBenchmark` of the Portals authors (portals-project/portals before
///   45bdc65, `portals-benchmark`): two ranks of three tasks, of which one forwards and two take
///   everything and emit nothing, and a last one that all of the second rank feed; atoms of 1 to
///   1,024; with work, the forwarding tasks hash a text 2,048 times for each event.
/// - Departures: the work is the finaliser of MurmurHash3 on 64 bits, the original's hash of a
///   text of random letters without the text, so that its result can be checked; forwarding changes
///   each event, so that a rank left out or gone through twice is seen; the sink checks that atoms
///   arrive whole, one after the other. `exchange` is ours: a key before each rank.
public struct Definition: Sendable, Hashable {
    /// Whether events change partitions between ranks.
    public enum Exchange: String, Sendable, Hashable, CaseIterable {
        /// They stay, as published.
        case none
        /// A key before each rank, another one each time.
        case everyRank = "every-rank"
    }

    /// Events in all.
    public var events: UInt64
    /// Events an atom, at least 1.
    public var atomSize: UInt64
    /// Steps of the compute loop, for each event in each of the two forwarding tasks.
    public var workSteps: Int
    /// What lies between the ranks.
    public var exchange: Exchange
    /// Seed of the generator.
    public var seed: UInt64

    /// Describes a run; the defaults are the published ones of the largest atoms, without work.
    public init(
        events: UInt64 = 524_288, atomSize: UInt64 = 1_024, workSteps: Int = 0,
        exchange: Exchange = .none, seed: UInt64 = 1
    ) {
        self.events = events
        self.atomSize = atomSize
        self.workSteps = workSteps
        self.exchange = exchange
        self.seed = seed
    }

    /// Ranks of the grid, and tasks of a rank.
    public static let ranks = 2
    public static let tasksPerRank = 3

    /// The generator of this run's events.
    public var generator: Generator { Generator(seed: seed) }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if atomSize == 0 { faults.append("atom-alignment: atomSize is 0; give at least 1") }
        if workSteps < 0 {
            faults.append("atom-alignment: workSteps is \(workSteps); give 0 or more")
        }
        return faults
    }
}
