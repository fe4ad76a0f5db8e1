// How a saga gets into a workflow: on a stream of what it is to do, or behind a portal.
import Portals

extension ApplicationBuilder {
    /// A portal through which sagas are asked for; the reply is their outcome.
    @inlinable
    public func portal<Data>(_ name: String, of saga: Saga<Data>) -> Portal<Data, SagaOutcome<Data>>
    {
        portal(
            name, asking: Data.self, replying: SagaOutcome<Data>.self, keyedBy: saga.identifiedBy)
    }
}

extension Flow {
    /// Runs a saga for each event, and puts out one outcome for each.
    ///
    /// - Parameter portal: through which it may be asked for as well: see
    ///   ``Portals/ApplicationBuilder/portal(_:of:)``.
    /// - Returns: the outcomes, each under the key of its saga; a sink or stream must take them.
    /// - Cost: a place in a table for as long as the saga runs; for each call an ask and its reply.
    ///   In steady state nothing is allocated where the data is trivial.
    /// - Errors: the launch is refused with ``Saga/faults``.
    @inlinable
    public func saga(
        _ saga: Saga<Element>, replies portal: Portal<Element, SagaOutcome<Element>>? = nil
    ) -> Flow<SagaOutcome<Element>, Keyed> {
        key(saga.identifiedBy).orchestrate(saga, portal)
    }

    @inlinable
    func orchestrate(
        _ saga: Saga<Element>, _ portal: Portal<Element, SagaOutcome<Element>>?
    ) -> Flow<SagaOutcome<Element>, Keys> {
        for fault in saga.faults { refuseLaunch(fault) }
        return task(saga.name, SagaTask(saga), asks: saga.askings(), replies: portal)
    }
}

extension Flow where Element == Never, Keys == Keyed {
    /// Runs a saga for each request of a portal, which gets its outcome; behind `requestsOnly`.
    @inlinable
    public func saga<Data>(
        _ saga: Saga<Data>, replies portal: Portal<Data, SagaOutcome<Data>>
    ) -> Flow<SagaOutcome<Data>, Keyed> {
        flow(emits: Data.self) { _, _ in }.orchestrate(saga, portal)
    }
}

extension Saga {
    /// How each portal is asked, once.
    @usableFromInline
    func askings() -> [Asking<SagaTask<Data>>] {
        var seen: Set<ObjectIdentifier> = []
        return steps.compactMap { step in
            seen.insert(ObjectIdentifier(step.portal)).inserted ? step.asking(steps) : nil
        }
    }
}
