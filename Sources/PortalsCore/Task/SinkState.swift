// What a snapshot and a recovery ask of sinks, whatever their bodies are.

/// A sink on one partition, as a snapshot sees it.
///
/// - Ownership: used while all workers stand still, but for what `synchronize` gives.
public struct SinkState {
    /// Where it stands in its workflow.
    public let path: String
    /// The partition that it serves.
    public let partition: Int
    private let store: () -> [UInt8]
    private let restore: ([UInt8]) throws(RecordError) -> Void
    /// Makes what it wrote survive a crash of the machine: called before a snapshot counts, by any
    /// thread; nil where there is nothing to do. Says why it could not.
    public let synchronize: (@Sendable () -> String?)?
    let recovered: (_ isExact: Bool) -> Void

    @usableFromInline
    init(
        path: String, partition: Int, store: @escaping () -> [UInt8],
        restore: @escaping ([UInt8]) throws(RecordError) -> Void,
        synchronize: (@Sendable () -> String?)?,
        recovered: @escaping (Bool) -> Void
    ) {
        self.path = path
        self.partition = partition
        self.store = store
        self.restore = restore
        self.synchronize = synchronize
        self.recovered = recovered
    }

    /// What it knows of all that it was given; in `durable` mode that is what was released, so a
    /// snapshot asks when ``Engine/holdsNoOutputs``.
    public func storedState() -> [UInt8] { store() }

    /// Takes what a snapshot held, after the launch and before anything runs.
    ///
    /// - Errors: where the outside does not hold what was given before, by the sink's path.
    public func restoreState(_ bytes: [UInt8]) throws(RecordError) {
        do {
            try restore(bytes)
        } catch { throw RecordError("\(path), partition \(partition): \(error.description)") }
    }
}

extension Engine {
    /// All sinks, by element, partition and place: the same order for the same applications.
    public var sinks: [SinkState] {
        directory.elements.flatMap { plan in
            (0..<plan.partitionCount).flatMap { partition in
                directory.partitions[plan.firstPartition + partition].nodes.compactMap {
                    $0.sinkState
                }
            }
        }
    }

    /// The feeds of sources from outside, by the paths of these.
    public var feeds: [(path: String, feed: Feed)] {
        directory.elements.compactMap { plan in
            plan.generator.flatMap { generator in
                generator.feed.map { (generator.path, $0) }
            }
        }
    }

    /// No output waits to become durable. All workers stand still.
    public var holdsNoOutputs: Bool { workers.allSatisfy { unsafe $0.outputs?.isEmpty ?? true } }

    /// Tells the sinks that what an earlier run had recorded has come again. All workers stand
    /// still.
    public func tellRecovered() {
        for sink in sinks { sink.recovered(options.commit == .durable) }
    }
}
