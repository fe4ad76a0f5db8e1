// What the queue asks, its parameters, and what every queue that is measured must pass on.

/// The workload: numbers from one thread to another through a bounded queue.
///
/// - Question: how many items a second does a queue pass from one producer to one consumer?
/// - Stresses: the queue and nothing else; what the consumer does with an item is one
///   multiplication and one addition, which limit it to about 1 G items/s.
/// - Source: the one-to-one rows of the Disruptor's and of rigtorp's published measurements; 65,536
///   slots, as in `shared/baselines.md`.
/// - Departures: the consumer digests what it takes in the order in which it takes it, so that an
///   item that is lost, repeated or overtaken is seen; theirs drop the items.
public struct Definition: Sendable, Hashable {
    /// Items: 0, 1, …, `items` − 1.
    public var items: UInt64
    /// Items that either end handles at once, at least 1.
    public var batch: Int

    /// Places of the queue.
    public static let slots = 65_536

    /// Describes a run.
    public init(items: UInt64, batch: Int = 1) {
        self.items = items
        self.batch = batch
    }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        (1...Self.slots).contains(batch)
            ? [] : ["queue: batch is \(batch); give 1 to \(Self.slots)"]
    }
}
