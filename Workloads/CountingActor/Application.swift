// The counting actor on Portals: a generator, and workflows that count all of it.
import Portals
import Synthetic

extension Value: Event {}
extension Generator: IndexedSource {}

/// What a run leaves, gathered from all partitions at the end of the streams.
public typealias Results = Gathered<Answer>

extension Gathered where Answer == CountingActor.Answer {
    /// Gathers from nothing, for each workflow of a run.
    public convenience init(_ definition: Definition) { self.init(Answer(definition)) }
}

/// Counts what it passes on.
public struct Actor: TaskBody, StatelessBody {
    public typealias Input = Value
    public static var handlesAtomComplete: Bool { false }

    let workflow: Int
    let results: Results

    @inlinable public func initialState() -> EventSum { EventSum() }

    @inlinable @inline(__always)
    public mutating func onEvent(_ value: Value, _ count: inout EventSum, _ task: inout Context) {
        count.take(value.integer)
        task.emit(value)
    }

    public mutating func onComplete(_ task: inout Context) {
        task.forEachState { _, count in
            let count = count
            results.add { $0.counted[workflow].add(count) }
        }
    }
}

/// Takes what an actor passes on.
public struct ValueSink: SinkBody {
    @usableFromInline var count = EventSum()
    let workflow: Int
    let results: Results

    init(workflow: Int, results: Results) {
        self.workflow = workflow
        self.results = results
    }

    @inlinable @inline(__always)
    public mutating func onBatch(_ batch: Batch<Value>, _ step: StepInfo) {
        for index in 0..<batch.count { count.take(batch[index].integer) }
    }

    public mutating func onSeal() { results.add { $0.passedOn[workflow].add(count) } }
}

extension Definition {
    /// The workload as a Portals application.
    public func application(_ results: Results, atomsPerSecond: Double? = nil) -> Application {
        Application("counting") { app in
            let values = app.generator(
                "values", generator, count: eventsEach, atomSize: Int(atomSize),
                atomsPerSecond: atomsPerSecond)
            for index in 0..<workflows {
                app.workflow("workflow-\(index)", partitions: partitions).source(values)
                    .task("actor", Actor(workflow: index, results: results))
                    .sink("values") { _ in ValueSink(workflow: index, results: results) }
            }
        }
    }
}
