// The orders on Portals: sagas over services behind portals, or each order one atom.
import Portals
import Sagas

extension Order: Event {}
extension ServiceRequest: Event {}
extension ServiceReply: Event {}
extension Generator: IndexedSource {}

/// A service: an account for each item.
public struct ServiceTask: TaskBody, StatelessBody {
    public typealias Input = Never
    public typealias Output = Never
    public typealias Request = ServiceRequest
    public typealias Reply = ServiceReply
    public static var handlesAtomComplete: Bool { false }

    let service: Int
    let results: Results

    @inlinable public func initialState() -> Account { Account() }

    public mutating func onEvent(_ event: Never, _ state: inout Account, _ task: inout Context) {}

    @inlinable @inline(__always)
    public mutating func onRequest(
        _ request: ServiceRequest, _ account: inout Account, _ task: inout Context
    ) {
        task.reply(account.serve(request))
    }

    public mutating func onComplete(_ task: inout Context) {
        task.forEachState { key, account in
            results.add(account, service: service, item: UInt32(truncatingIfNeeded: key))
        }
    }
}

/// A step of an atomic order: takes effect, or undoes the whole order.
public struct AtomicStep: TaskBody, StatelessBody {
    public typealias Input = Order
    public static var handlesAtomComplete: Bool { false }
    public static var canFail: Bool { true }

    @usableFromInline let service: Int
    let results: Results

    @inlinable public func initialState() -> Account { Account() }

    @inlinable @inline(__always)
    public mutating func onEvent(_ order: Order, _ account: inout Account, _ task: inout Context) {
        let reply = account.serve(
            ServiceRequest(
                item: order.item, amount: order.amount, fails: service == order.failsAt,
                isUndo: false))
        if !reply.isDone { return task.fail("the step failed") }
        var order = order
        order.found += reply.found
        task.emit(order)
    }

    public mutating func onComplete(_ task: inout Context) {
        task.forEachState { key, account in
            results.add(account, service: service, item: UInt32(truncatingIfNeeded: key))
        }
    }
}

extension Definition {
    /// The path of the workflow that takes the source's atoms.
    public static let ordersPath = "/saga/workflows/orders"

    /// The workload as a Portals application; endless where `orders` is `.max`.
    public func application(_ results: Results, atomsPerSecond: Double? = nil) -> Application {
        Application("saga") { app in
            let source = app.generator(
                "orders", generator, count: orders == .max ? nil : orders,
                atomSize: Int(atomSize), atomsPerSecond: atomsPerSecond)
            switch isolation {
            case .saga: describeSaga(app, source, results)
            case .atomic: describeAtomic(app, source, results)
            }
        }
    }

    private func describeSaga(
        _ app: ApplicationBuilder, _ source: Portals.Stream<Order>, _ results: Results
    ) {
        let services = (0..<steps).map { service in
            app.portal(
                "service-\(service)", asking: ServiceRequest.self, replying: ServiceReply.self,
                keyedBy: { Self.key($0.item, service) })
        }
        for (service, portal) in services.enumerated() {
            app.workflow("service-\(service)").requestsOnly()
                .task(
                    "service", ServiceTask(service: service, results: results), replies: portal)
        }
        app.workflow("orders").source(source)
            .saga(saga(services, results))
            .sink("outcomes") { _ in OutcomeSink(results) }
    }

    private func saga(
        _ services: [Portal<ServiceRequest, ServiceReply>], _ results: Results
    ) -> Saga<Order> {
        let failures = results.failures
        return Saga("order", identifiedBy: { $0.number }) {
            for (service, portal) in services.enumerated() {
                SagaStep("service-\(service)", asks: portal) { order, _ in
                    ServiceRequest(
                        item: order.item, amount: order.amount, fails: service == order.failsAt,
                        isUndo: false)
                } onReply: { reply, order in
                    if !reply.isDone {
                        failures?.note(order.number)
                        return .failed
                    }
                    order.found += reply.found
                    order.marks[service] = reply.count
                    return .done
                } compensation: { order, _ in
                    ServiceRequest(
                        item: order.item, mark: order.marks[service], amount: order.amount,
                        fails: false, isUndo: true)
                } onCompensationReply: { reply, order in
                    order.dirtyReads += reply.count
                    return .done
                }
            }
        }
    }

    private func describeAtomic(
        _ app: ApplicationBuilder, _ source: Portals.Stream<Order>, _ results: Results
    ) {
        let workflow = app.workflow("orders", onFailure: .abortAtom)
        var flow = step(0, workflow.source(source).key { Self.key($0.item, 0) }, results)
        for service in 1..<steps {
            flow = step(service, flow.key { Self.key($0.item, service) }, results)
        }
        flow.sink("outcomes") { _ in OrderSink(results) }
    }

    private func step(
        _ service: Int, _ flow: Flow<Order, Keyed>, _ results: Results
    ) -> Flow<Order, Keyed> {
        flow.task("service-\(service)", AtomicStep(service: service, results: results))
    }

    /// The same item has another key at each service, so that its accounts lie anywhere.
    @inlinable @inline(__always)
    static func key(_ item: UInt32, _ service: Int) -> Key {
        UInt64(item) | UInt64(truncatingIfNeeded: service) << 32
    }
}
