// The keyed count as a competent programmer writes it for one thread: the line to beat.

/// The single-threaded loop without any runtime.
///
/// It assumes a single thread and nothing else: keys are opaque 64-bit numbers in a hash table that
/// grows, as they are for every other system, though here they happen to be dense.
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates only as keys are first seen.
    public static func run(_ definition: Definition) -> Answer {
        let generator = definition.generator
        // The number of keys is not known beforehand to a stream, so the table starts small.
        var table = CountTable(expectedKeys: 16)
        var sink = CountSink()
        for index in 0..<definition.events {
            let key = generator.event(at: index).key
            sink.take(RunningCount(key: key, count: table.countOneMore(key)))
        }
        var counts = [UInt64](repeating: 0, count: Int(definition.keys))
        table.visit { key, count in counts[Int(key)] = count }
        return Answer(records: sink.records, sumOfCounts: sink.sumOfCounts, counts: counts)
    }
}
