// What the Fibonacci workload asks, its parameters, and where it departs from the published one.

/// The workload: Fibonacci numbers by messages between keys, each key computed once.
///
/// - Question: how fast does a recursion run whose calls and returns are events on a cycle?
/// - Stresses: a keyed task inside a cycle of streams, small atoms, state that waits for answers;
///   with many computations in an atom, the exchange by key on a cycle.
/// - Source: `FibonacciBenchmark` of the Portals authors (portals-project/portals before 45bdc65,
///   `portals-benchmark`), run with n = 90: key k is asked for its number, asks k − 1 and k − 2,
///   and answers all who asked when both have answered. Written after Savina's `fib`.
/// - Departures: any number of computations side by side, since one alone is 358 messages; a key
///   that knows its number answers at once, where the original would compute it anew (neither
///   happens in this order of atoms); messages are counted.
public struct Definition: Sendable, Hashable {
    /// The number wanted, at most 93: the last that 64 bits hold.
    public var n: UInt8
    /// How often it is computed, each time under keys of its own.
    public var computations: UInt64
    /// Computations that start in one atom, at least 1.
    public var atomSize: UInt64

    /// Describes a run; the defaults are the published ones.
    public init(n: UInt8 = 90, computations: UInt64 = 1, atomSize: UInt64 = 1) {
        self.n = n
        self.computations = computations
        self.atomSize = atomSize
    }

    /// Requests and responses of one computation, its first and its last among them.
    public var messagesEach: UInt64 { n < 2 ? 2 : 4 * (UInt64(n) - 1) + 2 }

    /// The generator of this run's first requests.
    public var generator: Generator { Generator(n: n) }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if n > 93 { faults.append("fibonacci: n is \(n); give at most 93") }
        if computations > 1 << 32 {
            faults.append("fibonacci: computations is \(computations); give at most 2^32")
        }
        if atomSize == 0 { faults.append("fibonacci: atomSize is 0; give at least 1") }
        return faults
    }
}
