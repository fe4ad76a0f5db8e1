// The ping-pong on Portals: an asking workflow and a replying one.
import Portals
import Synchronization

extension Ping: Event {}
extension Pong: Event {}
extension Generator: IndexedSource {}

/// What a run leaves, gathered from both tasks.
public final class Results: Sendable {
    private let state = Mutex(Answer())
    /// Nanoseconds on any clock, to time round trips with; nil to time none.
    let clock: (@Sendable () -> UInt64)?
    /// Round trips of the first chain, timed by the asker. One chain, so that with many the clock
    /// costs next to nothing; with one outstanding it is every round trip.
    public let roundTrips = RoundTrips()

    public init(clock: (@Sendable () -> UInt64)? = nil) { self.clock = clock }

    func add(_ answer: Answer) { state.withLock { $0.add(answer) } }

    /// The answer, once the site is at rest.
    public var answer: Answer { state.withLock { $0 } }
}

/// How long round trips took, from the ask to the handler of its reply, in nanoseconds.
///
/// Unchecked: written by the one partition of the asker, read when the site is at rest.
public final class RoundTrips: @unchecked Sendable {
    public private(set) var latencies = LatencyHistogram(memory: .heap)
    private var asked: UInt64?

    /// The first chain asks again, or for the first time: `now` ends the trip before.
    @usableFromInline
    func turn(_ now: UInt64) {
        if let asked { latencies.record(now &- asked) }
        asked = now
    }
}

/// Asks, and asks again with what was replied, until the chain has counted down.
public struct Asker: AskingBody {
    public typealias Input = Ping
    public typealias Output = Never
    public typealias Memory = UInt32
    public typealias Answer = Pong
    public static var handlesAtomComplete: Bool { false }

    @usableFromInline let portal: Portal<Ping, Pong>
    let results: Results
    @usableFromInline var answer = PortalPingPong.Answer()
    @usableFromInline let times: Bool

    init(portal: Portal<Ping, Pong>, results: Results) {
        self.portal = portal
        self.results = results
        times = results.clock != nil
    }

    @usableFromInline @inline(never)
    func turn() { if let clock = results.clock { results.roundTrips.turn(clock()) } }

    @inlinable @inline(__always)
    public mutating func onEvent(_ start: Ping, _ state: inout Void, _ task: inout Context) {
        if times && start.chain == 0 { turn() }
        // A chain of no round trips has nothing to ask.
        if start.value > 0 { task.ask(portal, start, remembering: start.chain) }
    }

    @inlinable @inline(__always)
    public mutating func onReply(
        _ pong: Pong, _ chain: UInt32, _ state: inout Void, _ task: inout Context
    ) {
        answer.take(pong)
        if times && chain == 0 { turn() }
        if let next = pong.next(chain: chain) { task.ask(portal, next, remembering: chain) }
    }

    public mutating func onComplete(_ task: inout Context) { results.add(answer) }
}

/// Answers each ping.
public struct Replier: TaskBody {
    public typealias Input = Never
    public typealias Output = Never
    public typealias Request = Ping
    public typealias Reply = Pong
    public static var handlesAtomComplete: Bool { false }

    let results: Results
    @usableFromInline var answer = Answer()

    public mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout Context) {}

    @inlinable @inline(__always)
    public mutating func onRequest(_ ping: Ping, _ state: inout Void, _ task: inout Context) {
        answer.take(ping)
        task.reply(ping.reply)
    }

    public mutating func onComplete(_ task: inout Context) { results.add(answer) }
}

extension Definition {
    /// Chains that start in one atom go on in one atom, to and fro. Many chains are four such
    /// atoms, so that asker and replier both have work while the other's is on its way; one alone
    /// would leave one of two workers waiting at any time.
    var startsPerAtom: Int { starts < 64 ? Int(starts) : Int((starts + 3) / 4) }

    /// The ping-pong as a Portals application: one partition each, so that with two workers and
    /// `Placement.spread` asker and replier are on different ones.
    public func application(_ results: Results) -> Application {
        Application("portal-ping-pong") { app in
            let portal = app.portal(
                "ball", asking: Ping.self, replying: Pong.self, keyedBy: { Key($0.chain) })
            app.workflow("asker", partitions: 1)
                .source(
                    app.generator("starts", generator, count: starts, atomSize: startsPerAtom)
                )
                .task(
                    "asker", Asker(portal: portal, results: results), asks: [Asking(portal)])
            app.workflow("replier", partitions: 1).requestsOnly()
                .task("replier", Replier(results: results), replies: portal)
        }
    }
}
