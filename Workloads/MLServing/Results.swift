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
    public init(_ definition: Definition) throws(MLServingFault) { data = try Dataset(definition) }

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
@safe
final class ReplyTally: @unchecked Sendable {
    private(set) var mixedSteps: UInt64 = 0
    private let pictures: Int
    private var lastStep: UInt64?
    /// The versions before the present one.
    private var earlier: [Served] = []
    /// The present one, and what it said: in memory of its own, because arrays would be looked at
    /// for other holders at each reply.
    private var version: UInt32?
    private var firstStep: UInt64 = 0
    private let counts: UnsafeMutablePointer<UInt64>
    private let labels: UnsafeMutablePointer<UInt16>

    init(pictures: Int) {
        self.pictures = pictures
        unsafe counts = .allocate(capacity: pictures)
        unsafe labels = .allocate(capacity: pictures)
        clear()
    }

    deinit {
        unsafe counts.deallocate()
        unsafe labels.deallocate()
    }

    private func clear() {
        unsafe counts.initialize(repeating: 0, count: pictures)
        unsafe labels.initialize(repeating: 0, count: pictures)
    }

    func count(_ reply: ServedReply, _ step: UInt64) {
        if version != reply.version { turn(to: reply.version, step) }
        let number = Int(reply.number)
        precondition(number < pictures, "a reply about picture \(number) of \(pictures)")
        unsafe counts[number] += 1
        unsafe labels[number] |= 1 << reply.label
        lastStep = step
    }

    @inline(never)
    private func turn(to next: UInt32, _ step: UInt64) {
        if lastStep == step { mixedSteps += 1 }
        earlier = served
        version = next
        firstStep = step
        clear()
    }

    /// By version, in their order.
    var served: [Served] {
        guard let version, let lastStep else { return earlier }
        var present = Served(version: version, pictures: pictures)
        present.firstStep = firstStep
        present.lastStep = lastStep
        for index in 0..<pictures {
            present.counts[index] = unsafe counts[index]
            present.labels[index] = unsafe labels[index]
        }
        return earlier + [present]
    }
}
