// Requests as they come in over time: MLPerf's Server and SingleStream scenarios.
import AdaptiveBatching
import Portals
import Synchronization

/// When requests come.
public enum ArrivalPattern: Sendable, Equatable {
    /// As a Poisson process, whatever becomes of them: MLPerf's Server.
    case poisson(perSecond: Double)
    /// Each when the one before is answered: MLPerf's SingleStream.
    case oneByOne
}

/// The requests of a run as arrivals, and how long each took from its intended arrival.
///
/// Gaps of a Poisson process are a pure function of (seed, index), of 65,536 drawn ones again and
/// again (`ArrivalTimes.poisson`). A request that is late makes none after it late, and its wait is
/// counted: no omission is coordinated.
///
/// - Cost: a table's entry and a store a request when it comes, one record of a histogram when it
///   is answered; all on the thread of the source's leader. With a logarithm for each request, the
///   profile of the small network had 8 % of its time here.
public final class RequestArrivals: Arrivals, @unchecked Sendable {
    // Unchecked: its leader's thread alone, or while the site stands still or is at rest; but for
    // atomics.

    private let pattern: ArrivalPattern
    private let definition: Definition
    private let gaps: [Float]
    /// Requests that came, that were taken, over all runs.
    private var come: UInt64 = 0
    private var taken: UInt64 = 0
    /// Those that were taken in this run and are not answered.
    private var open: [Range<Int>] = []
    /// The first that is not answered.
    private var oldest: UInt64 = 0
    private var hasStarted = false
    /// When the next one comes, nanoseconds of the site's clock.
    private var nextTime = 0.0
    /// When those came that are not answered, by the last digits of their numbers.
    private var times: [UInt64]
    /// From the intended arrival to the reply, in nanoseconds.
    private var latencies = LatencyHistogram(memory: .heap)
    private let isDone = Atomic<Bool>(false)

    /// The first room for requests that wait; it doubles when it is full.
    private static let timesAtStart = 1 << 14
    /// Bytes of a record: first number and count.
    private static let recordByteCount = 16

    /// Makes the arrivals of a run.
    public init(_ definition: Definition, _ pattern: ArrivalPattern) {
        self.definition = definition
        self.pattern = pattern
        times = Array(repeating: 0, count: Self.timesAtStart)
        if case .poisson(let rate) = pattern {
            gaps = Self.gaps(seed: definition.seed, perSecond: rate)
        } else {
            gaps = []
        }
        // As many as atoms in flight, as a rule.
        open.reserveCapacity(16)
    }

    /// Requests that were taken, over all runs; the site is at rest.
    public var takenCount: UInt64 { taken }

    /// Requests that were answered in this run; the site stands still or is at rest.
    public private(set) var answeredCount = 0

    /// Forgets the latencies so far; the site stands still.
    public func resetLatencies() { latencies.reset() }

    /// Adds the latencies of the requests that were answered since; the site stands still or is at
    /// rest.
    public func addLatencies(to histogram: inout LatencyHistogram) { histogram.merge(latencies) }

    // MARK: Arrivals

    /// The number of the first request, and how many there are.
    public func recordByteCountMax(eventCount: Int) -> Int { Self.recordByteCount }

    /// Requests come from the first look on.
    public func begin(at next: Int, wake: @escaping @Sendable () -> Void) {
        taken = UInt64(next)
        come = taken
        oldest = taken
    }

    /// What has come by then.
    public func look(at nanoseconds: UInt64) -> Arrived {
        if !hasStarted {
            hasStarted = true
            nextTime = Double(nanoseconds)
        }
        switch pattern {
        case .poisson:
            let now = Double(nanoseconds)
            while nextTime <= now && come < definition.requests {
                arrive(UInt64(nextTime))
                nextTime += Double(gaps[Int(truncatingIfNeeded: come) & (Self.gapCount - 1)])
            }
        case .oneByOne:
            if open.isEmpty && come == taken && come < definition.requests { arrive(nanoseconds) }
        }
        if come > taken { return .events(Int(come - taken)) }
        if come >= definition.requests {
            isDone.store(true, ordering: .releasing)
            return .ended
        }
        return pattern == .oneByOne ? .none : .noneUntil(nanoseconds: UInt64(nextTime) + 1)
    }

    /// Nanoseconds from one request to the next, of so many, which then repeat: a quarter of a
    /// megabyte that is read in order.
    private static let gapCount = 1 << 16

    private static func gaps(seed: UInt64, perSecond rate: Double) -> [Float] {
        let arrivals = ArrivalTimes.poisson(count: gapCount) {
            splitMix64(seed: seed ^ 0x1D8E_4E27_C47D_124F, index: UInt64($0))
        }
        return arrivals.gaps.map { Float($0 * 1e9 / rate) }
    }

    private func arrive(_ time: UInt64) {
        if come - oldest >= UInt64(times.count) { makeRoom() }
        times[Int(truncatingIfNeeded: come) & (times.count - 1)] = time
        come += 1
    }

    /// Twice the room.
    private func makeRoom() {
        var larger = [UInt64](repeating: 0, count: 2 * times.count)
        let first = come - min(come, UInt64(times.count))
        for number in first..<come {
            let place = Int(truncatingIfNeeded: number)
            larger[place & (larger.count - 1)] = times[place & (times.count - 1)]
        }
        times = larger
    }

    /// Writes which they are.
    public func take(_ range: Range<Int>, into atom: inout FeedAtom) {
        taken = UInt64(range.upperBound)
        open.append(range)
        oldest = min(oldest, UInt64(range.lowerBound))
        for word in [UInt64(range.lowerBound), UInt64(range.count)] {
            for shift in stride(from: 0, to: 64, by: 8) {
                atom.record.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
    }

    /// Counts the requests of a record.
    public func replay(_ atom: inout FeedAtom) throws(ArrivalsError) -> Int {
        guard atom.record.count == Self.recordByteCount else {
            throw ArrivalsError(
                "its journal holds \(atom.record.count) bytes for an atom of ml-serving's "
                    + "requests, not \(Self.recordByteCount): launch what wrote it")
        }
        let count = atom.record[8...].reversed().reduce(0) { $0 << 8 | Int($1) }
        taken += UInt64(count)
        come = taken
        // Their completions come too, and have no time.
        replayed = taken
        return count
    }

    /// Requests below were taken by runs before.
    private var replayed: UInt64 = 0

    /// Records how long they took.
    public func completed(_ range: Range<Int>, at nanoseconds: UInt64) {
        if range.lowerBound < replayed { return }
        open.removeAll { $0 == range }
        oldest = open.reduce(taken) { min($0, UInt64($1.lowerBound)) }
        answeredCount += range.count
        for number in range {
            let time = times[number & (times.count - 1)]
            latencies.record(nanoseconds > time ? nanoseconds - time : 0)
        }
    }

    /// More is known to come until all have.
    public var isIdle: Bool { isDone.load(ordering: .acquiring) }
}

extension Definition {
    /// How requests come to the application: by index as fast as they are taken, or over time.
    public enum Load {
        /// All at once, in atoms of `atomSize`: MLPerf's Offline.
        case offline
        /// Over time, in atoms as large as an objective allows.
        case arriving(AdaptiveBatches<RequestArrivals>)
    }
}
