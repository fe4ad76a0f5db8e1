// Tasks joined by Swift's AsyncStream: pipelines as Swift's concurrency has them.
import Harness
import KeyedCount
import PortalPingPong
import ShoppingCart

/// A task a partition of each stage, an `AsyncStream` of batches before each.
///
/// An `AsyncStream` has no back-pressure: it grows or drops. So batches come back to their source
/// through another stream, and a source that has none left awaits one: that bounds what is under
/// way, and nothing is allocated in steady state.
///
/// - Guarantee: in memory, each event once; no order between partitions. Nothing is left after a
///   crash.
/// - Tuning: batches of an atom in buffers that are used again; four atoms of a source under way;
///   the pool has as many threads as the trial has workers.
/// - To be challenged: by `AsyncChannel` of swift-async-algorithms, which suspends the sender: a
///   batch then costs two hand-overs more, see the workload `queue`; by fewer stages, as counts and
///   carts in one task need no stream between them.
struct AsyncStreamSystem: SystemUnderTest {
    let name = "swift-async-stream"
    let summary = "Swift tasks joined by AsyncStreams of batches, bounded by buffers; in memory"
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
                    keyedCount: { StreamedKeyedCount.run($0, workers: workers) },
                    shoppingCart: { StreamedShoppingCart.run($0, workers: workers) },
                    pingPong: { StreamedPingPong.run($0, clock: $1) }))
        }
    }
}

/// A stream with both of its ends.
struct StreamEnds<Element: Sendable>: Sendable {
    let stream: AsyncStream<Element>
    let continuation: AsyncStream<Element>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Element.self) }
}
