// The tasks of the keyed count as each in-process baseline joins them: the source of some atoms,
// and
// the counts of one partition.
import KeyedCount

/// Makes the events of atoms, by partition of their keys.
struct OccurrenceSource: ~Copyable {
    private let definition: KeyedCount.Definition
    private let partitions: KeyPartitions
    private var router: BatchRouter<Occurrence>

    init(_ definition: KeyedCount.Definition, partitions: Int) {
        self.definition = definition
        self.partitions = KeyPartitions(count: partitions)
        router = BatchRouter(partitions: partitions)
    }

    /// Adds the events of an atom to the batches of their partitions.
    @inline(never)
    mutating func make(_ atom: UInt64, into batches: [EventBatch<Occurrence>]) {
        let generator = definition.generator
        let partitions = partitions
        let first = atom * definition.atomSize
        let end = min(first + definition.atomSize, definition.events)
        router.open(batches)
        if partitions.count == 1 {
            for index in first..<end { router.append(generator.event(at: index), to: 0) }
        } else {
            for index in first..<end {
                let event = generator.event(at: index)
                router.append(event, to: partitions.partition(of: event.key))
            }
        }
        router.close()
    }
}

extension KeyedCount.Definition {
    /// Atoms of the run; the last one may be short.
    var atoms: UInt64 { (events + atomSize - 1) / atomSize }

    /// Events of the largest batch: all of an atom may be of one partition.
    var batchCapacity: Int { Int(min(atomSize, max(1, events))) }
}

/// The counts of a partition, and its sink.
struct CountPart: ~Copyable {
    private var table = CountTable(expectedKeys: 16)
    private var sink = CountSink()

    /// Counts a batch, and gives each new count to the sink.
    @inline(never)
    mutating func count(_ batch: EventBatch<Occurrence>) {
        var sink = sink
        let events = unsafe batch.elements
        for index in 0..<batch.count {
            let key = unsafe events[index].key
            sink.take(RunningCount(key: key, count: table.countOneMore(key)))
        }
        self.sink = sink
    }

    /// Adds what it has to the answer.
    borrowing func add(to answer: inout KeyedCount.Answer) {
        answer.records += sink.records
        answer.sumOfCounts &+= sink.sumOfCounts
        table.visit { key, count in answer.counts[Int(key)] += count }
    }
}

extension KeyedCount.Answer {
    /// The answer in which nothing was counted.
    init(nothingOf definition: KeyedCount.Definition) {
        self.init(
            records: 0, sumOfCounts: 0,
            counts: Array(repeating: 0, count: Int(definition.keys)))
    }
}
