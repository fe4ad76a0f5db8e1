// The ring of Portals' core, by itself.
import Harness
import ItemQueue
import PortalsCore

/// The ring that workers hand each other batches through; both ends spin.
///
/// - Guarantee: in memory, in order, each item once.
/// - Tuning: as the runtime uses it; both ends on a core of their own.
/// - To be challenged: by prefetching slots, or by writing to several of them before the index is
///   published where the batch is 1, which would be a batch.
struct PortalsRingSystem: SystemUnderTest {
    let name = "portals-ring"
    let summary = "the ring of Portals' core, one producer and one consumer that spin; in memory"
    let version = PortalsSystem().version

    func axes(for workload: String) -> Set<Axis> { QueueTrial.axes(.threads) }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        QueueTrial.refusal(configuration, .threads)
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        try QueueTrial.run(self, configuration, probe) { definition in
            let ring = SPSCRing<UInt64>(
                capacity: ItemQueue.Definition.slots, memory: .heap)
            let producer = Passed(ring.producer)
            let consumer = Passed(ring.consumer)
            return try QueueTrial.onTwoThreads(configuration) {
                Self.produce(definition, producer.take())
            } consume: {
                Self.consume(definition, consumer.take())
            }
        }
    }

    private static func produce(
        _ definition: ItemQueue.Definition, _ end: consuming RingProducer<UInt64>
    ) {
        var producer = end
        let count = definition.items
        if definition.batch == 1 {
            var item: UInt64 = 0
            while item < count {
                if producer.tryPush(item) { item &+= 1 }
            }
            return
        }
        let items = UnsafeMutablePointer<UInt64>.allocate(capacity: definition.batch)
        defer { unsafe items.deallocate() }
        var sent: UInt64 = 0
        while sent < count {
            let wanted = Int(min(UInt64(definition.batch), count - sent))
            for index in 0..<wanted {
                unsafe (items + index).initialize(to: sent &+ UInt64(index))
            }
            var pushed = 0
            while pushed < wanted {
                pushed += unsafe producer.push(
                    contentsOf: UnsafeBufferPointer(start: items + pushed, count: wanted - pushed))
            }
            sent += UInt64(wanted)
        }
    }

    private static func consume(
        _ definition: ItemQueue.Definition, _ end: consuming RingConsumer<UInt64>
    ) -> ItemQueue.Answer {
        var consumer = end
        let count = definition.items
        var answer = ItemQueue.Answer()
        if definition.batch == 1 {
            while answer.items < count {
                if let item = consumer.tryPop() { answer.take(item) }
            }
            return answer
        }
        let batch = definition.batch
        while answer.items < count {
            consumer.popAll(max: batch) { answer.take($0) }
        }
        return answer
    }
}

/// One end of a ring on its way to a thread.
///
/// Unchecked: filled before the thread starts, emptied by it, read by nobody between.
private final class Passed<End: ~Copyable>: @unchecked Sendable {
    private var end: End?

    init(_ end: consuming End) { self.end = consume end }

    func take() -> End { end.take()! }
}
