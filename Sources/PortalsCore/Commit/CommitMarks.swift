// What the journal's writer tells all workers: which drain of their records it is at, and which has
// become durable.
import Synchronization

/// The two marks by which outputs are released.
///
/// The writer counts its *drains*: it adds one to `drain`, then takes what every worker has
/// published. What an output depends on was published before the output was made, so the first
/// drain that *begins* after that takes it: an output stamped with the drain that it saw,
/// E, is released once drain E + 1 is durable. No dependency is tracked, and no worker waits.
/// Tests/ProtocolModel checks the rule, and that E would be one too few.
///
/// - Ownership: written by the writer, read by all workers.
public final class CommitMarks: Sendable {
    private let drain = Atomic<UInt64>(0)
    private let durable = Atomic<UInt64>(0)

    init() {}

    /// Begins a drain; what is published afterwards may be in it, what was before certainly is.
    ///
    /// - Cost: one locked addition, which also keeps the reading of the workers' records behind it.
    public func beginDrain() -> UInt64 {
        drain.add(1, ordering: .sequentiallyConsistent).newValue
    }

    /// Says that all records of a drain, and of those before it, will survive a crash.
    public func setDurable(_ number: UInt64) { durable.store(number, ordering: .releasing) }

    /// The stamp of what a worker has made until now.
    ///
    /// - Cost: a fence, so that what other workers published before they sent what this one worked
    ///   on is seen by the drain after the one read here.
    func stamp() -> UInt64 {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return drain.load(ordering: .sequentiallyConsistent)
    }

    /// Drains below this number are durable: what has a smaller stamp may go out.
    public var released: UInt64 { durable.load(ordering: .acquiring) }
}
