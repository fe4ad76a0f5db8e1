// The C++ ring of the same layout as ours.
import CReferenceRing
import Harness
import ItemQueue

/// A ring in C++, with cached indices as in rigtorp's and folly's; both ends spin.
///
/// - Guarantee: in memory, in order, each item once.
/// - Tuning: compiled with -O3; the same layout as ours, so that the language is what differs.
/// - To be challenged: by those rings themselves, which were measured in mixed regimes of the cores
///   at 66 to 78 M items/s, below this one.
struct ReferenceRingSystem: SystemUnderTest {
    let name = "cxx-ring"
    let summary = "a C++ ring of the layout of ours, both ends spin; in memory"
    let version = "1"

    func axes(for workload: String) -> Set<Axis> { QueueTrial.axes(.threads) }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        QueueTrial.refusal(configuration, .threads)
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        try QueueTrial.run(self, configuration, probe) { definition in
            let ring = unsafe SharedRing(
                pointer: reference_ring_make(UInt64(ItemQueue.Definition.slots)))
            defer { unsafe reference_ring_free(ring.pointer) }
            return try QueueTrial.onTwoThreads(configuration) {
                unsafe reference_queue_produce(
                    ring.pointer, definition.items, UInt64(definition.batch))
            } consume: {
                var items: UInt64 = 0
                let digest = unsafe reference_queue_consume(
                    ring.pointer, definition.items, UInt64(definition.batch), &items)
                return ItemQueue.Answer(items: items, digest: digest)
            }
        }
    }
}

/// A C++ ring on its way into threads.
///
/// Unchecked: what it points to is made for a producer and a consumer.
@safe private struct SharedRing: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}
