// Swift's own actors, an actor a partition: what a Swift programmer reaches for first.
import Harness
import KeyedCount
import PortalPingPong
import ShoppingCart

/// An actor a partition; calls carry batches of an atom.
///
/// - Guarantee: in memory, each event once, as long as no task is cancelled; an actor is re-entered
///   while it awaits a reply, so atoms interleave. Nothing is left after a crash.
/// - Tuning: a call carries a batch in a buffer that is used again, so a hop is paid once a batch;
///   two sources a core, so that one goes on while another awaits; the pool has as many threads as
///   the trial has workers.
/// - To be challenged: by executors of one's own in place of the pool, which pin threads; by an
///   actor an entity, which is how actors are drawn in books: see `swift-actors-entity`.
struct SwiftActorsSystem: SystemUnderTest {
    let name = "swift-actors"
    let summary = "Swift actors, one a partition, awaited calls with batches of an atom; in memory"
    let version = InProcess.toolchain

    func axes(for workload: String) -> Set<Axis> { InProcess.axes(for: workload, pins: false) }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        InProcess.refusal(configuration) ?? TaskPool.refusal(workers: configuration.workers)
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        let workers = configuration.workers
        return try TaskPool.held(toCores: workers) {
            try InProcess.run(
                self, configuration, probe,
                InProcess.Programs(
                    keyedCount: { ActorKeyedCount.run($0, workers: workers) },
                    shoppingCart: { ActorShoppingCart.run($0, workers: workers) },
                    pingPong: { ActorPingPong.run($0, clock: $1) }))
        }
    }
}
