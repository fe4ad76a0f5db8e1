// A plain pool of threads and state behind locks: what most servers are.
import Harness
import KeyedCount
import PortalPingPong
import ShoppingCart

/// Threads that take jobs from one locked queue; state in shards with a lock each.
///
/// - Guarantee: in memory, each event once; atoms overtake each other, so there is no order even
///   for one key or user, and nothing is left after a crash.
/// - Tuning: a job is an atom; its events are sorted by shard first, so that a shard is locked once
///   an atom and not once an event; there are four shards a thread, and jobs begin with different
///   ones; a thread that adds the job that it will take itself wakes nobody; mutexes spin before
///   they sleep; threads are pinned.
/// - To be challenged: by queues that steal work, which matters for jobs far shorter than an atom;
///   by locks for readers and writers (nothing here only reads).
struct ThreadPoolSystem: SystemUnderTest {
    let name = "thread-pool"
    let summary =
        "a pool of threads with one locked queue of jobs, state in locked shards; in memory"
    let version = "1"

    /// More shards than threads, so that two jobs seldom want the same one; one where there is
    /// nobody to share with.
    static func shards(threads: Int) -> Int { threads == 1 ? 1 : 4 * threads }

    func axes(for workload: String) -> Set<Axis> { InProcess.axes(for: workload, pins: true) }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        InProcess.refusal(configuration)
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        try InProcess.run(
            self, configuration, probe,
            InProcess.Programs(
                keyedCount: { try PooledKeyedCount.run($0, configuration) },
                shoppingCart: { try PooledShoppingCart.run($0, configuration) },
                pingPong: { try PooledPingPong.run($0, configuration, clock: $1) }))
    }
}
