// What lies outside of a site: it sees what sinks release, and survives its crashes.
import RandomApplications
import Synchronization

/// The releases of all sinks, over all runs of a site, by sink, partition and step.
///
/// A run that releases a place again must begin with what was seen of it, or be cut off by a crash
/// within that; a sink that knows the step then changes nothing. Anything else is a contradiction.
public final class OutsideWorld: Sendable {
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
        var count = 0
    }

    private let seen = Mutex(Seen())

    public init() {}

    public var releases: [Place: [String]] { seen.withLock { $0.releases } }
    /// What no outside may see: contradictions, and releases in the wrong order.
    public var faults: [String] { seen.withLock { $0.faults } }
    /// Releases that told anything new.
    var newReleaseCount: Int { seen.withLock { $0.count } }

    /// A run of a site that begins now, and may release what others did.
    public func run() -> OutsideRun { OutsideRun(world: self) }

    /// Takes in all that a run has released of a place.
    fileprivate func released(_ now: [String], _ place: Place) {
        seen.withLock { seen in
            let before = seen.releases[place]
            let both = min(before?.count ?? 0, now.count)
            if let before, before[..<both] != now[..<both] {
                seen.faults.append("\(place): \(before) was released, then \(now)")
            } else if now.count > before?.count ?? -1 {
                seen.releases[place] = now
                seen.count += 1
            }
        }
    }

    fileprivate func fault(_ text: String) { seen.withLock { $0.faults.append(text) } }

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

/// One run of a site, from its start to its end.
public final class OutsideRun: SinkWatch {
    private let world: OutsideWorld
    private let state = Mutex(State())

    private struct State {
        var releases: [OutsideWorld.Place: [String]] = [:]
        /// The last step of each partition of a sink.
        var last: [OutsideWorld.Place: UInt64] = [:]
    }

    fileprivate init(world: OutsideWorld) { self.world = world }

    public func released(_ events: [String], sink: String, partition: Int, step: UInt64) {
        let place = OutsideWorld.Place(sink: sink, partition: partition, step: step)
        let line = OutsideWorld.Place(sink: sink, partition: partition, step: 0)
        let (now, last) = state.withLock { state in
            state.releases[place, default: []] += events
            return (state.releases[place]!, state.last.updateValue(step, forKey: line))
        }
        world.released(now, place)
        if let last, last > step {
            world.fault("\(place): released after step \(last)")
        }
    }

    public func sealed(sink: String, partition: Int) {
        released([], sink: sink, partition: partition, step: .max)
    }
}
