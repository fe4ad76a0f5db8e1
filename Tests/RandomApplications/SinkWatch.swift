// Shows what sinks release, as it is released, to someone who outlives the site.
import Portals

/// Sees each release of each sink.
public protocol SinkWatch: AnyObject, Sendable {
    /// Some events of an atom, as a partition of a sink got them.
    func released(_ events: [String], sink: String, partition: Int, step: UInt64)
    /// The stream of a sink has ended on a partition.
    func sealed(sink: String, partition: Int)
}

/// One partition of a sink that someone watches; events are shown as text.
public struct WatchedSink<Element: Event>: SinkBody {
    let watch: any SinkWatch
    let sink: String
    let partition: Int
    public init(_ watch: any SinkWatch, sink: String, partition: Int) {
        self.watch = watch
        self.sink = sink
        self.partition = partition
    }

    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        let events = (0..<batch.count).map { String(describing: batch[$0]) }
        watch.released(events, sink: sink, partition: partition, step: step.number)
    }

    public mutating func onSeal() { watch.sealed(sink: sink, partition: partition) }
}

/// The same in two phases: events are made text as they come, and shown when they may be.
public struct PreparingWatchedSink<Element: Event>: SinkBody {
    /// The events of each call, by step.
    public typealias Batches = [(step: UInt64, events: [String])]
    let shown: WatchedSink<Element>
    private var batches: Batches = []
    private var endedCount = 0
    public init(_ watch: any SinkWatch, sink: String, partition: Int) {
        shown = WatchedSink(watch, sink: sink, partition: partition)
    }

    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        batches.append((step.number, (0..<batch.count).map { String(describing: batch[$0]) }))
    }

    public mutating func onAtomEnd(_ step: StepInfo) { endedCount = batches.count }

    public mutating func prepare(_ waiting: inout Batches?) {
        waiting = (waiting ?? []) + batches[..<endedCount]
        batches.removeFirst(endedCount)
        endedCount = 0
    }

    public mutating func show(_ prepared: Batches) {
        for (step, events) in prepared {
            shown.watch.released(
                events, sink: shown.sink, partition: shown.partition, step: step)
        }
    }

    public mutating func onSeal() {
        shown.watch.sealed(sink: shown.sink, partition: shown.partition)
    }
}
