// Threads with locked queues between them: what is written in every language.
import Harness
import KeyedCount
import PortalPingPong
import ShoppingCart

/// A thread a partition, a bounded queue under a mutex and a condition before each.
///
/// - Guarantee: in memory, each event once; no order between the partitions, and nothing is left
///   after a crash.
/// - Tuning: batches of an atom travel, in buffers that are used again; a thread takes all that
///   waits under one lock, works on its own part of an atom without a queue, and wakes only who
///   sleeps; mutexes spin before they sleep; threads are pinned.
/// - To be challenged: by queues that spin before a thread sleeps, which cost a core that waits; by
///   a thread a task in place of a partition, which is slower where tasks are not equally heavy; by
///   rings in place of locks, which is `portals-ring` of the workload `queue`.
struct LockedQueuesSystem: SystemUnderTest {
    let name = "locked-queues"
    let summary =
        "a thread a partition, bounded queues under mutexes, batches of an atom; in memory"
    let version = "1"

    func axes(for workload: String) -> Set<Axis> { InProcess.axes(for: workload, pins: true) }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        if let refusal = InProcess.refusal(configuration) { return refusal }
        if configuration.workers < 2 {
            return "one thread has no queue before it: give --workers 2, or see hand-written"
        }
        if configuration.workload == "portal-ping-pong", configuration.workers != 2 {
            return "asker and replier are a thread each: give --workers 2"
        }
        return nil
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        try InProcess.run(
            self, configuration, probe,
            InProcess.Programs(
                keyedCount: { try LockedKeyedCount.run($0, configuration) },
                shoppingCart: { try LockedShoppingCart.run($0, configuration) },
                pingPong: { try LockedPingPong.run($0, configuration, clock: $1) }))
    }
}
