// The chains on Portals: tasks of one workflow, or workflows.
import Portals
import Synthetic

extension Item: Event {}
extension Generator: IndexedSource {}

/// What a run leaves, gathered from all partitions at the end of the stream.
public typealias Results = Gathered<Answer>

/// Works on each event and passes it on.
public struct Member: TaskBody, StatelessBody {
    public typealias Input = Item
    public static var handlesAtomComplete: Bool { false }

    @usableFromInline let place: UInt64
    @usableFromInline let workSteps: Int

    init(place: Int, workSteps: Int) {
        self.place = UInt64(place)
        self.workSteps = workSteps
    }

    @inlinable @inline(__always)
    public mutating func onEvent(_ item: Item, _ state: inout Void, _ task: inout Context) {
        var item = item
        item.pass(place, workSteps: workSteps)
        task.emit(item)
    }
}

/// Takes what comes out of the chain.
public struct ItemSink: SinkBody {
    @usableFromInline var answer = Answer()
    let results: Results

    init(results: Results) { self.results = results }

    @inlinable @inline(__always)
    public mutating func onBatch(_ batch: Batch<Item>, _ step: StepInfo) {
        for index in 0..<batch.count { answer.take(batch[index].value) }
    }

    public mutating func onSeal() { results.add(answer) }
}

extension Definition {
    /// The chain as a Portals application.
    public func application(_ results: Results, atomsPerSecond: Double? = nil) -> Application {
        Application("chain-of-\(members)") { app in
            let items = app.generator(
                "items", generator, count: events, atomSize: Int(atomSize),
                atomsPerSecond: atomsPerSecond)
            switch members {
            case .tasks:
                var flow = app.workflow("chain").source(items)
                for place in 0..<length { flow = flow.task("member-\(place)", member(place)) }
                flow.sink("end") { _ in ItemSink(results: results) }
            case .workflows:
                var stream = items
                for place in 0..<length {
                    stream = app.workflow("member-\(place)").source(stream)
                        .task("member", member(place)).stream()
                }
                app.workflow("end").source(stream)
                    .sink("end") { _ in ItemSink(results: results) }
            }
        }
    }

    private func member(_ place: Int) -> Member { Member(place: place, workSteps: workSteps) }
}
