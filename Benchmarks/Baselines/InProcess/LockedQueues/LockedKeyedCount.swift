// The keyed count on threads with locked queues: each makes some of the atoms and counts the keys
// of
// its partition.
import Harness
import KeyedCount

enum LockedKeyedCount {
    fileprivate enum Message {
        case events(EventBatch<Occurrence>)
        /// A thread has sent its last.
        case done
    }

    /// Batches that wait before a thread at the most: so many that a sender seldom finds it full.
    private static let inboxCapacity = 64

    static func run(
        _ definition: KeyedCount.Definition, _ configuration: TrialConfiguration
    ) throws -> KeyedCount.Answer {
        let inboxes = (0..<configuration.workers).map { _ in
            Inbox<Message>(capacity: inboxCapacity)
        }
        let answer = Gathered(KeyedCount.Answer(nothingOf: definition))
        try onThreads(configuration.workers, configuration) { index in
            var thread = CountingThread(definition, index: index, inboxes: inboxes)
            thread.run()
            answer.add { thread.part.add(to: &$0) }
        }
        return answer.value
    }
}

/// What one thread does.
private struct CountingThread: ~Copyable {
    private let definition: KeyedCount.Definition
    private let index: Int
    private let inboxes: [Inbox<LockedKeyedCount.Message>]
    private var source: OccurrenceSource
    var part = CountPart()
    private var pool: BatchPool<Occurrence>
    private var batches: [EventBatch<Occurrence>] = []
    private var taken: [LockedKeyedCount.Message] = []
    /// Other threads that have not sent their last.
    private var sending: Int

    init(
        _ definition: KeyedCount.Definition, index: Int,
        inboxes: [Inbox<LockedKeyedCount.Message>]
    ) {
        self.definition = definition
        self.index = index
        self.inboxes = inboxes
        source = OccurrenceSource(definition, partitions: inboxes.count)
        pool = BatchPool(capacity: definition.batchCapacity)
        sending = inboxes.count - 1
    }

    mutating func run() {
        for atom in stride(from: UInt64(index), to: definition.atoms, by: inboxes.count) {
            _ = receive()
            for _ in inboxes { batches.append(pool.take()) }
            source.make(atom, into: batches)
            // What is its own needs no queue.
            part.count(batches[index])
            pool.put(batches[index])
            for other in inboxes.indices where other != index {
                send(.events(batches[other]), to: other)
            }
            batches.removeAll(keepingCapacity: true)
        }
        for other in inboxes.indices where other != index { send(.done, to: other) }
        while sending > 0 { if !receive() { inboxes[index].wait() } }
    }

    /// Counts all that waits; false if there is nothing.
    private mutating func receive() -> Bool {
        guard inboxes[index].takeAll(into: &taken) else { return false }
        for message in taken {
            switch message {
            case .events(let batch):
                part.count(batch)
                pool.put(batch)
            case .done: sending -= 1
            }
        }
        taken.removeAll(keepingCapacity: true)
        return true
    }

    /// Sends a message; while there is no room for it, does its own work.
    private mutating func send(_ message: LockedKeyedCount.Message, to other: Int) {
        while !inboxes[other].put(message, from: inboxes[index]) {
            if !receive() { inboxes[index].wait() }
        }
    }
}
