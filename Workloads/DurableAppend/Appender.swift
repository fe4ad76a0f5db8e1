// Who appends: a closed loop that hands records in, as many as may be outstanding, and takes their
// acknowledgements.
import Portals
import Synchronization

/// The source of the records of a run, and how long each waited for its acknowledgement.
///
/// With few records outstanding all of them are one atom; with many an atom is a quarter of them,
/// so
/// that some are made while others are on their way to the disk.
///
/// - Cost: an atom's copy into its record and two readings of the clock; nothing a record.
public final class Appender: @unchecked Sendable {
    // Unchecked: its leader's thread alone, or while the site stands still or is at rest; `isDone`
    // is atomic.

    private let definition: Definition
    /// Records of an atom.
    private let atomRecords: Int
    /// Records handed in, and acknowledged, in this run and those that a journal gave back.
    private var handedIn: UInt64 = 0
    private var acknowledged: UInt64 = 0
    /// The number of the next atom.
    private var nextAtom: UInt64 = 0
    /// Atoms that a journal gave back, which nobody waits for.
    private var replayedAtoms: UInt64 = 0
    /// Those under way, by the last digits of their numbers; without records where none is.
    private var waiting: [(records: Int, time: UInt64)]
    private var latencies = LatencyHistogram(memory: .heap)
    private var made: [UInt8]
    private weak var feed: Feed?
    private let isDone = Atomic<Bool>(false)

    /// From here on atoms are quarters of what may be outstanding: below, a quarter is too small to
    /// carry the cost of an atom. As in `PortalPingPong`.
    private static let quartersFrom = 64
    /// Bytes of an atom at the most: a quarter of what a worker's record holds, as of an ingress.
    private static let atomByteCountMax = 256 << 10

    /// Makes the source of a run.
    public init(_ definition: Definition) {
        self.definition = definition
        let wanted =
            definition.outstanding < Self.quartersFrom
            ? definition.outstanding : (definition.outstanding + 3) / 4
        atomRecords = min(wanted, Self.atomByteCountMax / Definition.recordByteCount)
        var places = 2
        while places < definition.outstanding { places *= 2 }
        waiting = Array(repeating: (0, 0), count: places)
        made = Array(repeating: 0, count: atomRecords * Definition.recordByteCount)
    }

    /// Records that were acknowledged, over all runs; the site stands still or is at rest.
    public var acknowledgedCount: UInt64 { acknowledged }

    /// Forgets the latencies so far; the site stands still.
    public func resetLatencies() { latencies.reset() }

    /// Adds the latencies since, one for each record; the site stands still or is at rest.
    public func addLatencies(to histogram: inout LatencyHistogram) { histogram.merge(latencies) }

    func makeFeed() -> Feed {
        let feed = Feed(
            recordByteCountMax: made.count,
            poll: { [self] in poll(&$0) },
            replay: { [self] atom, _ in replay(atom.record) },
            completed: { [self] in completed($0) },
            isIdle: { [self] in isDone.load(ordering: .acquiring) })
        self.feed = feed
        return feed
    }

    private func poll(_ atom: inout FeedAtom) -> FeedState {
        let left = definition.records - handedIn
        if left == 0 {
            isDone.store(true, ordering: .releasing)
            return .ended
        }
        let count = left < UInt64(atomRecords) ? Int(left) : atomRecords
        let place = Int(truncatingIfNeeded: nextAtom) & (waiting.count - 1)
        guard Int(handedIn - acknowledged) + count <= definition.outstanding,
            waiting[place].records == 0
        else { return .nothing }
        let generator = definition.generator
        let time = feed?.nanoseconds ?? 0
        unsafe made.withUnsafeMutableBytes { bytes in
            guard let target = bytes.baseAddress else { return }
            for index in 0..<count {
                unsafe generator.write(
                    handedIn + UInt64(index), to: target + index * Definition.recordByteCount)
            }
        }
        atom.record.append(contentsOf: made[..<(count * Definition.recordByteCount)])
        handedIn += UInt64(count)
        waiting[place] = (count, time)
        nextAtom += 1
        return .given
    }

    private func replay(_ record: [UInt8]) -> String? {
        let (count, rest) = record.count.quotientAndRemainder(
            dividingBy: Definition.recordByteCount)
        if rest != 0 {
            return "its journal holds an atom of \(record.count) bytes, which is no number of "
                + "records of \(Definition.recordByteCount): launch what wrote it"
        }
        handedIn += UInt64(count)
        acknowledged += UInt64(count)
        nextAtom += 1
        replayedAtoms = nextAtom
        return nil
    }

    /// The sink has it, and it is as durable as the site's mode promises.
    private func completed(_ number: UInt64) {
        if number < replayedAtoms { return }
        let place = Int(truncatingIfNeeded: number) & (waiting.count - 1)
        let (records, time) = waiting[place]
        waiting[place].records = 0
        acknowledged += UInt64(records)
        let nanoseconds = (feed?.nanoseconds ?? time) &- time
        for _ in 0..<records { latencies.record(nanoseconds) }
    }
}
