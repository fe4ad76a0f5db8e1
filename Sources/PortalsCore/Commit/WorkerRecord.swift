// The writer's end of a worker's record.

/// What one worker has decided, to be written down.
///
/// - Ownership: the one thread that writes the journal.
public final class WorkerRecord: @unchecked Sendable {  // Its reader's thread alone.
    private var consumer: RingConsumer<UInt64>
    /// The index of the worker.
    public let worker: Int

    init(consumer: consuming RingConsumer<UInt64>, worker: Int) {
        self.consumer = consumer
        self.worker = worker
    }

    /// Words that are there now; they end at the end of a decision.
    ///
    /// - Cost: reads a cache line that the worker writes.
    public var wordCount: Int { consumer.count }

    /// Moves the oldest words into a buffer, as many as fit; returns how many.
    public func take(into buffer: UnsafeMutableBufferPointer<UInt64>) -> Int {
        unsafe consumer.pop(into: buffer)
    }
}
