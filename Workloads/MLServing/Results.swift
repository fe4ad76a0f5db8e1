// What a run leaves: the versions that were published, and what was replied.
import Portals
import Synchronization

/// What a run leaves, gathered from all partitions.
public final class Results: Sendable {
    private struct State {
        var models: [Model] = []
        var sinks: [ReplyTally] = []
    }
    private let state = Mutex(State())
    /// The images of the run.
    public let data: Dataset

    /// Results of a run.
    ///
    /// - Errors: where its images can't be had.
    public init(_ definition: Definition) throws(DataFault) { data = try Dataset(definition) }

    func add(_ model: Model) { state.withLock { $0.models.append(model) } }
    func add(_ sink: ReplyTally) { state.withLock { $0.sinks.append(sink) } }

    /// The answer, once the site is at rest.
    public var answer: Answer {
        state.withLock { state in
            var answer = Answer()
            answer.models = state.models
            for sink in state.sinks {
                for served in sink.served { answer.add(served) }
                answer.mixedSteps += sink.mixedSteps
            }
            return answer
        }
    }

    /// Versions that were published so far; the site stands still or is at rest.
    public var versions: Int { state.withLock { $0.models.count } }
}

/// Keeps the versions that are published.
struct ModelSink: SinkBody {
    let results: Results

    init(_ results: Results) { self.results = results }

    mutating func onBatch(_ batch: Batch<Model>, _ step: StepInfo) {
        for index in 0..<batch.count { results.add(batch[index]) }
    }
}

/// Counts what was replied, on one partition.
struct ReplySink: SinkBody {
    let tally: ReplyTally

    init(_ results: Results) {
        tally = ReplyTally(pictures: results.data.count)
        results.add(tally)
    }

    mutating func onBatch(_ batch: Batch<ServedReply>, _ step: StepInfo) {
        for index in 0..<batch.count { tally.count(batch[index], step.number) }
    }
}

/// What the sink of one partition has counted.
///
/// Unchecked: written by the partition's worker, read when the site stands still or is at rest.
final class ReplyTally: @unchecked Sendable {
    private(set) var served: [Served] = []
    private(set) var mixedSteps: UInt64 = 0
    private let pictures: Int
    private var lastStep: UInt64?

    init(pictures: Int) { self.pictures = pictures }

    func count(_ reply: ServedReply, _ step: UInt64) {
        let last = served.count - 1
        if last < 0 || served[last].version != reply.version {
            if lastStep == step { mixedSteps += 1 }
            served.append(Served(version: reply.version, pictures: pictures))
            served[last + 1].firstStep = step
        }
        let current = served.count - 1
        served[current].lastStep = step
        served[current].count(reply)
        lastStep = step
    }
}
