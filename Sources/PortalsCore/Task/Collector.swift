// The sink that gathers what it gets, for tests, examples and small outputs.

/// Gathers a stream in memory, atom by atom, in the order of its steps.
///
/// - Ownership: filled by the workers; read it when the site is at rest.
/// - Cost: a copy of every event. For tests, examples and small outputs.
public final class Collector<Element: Event>: @unchecked Sendable {  // Parts are made before a run.
    private var parts: [Int: CollectorPart<Element>] = [:]

    /// Makes a collector without events.
    public init() {}

    /// The place of one partition.
    @usableFromInline
    func part(_ partition: Int) -> CollectorPart<Element> {
        if let part = parts[partition] { return part }
        let part = CollectorPart<Element>()
        parts[partition] = part
        return part
    }

    /// The atoms in order; in an atom the events by partition, in the order of arrival.
    public var atoms: [[Element]] {
        var steps: [UInt64: [[Element]]] = [:]
        for partition in parts.keys.sorted() {
            for (step, events) in unsafe parts[partition].unsafelyUnwrapped.storage.atoms {
                steps[step, default: []].append(events)
            }
        }
        return steps.keys.sorted().map { unsafe steps[$0].unsafelyUnwrapped.flatMap { $0 } }
    }

    /// All events in order.
    public var events: [Element] { atoms.flatMap { $0 } }

    /// Every partition has seen the end of the stream.
    public var isSealed: Bool { !parts.isEmpty && parts.values.allSatisfy { $0.storage.isSealed } }
}

/// One partition of a collector.
public struct CollectorPart<Element: Event>: SinkBody {
    @usableFromInline let storage = CollectorStorage<Element>()
    @usableFromInline init() {}

    /// Appends the events to those of their step.
    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        if storage.atoms.last?.step != step.number { storage.atoms.append((step.number, [])) }
        for index in 0..<batch.count {
            storage.atoms[storage.atoms.count - 1].events.append(batch[index])
        }
    }

    /// Notes that the partition gets no more events.
    public mutating func onSeal() { storage.isSealed = true }
}

@usableFromInline
final class CollectorStorage<Element: Event>: @unchecked Sendable {  // Written by one worker.
    @usableFromInline var atoms: [(step: UInt64, events: [Element])] = []
    @usableFromInline var isSealed = false
}
