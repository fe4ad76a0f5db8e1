// The keyed count on Portals: generator → key and count in one task → counting sink.
import Portals
import Synchronization

extension Occurrence: Event {}
extension RunningCount: Event {}
extension Generator: IndexedSource {}

/// Counts occurrences by key and emits each running count.
public struct CountTask: TaskBody {
    let results: Results

    @usableFromInline init(results: Results) { self.results = results }

    public func initialState() -> UInt64 { 0 }

    @inlinable @inline(__always)
    public mutating func onEvent(
        _ event: Occurrence, _ count: inout UInt64, _ task: inout Context
    ) {
        count &+= 1
        task.emit(RunningCount(key: event.key, count: count))
    }

    public static var handlesAtomComplete: Bool { false }
    public typealias Output = RunningCount
    public typealias Input = Occurrence

    public mutating func onComplete(_ task: inout Context) {
        task.forEachState { key, count in results.set(key, count) }
    }
}

/// Its counts are in the state of its keys.
extension CountTask: StatelessBody {}

/// What a run leaves, gathered from all partitions at the end of the stream.
public final class Results: Sendable {
    private let state: Mutex<Answer>

    public init(_ definition: Definition) {
        state = Mutex(
            Answer(
                records: 0, sumOfCounts: 0,
                counts: Array(repeating: 0, count: Int(definition.keys))))
    }

    func set(_ key: UInt64, _ count: UInt64) {
        state.withLock { $0.counts[Int(key)] = count }
    }

    func add(_ sink: CountSink) {
        state.withLock {
            $0.records += sink.records
            $0.sumOfCounts += sink.sumOfCounts
        }
    }

    /// The answer, once the site is at rest.
    public var answer: Answer { state.withLock { $0 } }
}

/// A sink that hands its part of the answer over at the end.
public struct ReportingSink: SinkBody {
    @usableFromInline var running = CountSink()
    @usableFromInline var ended = CountSink()
    @usableFromInline var shown = CountSink()
    let results: Results

    /// A sink for one partition, which may have shown records before.
    public init(results: Results, shown: CountSink = CountSink()) {
        self.results = results
        running = shown
        ended = shown
        self.shown = shown
    }

    @inlinable @inline(__always)
    public mutating func onBatch(_ batch: Batch<RunningCount>, _ step: StepInfo) {
        for index in 0..<batch.count { running.take(batch[index]) }
    }

    @inlinable public mutating func onAtomEnd(_ step: StepInfo) { ended = running }
    @inlinable public mutating func prepare(_ waiting: inout CountSink?) { waiting = ended }
    @inlinable public mutating func show(_ prepared: CountSink) { shown = prepared }

    public mutating func onSeal() { results.add(shown) }
}

extension Definition {
    /// The path of the workflow that takes the source's atoms.
    public static let workflowPath = "/keyed-count/workflows/count"

    /// The keyed count as a Portals application; endless where `events` is `.max`.
    public func application(_ results: Results, atomsPerSecond: Double? = nil) -> Application {
        application(results, atomsPerSecond: atomsPerSecond) { _ in ReportingSink(results: results)
        }
    }

    /// The same with another sink, which hands what it gets on to a `ReportingSink`.
    @inlinable @inline(__always)
    public func application<Sink: SinkBody>(
        _ results: Results, atomsPerSecond: Double? = nil,
        sink: @escaping @Sendable (_ partition: Int) -> Sink
    ) -> Application where Sink.Element == RunningCount {
        Application("keyed-count") { app in
            app.workflow("count")
                .source(
                    app.generator(
                        "occurrences", generator, count: events == .max ? nil : events,
                        atomSize: Int(atomSize), atomsPerSecond: atomsPerSecond)
                )
                .key { $0.key }
                .task("count", CountTask(results: results))
                .sink("counts", sink)
        }
    }
}
