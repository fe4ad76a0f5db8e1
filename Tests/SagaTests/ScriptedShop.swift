// Sagas over scripted services: the application, what it leaves, and the oracle over both.
import Portals
import Sagas
import Synchronization

/// The data of a saga.
struct Order: Event, Hashable, BitwiseCopyable {
    var number: UInt64
    var script: Script
    /// Replies that its saga got.
    var replies: UInt32 = 0
}

struct ServiceRequest: Event, BitwiseCopyable {
    var call: SagaCall
    var act: Act
}

enum ServiceReply: UInt8, Event {
    case done, failed, later
    var verdict: SagaVerdict {
        switch self {
        case .done: .done
        case .failed: .failed
        case .later: .retry
        }
    }
}

/// What one saga did to a service.
struct Effects: StoredState {
    var ledger = SagaLedger()
    /// Each step by its number from 1, its undoing as the negative; in order.
    var log: [Int] = []

    init() {}
    func store(into bytes: inout StateBytes) {
        ledger.store(into: &bytes)
        log.store(into: &bytes)
    }
    init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        ledger = try SagaLedger(from: &bytes)
        log = try [Int](from: &bytes)
    }
}

/// The states of the services at the end of their streams, by saga and service: what a run has told
/// that was ended by a crash behind that, and what others tell again.
final class Ends: Sendable {
    private let logs = Mutex<[Key: Set<[Int]>]>([:])
    func add(_ saga: Key, _ log: [Int]) { logs.withLock { _ = $0[saga, default: []].insert(log) } }
    /// More than one only where the services contradict each other or themselves.
    var all: [Key: Set<[Int]>] { logs.withLock { $0 } }
}

/// Does what the script says, with a state for each saga.
struct ScriptedService: TaskBody, StatelessBody {
    typealias Input = Never
    typealias Output = Never
    typealias Memory = ServiceReply
    typealias Request = ServiceRequest
    typealias Reply = ServiceReply
    static var handlesAtomComplete: Bool { false }
    /// A call times out after this.
    static let timeout: UInt64 = 1_000

    let own: Portal<ServiceRequest, ServiceReply>
    let ends: Ends

    func initialState() -> Effects { Effects() }
    mutating func onEvent(_ event: Never, _ state: inout Effects, _ task: inout Context) {}

    mutating func onRequest(
        _ request: ServiceRequest, _ state: inout Effects, _ task: inout Context
    ) {
        let call = request.call
        guard state.ledger.needs(call) else { return task.reply(.done) }
        switch request.act {
        case .serves:
            serve(call, &state, &task)
            task.reply(.done)
        case .servesLate:
            serve(call, &state, &task)
            reply(.done, late: call, &task)
        case .failsLate: reply(.failed, late: call, &task)
        case .fails: task.reply(.failed)
        case .defers: task.reply(.later)
        case .refuses: task.refuse()
        }
    }

    /// Replies when the call has timed out. Its own recorded time may lag behind that of the call.
    private func reply(_ reply: ServiceReply, late call: SagaCall, _ task: inout Context) {
        task.pause(
            on: own, nanoseconds: call.askedAt - min(task.time, call.askedAt) + 3 * Self.timeout,
            remembering: reply)
    }

    private func serve(_ call: SagaCall, _ state: inout Effects, _ task: inout Context) {
        state.ledger.note(call)
        state.log.append(call.isCompensation ? -Int(call.step) - 1 : Int(call.step) + 1)
    }

    mutating func onComplete(_ task: inout Context) {
        task.forEachState { saga, state in ends.add(saga, state.log) }
    }
}

/// A saga of three steps, for each order.
struct ScriptedShop {
    let orders: [Order]
    var atomSize = 4
    /// Whether each step asks a portal of its own, or all the same one.
    var hasPortals = false
    var backoffNanoseconds: UInt64 = 0
    var ends = Ends()

