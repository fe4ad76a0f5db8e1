// Requests that arrive at random times of a rate, whatever the system does.
import AdaptiveBatching
import Portals
import Synchronization

/// A Poisson process that was drawn before; the record of an atom is a first number and a count.
final class PoissonRequests: Arrivals {
    /// Nanoseconds from the first look.
    private let times: [UInt64]
    /// Fewer wait for more.
    private let gathers: Int
    private var start: UInt64?
    private var arrived = 0
    private var taken = 0
    private var lastCompletion: UInt64 = 0
    /// From each request's arrival until it was completed; read at rest.
    private(set) var latencies = LatencyHistogram(memory: .heap)
    private let hasGivenUp = Atomic<Bool>(false)

    /// The same seed gives the same times.
    init(count: Int, eventsPerSecond: Double, gathers: Int, seed: UInt64 = 7) {
        self.gathers = gathers
        var state = seed
        let arrivals = ArrivalTimes.poisson(count: max(1, count)) { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
        times = arrivals.times.prefix(count).map { UInt64($0 * 1e9 / eventsPerSecond) }
    }

    /// It fell behind by more than a twentieth of the run: latencies say how long that was.
    var isBehind: Bool {
        hasGivenUp.load(ordering: .relaxed)
            || Double(lastCompletion) > Double(times.last ?? 0) * 1.05 + 1e7
    }

    /// What has not been taken is not waited for any more; any thread may call it.
    func giveUp() { hasGivenUp.store(true, ordering: .relaxed) }

    func recordByteCountMax(eventCount: Int) -> Int { 16 }

    func begin(at next: Int, wake: @escaping @Sendable () -> Void) {
        precondition(next == 0, "no journal, no earlier run")
    }

    func look(at nanoseconds: UInt64) -> Arrived {
        let start = start ?? nanoseconds
        self.start = start
        if hasGivenUp.load(ordering: .relaxed) { return .ended }
        let now = nanoseconds - start
        while arrived < times.count && times[arrived] <= now { arrived += 1 }
        let waiting = arrived - taken
        if waiting >= gathers || waiting > 0 && arrived == times.count { return .events(waiting) }
        if arrived == times.count { return .ended }
        return .noneUntil(nanoseconds: start + times[min(taken + gathers, times.count) - 1])
    }

    func take(_ range: Range<Int>, into atom: inout FeedAtom) {
        taken = range.upperBound
        for word in [range.lowerBound, range.count] {
            unsafe withUnsafeBytes(of: word) { unsafe atom.record.append(contentsOf: $0) }
        }
    }

    func replay(_ atom: inout FeedAtom) throws(ArrivalsError) -> Int {
        throw ArrivalsError("this source has no journal")
    }

    func completed(_ range: Range<Int>, at nanoseconds: UInt64) {
        let now = nanoseconds - (start ?? 0)
        lastCompletion = now
        for number in range { latencies.record(now - times[number]) }
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
