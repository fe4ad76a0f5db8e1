// Sinks outside that forget nothing: they get each atom with a number, perhaps more than once.

/// What a step gave to a sink on one partition.
public struct ReleasedAtom<Element: Event>: Sendable {
    /// The path of the sink's place in its workflow.
    public let stream: String
    /// The partition that gave it.
    public let partition: Int
    /// Ascending for each stream and partition, with gaps; the same for the same atom after a
    /// crash.
    public let number: UInt64
    /// The events in order, at least one.
    public let events: [Element]
}

/// A sink that knows what it has taken: of (stream, partition, number) it keeps the first.
///
/// ```swift
/// final class Table: IdempotentSink {
///     func release(_ atom: ReleasedAtom<Order>) throws {
///         // One transaction: ignore it if atom.number is not above the last of this partition;
///         // else insert the events, and the number with them.
///     }
/// }
/// ```
/// - Ownership: called by the threads of the workers, for each partition by one at a time.
public protocol IdempotentSink<Element>: AnyObject, Sendable {
    associatedtype Element: Event
    /// Takes an atom; in `durable` mode one that is durable. After a crash atoms come again, from
    /// the newest snapshot on, or from the first, with the same numbers and events.
    ///
    /// Of a site that may forget (in `asynchronous` mode, or without a journal) other events can
    /// come under a number that was there before.
    ///
    /// - Errors: whatever keeps it from taking the atom: the site stops, and the atom comes again
    ///   when it is started.
    func release(_ atom: ReleasedAtom<Element>) throws
}

extension Flow {
    /// Hands the events to a sink that knows what it has taken.
    ///
    /// - Cost: an array and a call an atom and partition.
    @inlinable @inline(__always)
    @discardableResult
    public func sink<Sink: IdempotentSink>(
        _ name: String, _ sink: Sink
    ) -> Flow<Element, Keys> where Sink.Element == Element {
        placedSink(name) { place in IdempotentSinkBody(sink: sink, place: place) }
    }
}

/// One partition of an idempotent sink.
public struct IdempotentSinkBody<Sink: IdempotentSink>: SinkBody {
    @usableFromInline let sink: Sink
    @usableFromInline let place: SinkPlace
    @usableFromInline var events: [Sink.Element] = []
    /// Why the sink took no more.
    public private(set) var failure: String?

    @usableFromInline
    init(sink: Sink, place: SinkPlace) {
        self.sink = sink
        self.place = place
    }

    /// Gathers the events.
    @inlinable
    public mutating func onBatch(_ batch: Batch<Sink.Element>, _ step: StepInfo) {
        for index in 0..<batch.count { events.append(batch[index]) }
    }

    /// Hands the atom over.
    public mutating func onAtomEnd(_ step: StepInfo) {
        defer { events = [] }
        if failure != nil { return }
        do {
            try sink.release(
                ReleasedAtom(
                    stream: place.path, partition: place.partition, number: step.number,
                    events: events))
        } catch {
            failure =
                "atom \(step.number) of partition \(place.partition) was not taken: \(error)"
        }
    }
}
