// The filter on Portals: integers → flow → counting sink.
import Portals
import Synthetic

extension Integer: Event {}
extension Generator: IndexedSource {}

/// What a run leaves, gathered from all partitions at the end of the stream.
public typealias Results = Gathered<Answer>

/// Counts and sums what the filter keeps.
public struct KeptSink: SinkBody {
    @usableFromInline var answer = Answer()
    let results: Results

    @inlinable @inline(__always)
    public mutating func onBatch(_ batch: Batch<Integer>, _ step: StepInfo) {
        for index in 0..<batch.count { answer.take(batch[index]) }
    }

    public mutating func onSeal() { results.add(answer) }
}

extension Definition {
    /// The path of the workflow that takes the source's atoms.
    public static let workflowPath = "/integer-filter/workflows/filter"

    /// The filter as a Portals application.
    public func application(_ results: Results, atomsPerSecond: Double? = nil) -> Application {
        let predicate = predicate
        return Application("integer-filter") { app in
            app.workflow("filter")
                .source(
                    app.generator(
                        "integers", generator, count: events, atomSize: Int(atomSize),
                        atomsPerSecond: atomsPerSecond)
                )
                .flow(emits: Integer.self) { batch, out in
                    batch.filter { predicate.keeps($0) }.emit(&out)
                }
                .sink("kept") { _ in KeptSink(results: results) }
        }
    }
}
