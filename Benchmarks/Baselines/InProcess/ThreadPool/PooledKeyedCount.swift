// The keyed count on a pool of threads: a job an atom, a lock a shard of keys.
import Harness
import KeyedCount

enum PooledKeyedCount {
    static func run(
        _ definition: KeyedCount.Definition, _ configuration: TrialConfiguration
    ) throws -> KeyedCount.Answer {
        let run = PooledRun(definition, configuration)
        return try run.run(configuration)
    }

    /// What jobs share.
    private final class PooledRun: Sendable {
        let definition: KeyedCount.Definition
        let pool = LockedPool()
        let shards: [Sharded<CountPart>]
        let workplaces: [Workplace]
        let countdown: Countdown

        init(_ definition: KeyedCount.Definition, _ configuration: TrialConfiguration) {
            self.definition = definition
            let count = ThreadPoolSystem.shards(threads: configuration.workers)
            shards = (0..<count).map { _ in Sharded(CountPart()) }
            workplaces = (0..<configuration.workers).map { _ in
                Workplace(definition, shards: count)
            }
            countdown = Countdown(definition.atoms)
        }

        func run(_ configuration: TrialConfiguration) throws -> KeyedCount.Answer {
            var answer = KeyedCount.Answer(nothingOf: definition)
            if definition.atoms == 0 { return answer }
            // Two jobs a thread: one is done, one waits; each adds the next one of its kind.
            let jobs = UInt64(2 * configuration.workers)
            for atom in 0..<min(jobs, definition.atoms) { submit(atom, stride: jobs) }
            try pool.run(threads: configuration.workers, configuration)
            for shard in shards { shard.withLock { $0.add(to: &answer) } }
            return answer
        }

        private func submit(_ atom: UInt64, stride: UInt64) {
            pool.submit(.ifMoreWaits) { [self] thread in
                workplaces[thread].count(atom, in: shards)
                if atom + stride < definition.atoms { submit(atom + stride, stride: stride) }
                if countdown.isLast() { pool.end() }
            }
        }
    }

    /// The batches of a thread.
    private final class Workplace: @unchecked Sendable {
        // Unchecked: of the one thread that has its index.
        private var source: OccurrenceSource
        private let batches: [EventBatch<Occurrence>]

        init(_ definition: KeyedCount.Definition, shards: Int) {
            source = OccurrenceSource(definition, partitions: shards)
            batches = (0..<shards).map { _ in EventBatch(capacity: definition.batchCapacity) }
        }

        func count(_ atom: UInt64, in shards: [Sharded<CountPart>]) {
            source.make(atom, into: batches)
            for turn in shards.indices {
                // Each job begins elsewhere.
                let index = (turn + Int(truncatingIfNeeded: atom)) % shards.count
                let batch = batches[index]
                if batch.count == 0 { continue }
                shards[index].withLock { $0.count(batch) }
                batch.count = 0
            }
        }
    }
}
