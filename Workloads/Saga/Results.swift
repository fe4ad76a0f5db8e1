// What a run leaves: tallies of the sinks, accounts of the services, and times of compensations.
import Portals
import Synchronization

/// What a run leaves, gathered from all partitions.
public final class Results: Sendable {
    private struct State {
        var answer: Answer
        var sinks: [SinkTally] = []
    }
    private let state: Mutex<State>
    /// When orders failed; nil where nothing is timed.
    let failures: FailureTimes?

    /// Results of a run.
    ///
    /// - Parameter clock: nanoseconds on any clock, to time compensations with; nil to time none.
    public init(_ definition: Definition, clock: (@Sendable () -> UInt64)? = nil) {
        state = Mutex(State(answer: Answer(definition)))
        failures = clock.map { FailureTimes(clock: $0) }
    }

    func add(_ account: Account, service: Int, item: UInt32) {
        state.withLock { $0.answer.add(account, service: service, item: item) }
    }

    func add(_ sink: SinkTally) { state.withLock { $0.sinks.append(sink) } }

    /// The answer, once the site is at rest.
    ///
    /// - Parameter aborted: atoms that were undone; only atomic orders have such.
    public func answer(aborted: Int = 0) -> Answer {
        state.withLock { state in
            var answer = state.answer
            for sink in state.sinks { answer.tally.add(sink.tally) }
            answer.tally.compensated += UInt64(aborted)
            return answer
        }
    }

    /// How orders have ended so far; the site stands still or is at rest.
    public var tally: Tally {
        state.withLock { $0.sinks.reduce(into: Tally()) { $0.add($1.tally) } }
    }

    /// Forgets the times of compensations so far; the site stands still.
    public func resetTimes() {
        state.withLock { for sink in $0.sinks { sink.compensations.reset() } }
    }

    /// From the failure of a step to the outcome of its order, in nanoseconds; the site stands
    /// still or is at rest.
    public func addCompensations(to histogram: inout LatencyHistogram) {
        state.withLock { for sink in $0.sinks { histogram.merge(sink.compensations) } }
    }
}

/// When orders failed, by the last digits of their numbers.
///
/// Written and read by the partition of the order. Of two orders with the same digits the second
/// would take the place of the first: 2^16 places are several times what is in flight.
@safe
final class FailureTimes: @unchecked Sendable {  // Places are atomics, allocated once.
    private static let count = 1 << 16
    private let times: UnsafeMutablePointer<Atomic<UInt64>>
    let clock: @Sendable () -> UInt64

    init(clock: @escaping @Sendable () -> UInt64) {
        self.clock = clock
        unsafe times = .allocate(capacity: Self.count)
        for index in 0..<Self.count { unsafe (times + index).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe times.deinitialize(count: Self.count)
        unsafe times.deallocate()
    }

    /// A step of the order has failed just now.
    func note(_ order: UInt64) {
        unsafe times[Int(order) & (Self.count - 1)].store(clock(), ordering: .relaxed)
    }

    /// How long ago that was.
    func since(_ order: UInt64) -> UInt64 {
        unsafe clock() &- times[Int(order) & (Self.count - 1)].load(ordering: .relaxed)
    }
}

/// What the sink of one partition has counted.
///
/// Unchecked: written by the partition's worker, read when the site stands still or is at rest.
final class SinkTally: @unchecked Sendable {
    var tally = Tally()
    var compensations = LatencyHistogram(memory: .heap)
}
