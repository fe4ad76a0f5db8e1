// What the keyed count asks, its parameters, and where it departs from the form it was published
// in.

/// The workload: a running count for each key, one count record emitted for every event.
///
/// - Question: how many events a second can one keyed state cell per event be updated and its new
///   value be passed on?
/// - Stresses: the exchange by key, the state table, and the batch that carries the count records;
///   nothing else happens to an event.
/// - Source: the keyed count of stream benchmarks; parameters (10,000 keys, splitmix64 of the
///   index) as in the measurements of Flink, Timely, CAF and Erlang in `shared/baselines.md`.
/// - Departures: the key is the random number scaled to the range by a multiplication, not the
///   remainder of a division, which costs more than the count itself; the sink sums the counts it
///   receives, so that the answer can be checked, where the original sink only counted records.
public struct Definition: Sendable, Hashable {
    /// Events in all.
    public var events: UInt64
    /// Distinct keys, drawn uniformly from `0 ..< keys`; systems must take them as opaque numbers.
    public var keys: UInt64
    /// Events an atom, at least 1.
    public var atomSize: UInt64
    /// Seed of the generator.
    public var seed: UInt64

    /// Describes a run; the defaults are those of the published measurements.
    public init(
        events: UInt64 = 10_000_000, keys: UInt64 = 10_000, atomSize: UInt64 = 1_024,
        seed: UInt64 = 1
    ) {
        self.events = events
        self.keys = keys
        self.atomSize = atomSize
        self.seed = seed
    }

    /// The generator of this run's events.
    public var generator: Generator { Generator(seed: seed, keys: keys) }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if keys == 0 { faults.append("keyed-count: keys is 0; give at least 1") }
        if atomSize == 0 { faults.append("keyed-count: atomSize is 0; give at least 1") }
        return faults
    }
}
