// What the saga workload asks, its parameters, and where they come from.

/// How the steps of an order are kept together.
@frozen
public enum Isolation: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// A saga over portals: each step is seen at once, and undone where a later one fails.
    case saga
    /// One atom of one order, undone on all partitions where a step fails: nothing is seen before
    /// all of it counts.
    case atomic
}

/// Which step of an order fails, if one does.
@frozen
public enum FailurePosition: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Each step fails with the same probability, so early ones more often.
    case any
    /// As many orders fail, all at their first step: nothing to undo.
    case first
    /// As many orders fail, all at their last step: everything to undo.
    case last
}

/// The workload: orders that run through several services, each of which may fail.
///
/// ```
/// orders ─► saga (by order) ◄──reply── service 0 … service n − 1 (by item)
///             │     └────────ask──────────►   order, reserve, charge, ship, …
///             ▼
///          outcomes: committed, or compensated with the step that failed
/// ```
/// - Question: how many orders a second come to a good end, how long does undoing the others take,
///   and how often was something read that was undone later? Set against the same orders, each one
///   atom: what isolation costs.
/// - Stresses: chains of asks under one key that go to other keys; table of running sagas that come
///   and go; contention on few items.
/// - Source: ours; no standard benchmark of sagas was found. Order, reserve, charge, ship is the
///   example of the literature (Richardson, Microservices Patterns, chapter 4).
public struct Definition: Sendable, Hashable {
    /// How the steps are kept together.
    public var isolation: Isolation
    /// Orders in all.
    public var orders: UInt64
    /// Services that an order runs through, 3 to `Order.stepsMax`.
    public var steps: Int
    /// Probability that one step fails, in hundredths: 0 to 20.
    public var failurePercent: Int
    public var failurePosition: FailurePosition
    /// Items, at least 1; each service has a state for each.
    public var items: UInt32
    /// Exponent of the Zipf distribution of items, in hundredths: 0 (uniform) to 99.
    public var skewHundredths: Int
    /// Orders of one item that follow one another, and so run at the same time: at least 1.
    public var concurrency: UInt64
    /// Orders an atom of the source, at least 1; 1 where the isolation is atomic.
    public var atomSize: UInt64
    public var seed: UInt64

    /// Describes a run; the defaults are four services, one step in twenty fails.
    public init(
        isolation: Isolation = .saga, orders: UInt64 = 131_072, steps: Int = 4,
        failurePercent: Int = 5, failurePosition: FailurePosition = .any, items: UInt32 = 10_000,
        skewHundredths: Int = 0, concurrency: UInt64 = 1, atomSize: UInt64 = 128, seed: UInt64 = 1
    ) {
        self.isolation = isolation
        self.orders = orders
        self.steps = steps
        self.failurePercent = failurePercent
        self.failurePosition = failurePosition
        self.items = items
        self.skewHundredths = skewHundredths
        self.concurrency = concurrency
        self.atomSize = atomSize
        self.seed = seed
    }

    /// The generator of this run's orders.
    ///
    /// - Cost: two numbers an item, to draw them by.
    public var generator: Generator { Generator(self) }

    /// Atoms of the generator; the last one may be short.
    public var atoms: UInt64 { (orders + atomSize - 1) / atomSize }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if !(3...Order.stepsMax).contains(steps) {
            faults.append("saga: steps is \(steps); give 3 to \(Order.stepsMax)")
        }
        if !(0...20).contains(failurePercent) {
            faults.append("saga: failurePercent is \(failurePercent); give 0 to 20")
        }
        if items == 0 { faults.append("saga: items is 0; give at least 1") }
        if !(0...99).contains(skewHundredths) {
            faults.append("saga: skewHundredths is \(skewHundredths); give 0 to 99")
        }
        if concurrency == 0 { faults.append("saga: concurrency is 0; give at least 1") }
        if atomSize == 0 { faults.append("saga: atomSize is 0; give at least 1") }
        if isolation == .atomic && atomSize != 1 {
            faults.append(
                "saga: an atomic order is an atom of its own; atomSize is \(atomSize), give 1")
        }
        return faults
    }
}
