// What lies outside of a site: it sees what sinks release, and survives its crashes.
import Portals
import Synchronization

/// The releases of one sink, over all runs of a site: by partition and step.
package final class OutsideWorld<Element: Event & Hashable>: @unchecked Sendable {
    package struct Place: Hashable {
        package var partition: Int
        package var step: UInt64
    }
    private let lock = Mutex<Void>(())
    private var releases: [Place: [Element]] = [:]
    private var contradicted: [String] = []

    package init() {}

    package var atoms: [Place: [Element]] { lock.withLock { _ in releases } }
    /// Releases of an earlier run that a later one contradicted.
    package var contradictions: [String] { lock.withLock { _ in contradicted } }

    package func body(_ partition: Int) -> OutsideSink<Element> {
        OutsideSink(world: self, partition: partition)
    }

    package func release(_ place: Place, _ events: [Element]) {
        lock.withLock { _ in
            if let before = releases[place], before != events {
                contradicted.append("\(place): \(before), then \(events)")
            }
            releases[place] = events
        }
    }

    /// All atoms, in the order of their steps; events by partition.
    package var inOrder: [[Element]] {
        var steps: [UInt64: [(Int, [Element])]] = [:]
        for (place, events) in atoms {
            steps[place.step, default: []].append((place.partition, events))
        }
        return steps.keys.sorted().map { step in
            steps[step]!.sorted { $0.0 < $1.0 }.flatMap { $0.1 }
        }
    }
}

package struct OutsideSink<Element: Event & Hashable>: SinkBody {
    private let world: OutsideWorld<Element>
    private let partition: Int
    private var events: [Element] = []

    init(world: OutsideWorld<Element>, partition: Int) {
        self.world = world
        self.partition = partition
    }

    package mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        for index in 0..<batch.count { events.append(batch[index]) }
    }

    package mutating func onAtomEnd(_ step: StepInfo) {
        world.release(.init(partition: partition, step: step.number), events)
        events = []
    }
}
