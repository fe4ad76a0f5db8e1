// The sink that counts what it gets.

/// Counts events.
public struct CountingSink<Element: Event>: SinkBody {
    /// Events shown so far, on one partition.
    public private(set) var count = 0
    private var taken = 0
    private var ended = 0
    /// Makes a sink that has counted nothing.
    public init() {}
    /// Adds the events of a batch.
    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) { taken += batch.count }
    /// What was taken may be shown, when its time comes.
    public mutating func onAtomEnd(_ step: StepInfo) { ended = taken }
    /// The events of all atoms that have ended.
    public mutating func prepare(_ waiting: inout Int?) { waiting = ended }
    /// That is the count now.
    public mutating func show(_ count: Int) { self.count = count }

    /// The count: eight bytes, the lowest first.
    public func storedState() -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
    }

    /// Goes on counting from there.
    public mutating func restoreState(_ bytes: [UInt8]) throws(RecordError) {
        guard bytes.count == 8 else { throw RecordError("a count has 8 bytes") }
        count = bytes.enumerated().reduce(0) { $0 | Int($1.element) << ($1.offset * 8) }
        taken = count
        ended = count
    }
}
