// The ping-pong on Portals: an asking workflow and a replying one.
import Portals
import Synchronization

extension Ping: Event {}
extension Pong: Event {}
extension Generator: IndexedSource {}

/// What a run leaves, gathered from both tasks.
public final class Results: Sendable {
    private let state = Mutex(Answer())

    public init() {}

    func add(_ answer: Answer) { state.withLock { $0.add(answer) } }

    /// The answer, once the site is at rest.
    public var answer: Answer { state.withLock { $0 } }
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

    @inlinable @inline(__always)
    public mutating func onEvent(_ start: Ping, _ state: inout Void, _ task: inout Context) {
        // A chain of no round trips has nothing to ask.
        if start.value > 0 { task.ask(portal, start, remembering: start.chain) }
    }

    @inlinable @inline(__always)
    public mutating func onReply(
        _ pong: Pong, _ chain: UInt32, _ state: inout Void, _ task: inout Context
    ) {
        answer.take(pong)
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
    /// The ping-pong as a Portals application: one partition each, so that with two workers and
    /// `Placement.spread` asker and replier are on different ones.
    public func application(_ results: Results) -> Application {
        Application("portal-ping-pong") { app in
            let portal = app.portal(
                "ball", asking: Ping.self, replying: Pong.self, keyedBy: { Key($0.chain) })
            app.workflow("asker", partitions: 1)
                .source(
                    app.generator("starts", generator, count: starts, atomSize: Int(starts))
                )
                .task(
                    "asker", Asker(portal: portal, results: results), asks: [Asking(portal)])
            app.workflow("replier", partitions: 1).requestsOnly()
                .task("replier", Replier(results: results), replies: portal)
        }
    }
}
