// Requests that arrive when a schedule says, whatever the system does, and a task that takes time.
import AdaptiveBatching
import Portals

/// An open loop: event i arrives at a time that was drawn before, and its latency counts from
/// there.
final class Schedule: Arrivals {
    private let times: [UInt64]
    private var arrived = 0
    private var taken = 0
    /// Of each event, from its arrival until it was completed.
    private(set) var latencies: [UInt64?]
    /// The numbers of each atom, in the order in which they were taken or replayed.
    private(set) var atoms: [Range<Int>] = []
    /// Atoms in flight at the most.
    private(set) var openMax = 0
    private var open = 0

    /// Ascending times, nanoseconds of the site's clock.
    init(_ times: [UInt64]) {
        self.times = times
        latencies = Array(repeating: nil, count: times.count)
    }

    /// Random gaps of a mean.
    convenience init(count: Int, gapNanoseconds: Int, seed: UInt64) {
        var state = seed
        var time: UInt64 = 0
        self.init(
            (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                time += (state >> 33) % UInt64(2 * gapNanoseconds + 1)
                return time
            })
    }

    func recordByteCountMax(eventCount: Int) -> Int { 16 }

    func begin(at next: Int, wake: @escaping @Sendable () -> Void) {
        arrived = next
        taken = next
    }

    func look(at nanoseconds: UInt64) -> Arrived {
        while arrived < times.count && times[arrived] <= nanoseconds { arrived += 1 }
        if arrived > taken { return .events(arrived - taken) }
        return arrived == times.count ? .ended : .noneUntil(nanoseconds: times[arrived])
    }

    func take(_ range: Range<Int>, into atom: inout FeedAtom) {
        precondition(range.lowerBound == taken && range.upperBound <= arrived)
        taken = range.upperBound
        atoms.append(range)
        open += 1
        openMax = max(openMax, open)
        for word in [range.lowerBound, range.count] {
            withUnsafeBytes(of: word) { atom.record.append(contentsOf: $0) }
        }
    }

    func replay(_ atom: inout FeedAtom) throws(ArrivalsError) -> Int {
        if atom.record.count != 16 { throw ArrivalsError("a record of another form") }
        let (first, count) = atom.record.withUnsafeBytes {
            ($0.loadUnaligned(as: Int.self), $0.loadUnaligned(fromByteOffset: 8, as: Int.self))
        }
        atoms.append(first..<(first + count))
        return count
    }

    func completed(_ range: Range<Int>, at nanoseconds: UInt64) {
        open -= 1
        for number in range {
            precondition(latencies[number] == nil, "event \(number) completes twice")
            // What was replayed is done before or after its time.
            latencies[number] = nanoseconds > times[number] ? nanoseconds - times[number] : 0
        }
    }

    var isIdle: Bool { false }

    @Sendable static func decode(
        _ bytes: RawSpan, _ part: FeedPart, _ out: inout Emitter<UInt32>
    ) {
        let first = unsafe bytes.unsafeLoadUnaligned(as: Int.self)
        let count = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: Int.self)
        for index in part.share(of: count) { out.emit(UInt32(first + index)) }
    }
}

/// A sink that takes time: so much for each atom, and for each of its events.
struct SlowSink: SinkBody {
    let site: SiteTime
    let atomNanoseconds: UInt64
    let eventNanoseconds: UInt64

    mutating func onBatch(_ batch: Batch<UInt32>, _ step: StepInfo) {
        site.pass(eventNanoseconds * UInt64(batch.count))
    }

    mutating func onAtomEnd(_ step: StepInfo) { site.pass(atomNanoseconds) }
}

/// Lets time pass on a site without threads.
final class SiteTime: @unchecked Sendable {  // A site without threads calls it.
    weak var site: SteppedSite?
    func pass(_ nanoseconds: UInt64) {
        if let site { site.advance(to: site.now + nanoseconds) }
    }
}
