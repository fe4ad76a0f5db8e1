// What lies outside of a site: it sees what sinks release, and survives its crashes.
import RandomApplications
import Synchronization

/// The releases of all sinks, over all runs of a site, by sink, partition and step.
///
/// A run that releases a place again must begin with what was seen of it, or be cut off by a crash
/// within that; a sink that knows the step then changes nothing. Anything else is a contradiction.
public final class OutsideWorld: SinkWatch {
    /// Where a release belongs.
    public struct Place: Hashable, Sendable, CustomStringConvertible {
        public var sink: String
        public var partition: Int
        /// The step; the last number there is for the end of the stream.
        public var step: UInt64

        public init(sink: String, partition: Int, step: UInt64) {
            self.sink = sink
            self.partition = partition
            self.step = step
        }

        public var description: String { "\(sink), partition \(partition), step \(step)" }
    }

    private struct Seen {
        var releases: [Place: [String]] = [:]
        var faults: [String] = []
        /// Of the present run.
        var run: [Place: [String]] = [:]
        /// Of the present run: the last step of each partition of a sink.
        var last: [Place: UInt64] = [:]
    }

    private let seen = Mutex(Seen())

    public init() {}

    /// A site starts, and may release from its beginning again.
    public func begin() {
        seen.withLock { seen in
            seen.last = [:]
            seen.run = [:]
        }
    }

    public var releases: [Place: [String]] { seen.withLock { $0.releases } }
    /// What no outside may see: contradictions, and releases in the wrong order.
    public var faults: [String] { seen.withLock { $0.faults } }

    public func released(_ events: [String], sink: String, partition: Int, step: UInt64) {
        let place = Place(sink: sink, partition: partition, step: step)
        seen.withLock { seen in
            let now = seen.run[place, default: []] + events
            seen.run[place] = now
            let before = seen.releases[place] ?? []
            let both = min(before.count, now.count)
            if before[..<both] != now[..<both] {
                seen.faults.append("\(place): \(before) was released, then \(now)")
            } else if now.count >= before.count {
                seen.releases[place] = now
            }
            let line = Place(sink: sink, partition: partition, step: 0)
            if let last = seen.last[line], last > step {
                seen.faults.append("\(place): released after step \(last)")
            }
            seen.last[line] = step
        }
    }

    public func sealed(sink: String, partition: Int) {
        released([], sink: sink, partition: partition, step: .max)
    }

    /// The first difference from what another world saw; nil if none.
    func difference(_ other: OutsideWorld) -> String? {
        let (mine, theirs) = (releases, other.releases)
        let places = Set(mine.keys).union(theirs.keys).sorted {
            ($0.sink, $0.step, $0.partition) < ($1.sink, $1.step, $1.partition)
        }
        for place in places where mine[place] != theirs[place] {
            let one = mine[place].map { "\($0)" } ?? "nothing"
            let two = theirs[place].map { "\($0)" } ?? "nothing"
            return "\(place): \(one) was released, but a run without crashes gives \(two)"
        }
        return nil
    }
}
