// The keyed count on tasks and streams: sources, and counters of a partition.
import KeyedCount

enum StreamedKeyedCount {
    private struct Filled: Sendable {
        var batch: EventBatch<Occurrence>
        var source: Int
    }

    /// Atoms of a source under way at the most: one is made while others are counted.
    private static let atomsInFlightMax = 4

    static func run(_ definition: KeyedCount.Definition, workers: Int) -> KeyedCount.Answer {
        let answer = Gathered(KeyedCount.Answer(nothingOf: definition))
        TaskPool.run {
            let filled = (0..<workers).map { _ in StreamEnds<Filled>() }
            let emptied = (0..<workers).map { _ in StreamEnds<EventBatch<Occurrence>>() }
            await withTaskGroup { counters in
                for index in 0..<workers {
                    counters.addTask { await count(filled[index], emptied, answer) }
                }
                await withTaskGroup { sources in
                    for index in 0..<workers {
                        sources.addTask { await make(definition, index, filled, emptied[index]) }
                    }
                }
                for ends in filled { ends.continuation.finish() }
            }
        }
        return answer.value
    }

    /// Makes each n-th atom.
    private static func make(
        _ definition: KeyedCount.Definition, _ index: Int, _ filled: [StreamEnds<Filled>],
        _ emptied: StreamEnds<EventBatch<Occurrence>>
    ) async {
        for _ in 0..<(atomsInFlightMax * filled.count) {
            emptied.continuation.yield(EventBatch(capacity: definition.batchCapacity))
        }
        var source = OccurrenceSource(definition, partitions: filled.count)
        var free = emptied.stream.makeAsyncIterator()
        var batches: [EventBatch<Occurrence>] = []
        for atom in stride(from: UInt64(index), to: definition.atoms, by: filled.count) {
            while batches.count < filled.count, let batch = await free.next() {
                batches.append(batch)
            }
            source.make(atom, into: batches)
            for (partition, batch) in batches.enumerated() {
                filled[partition].continuation.yield(Filled(batch: batch, source: index))
            }
            batches.removeAll(keepingCapacity: true)
        }
    }

    private static func count(
        _ filled: StreamEnds<Filled>, _ emptied: [StreamEnds<EventBatch<Occurrence>>],
        _ answer: Gathered<KeyedCount.Answer>
    ) async {
        var part = CountPart()
        for await some in filled.stream {
            part.count(some.batch)
            some.batch.count = 0
            emptied[some.source].continuation.yield(some.batch)
        }
        answer.add { part.add(to: &$0) }
    }
}
