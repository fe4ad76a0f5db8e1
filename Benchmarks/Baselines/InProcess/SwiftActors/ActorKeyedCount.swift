// The keyed count on actors: sources are tasks, counts of a partition an actor.
import KeyedCount

enum ActorKeyedCount {
    static func run(_ definition: KeyedCount.Definition, workers: Int) -> KeyedCount.Answer {
        let answer = Gathered(KeyedCount.Answer(nothingOf: definition))
        TaskPool.run {
            let counters = (0..<workers).map { _ in Counter() }
            await withTaskGroup { group in
                // Two a core: one goes on while the other awaits a counter.
                let sources = 2 * workers
                for index in 0..<sources {
                    group.addTask {
                        await make(definition, index: index, of: sources, counters)
                    }
                }
            }
            for counter in counters { await counter.add(to: answer) }
        }
        return answer.value
    }

    /// Makes each n-th atom and has its batches counted.
    private static func make(
        _ definition: KeyedCount.Definition, index: Int, of sources: Int, _ counters: [Counter]
    ) async {
        var source = OccurrenceSource(definition, partitions: counters.count)
        let batches = counters.map { _ in
            EventBatch<Occurrence>(capacity: definition.batchCapacity)
        }
        for atom in stride(from: UInt64(index), to: definition.atoms, by: sources) {
            source.make(atom, into: batches)
            for turn in counters.indices {
                // Each source begins elsewhere.
                let partition = (index + turn) % counters.count
                let batch = batches[partition]
                if batch.count > 0 { await counters[partition].count(batch) }
                batch.count = 0
            }
        }
    }
}

private actor Counter {
    private var part = CountPart()

    func count(_ batch: EventBatch<Occurrence>) { part.count(batch) }

    func add(to answer: Gathered<KeyedCount.Answer>) { answer.add { part.add(to: &$0) } }
}
