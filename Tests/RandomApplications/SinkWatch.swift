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