    func application(
        _ sink: (Flow<SagaOutcome<Order>, Keyed>) -> Void
    ) -> Application {
        Application("shop") { app in
            let portals = (0..<(hasPortals ? Script.steps : 1)).map { place in
                app.portal(
                    "service-\(place)", asking: ServiceRequest.self, replying: ServiceReply.self,
                    // Another partition than the saga's, often.
                    keyedBy: { $0.call.saga &+ UInt64(place) << 32 })
            }
            let ends = self.ends
            for (place, portal) in portals.enumerated() {
                app.workflow("service-\(place)").requestsOnly()
                    .task(
                        "service", ScriptedService(own: portal, ends: ends),
                        asks: [
                            Asking(
                                portal, onReply: { _, _, _, _, _ in },
                                onFailure: { _, _, reply, _, task in task.reply(reply) })
                        ], replies: portal)
            }
            let atoms = stride(from: 0, to: orders.count, by: atomSize).map {
                Array(orders[$0..<min($0 + atomSize, orders.count)])
            }
            sink(
                app.workflow("orders").source(app.generator("orders", atoms: atoms))
                    .saga(saga(portals)))
        }
    }

    private func saga(_ portals: [Portal<ServiceRequest, ServiceReply>]) -> Saga<Order> {
        let undo = RetryPolicy(
            attemptsMax: nil, backoffNanoseconds: max(backoffNanoseconds, 1),
            backoffNanosecondsMax: 8 * max(backoffNanoseconds, 1))
        return Saga("order", identifiedBy: { $0.number }) {
            for place in 0..<Script.steps {
                SagaStep(
                    "step-\(place)", asks: portals[place % portals.count],
                    retries: .attempts(
                        Script.attemptsMax, backoffNanoseconds: backoffNanoseconds),
                    timeoutNanoseconds: ScriptedService.timeout, compensationRetries: undo
                ) { order, call in
                    ServiceRequest(call: call, act: order.script.act(call))
                } onReply: { reply, order in
                    order.replies += 1
                    return reply.verdict
                } compensation: { order, call in
                    ServiceRequest(call: call, act: order.script.act(call))
                }
            }
        }
    }

    /// What is wrong with what a run has left; nil if nothing is.
    ///
    /// Every saga ended once, as its script says, and the services hold what the outcomes say.
    func fault(_ outcomes: [SagaOutcome<Order>]) -> String? {
        var ended: [Key: SagaOutcome<Order>] = [:]
        for outcome in outcomes {
            if ended.updateValue(outcome, forKey: outcome.saga) != nil {
                return "saga \(outcome.saga) has ended twice"
            }
        }
        let logs = ends.all
        for order in orders {
            guard let outcome = ended.removeValue(forKey: order.number) else {
                return "saga \(order.number) has not ended"
            }
            let expected = Expected(order.script)
            if outcome.ending != expected.ending {
                return "saga \(order.number): \(outcome.ending), not \(expected.ending)"
            }
            if outcome.retries != expected.retries || outcome.data.replies != expected.replies {
                return "saga \(order.number): \(outcome.retries) retries and "
                    + "\(outcome.data.replies) replies, not \(expected)"
            }
            if let fault = fault(order, expected, logs) { return fault }
        }
        return ended.isEmpty ? nil : "sagas that nobody ordered: \(ended.keys)"
    }

    private func fault(
        _ order: Order, _ expected: Expected, _ logs: [Key: Set<[Int]>]
    ) -> String? {
        // With one service for all steps its log is the whole order of effects.
        let whole = logs[order.number] ?? [[]]
        if !hasPortals && whole != [expected.effects] {
            return "saga \(order.number): effects \(whole), not \(expected.effects)"
        }
        for step in 0..<Script.steps where hasPortals {
            let key = order.number &+ UInt64(step) << 32
            let its = expected.effects.filter { abs($0) == step + 1 }
            // A step that was never called has no state.
            if logs[key] ?? [[]] != [its] {
                return "saga \(order.number), step \(step): effects \(logs[key] ?? []), not \(its)"
            }
        }
        return nil
    }
}
