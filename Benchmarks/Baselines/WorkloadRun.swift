// A workload as Portals runs it for a trial: the application, and the judge of its answer.
import Harness
import IntegerFilter
import KeyedCount
import PortalPingPong
import Portals
import SagaWorkload
import ShoppingCart

/// What Portals runs for a trial, live or from a journal.
struct WorkloadRun {
    /// The application; to be launched once, because its results are those of one run.
    let application: Application
    /// How the suite places its partitions.
    var placement = Placement.shared
    /// Partitions of elements that do not say; nil for one a worker.
    var partitions: Int?
    /// Events that a site has taken in, and what is wrong with its answer; the site is at rest.
    let judge: (Site) -> (events: UInt64, fault: String?)

    /// What a trial runs; of a length in events, where it has an end.
    ///
    /// - Errors: a `TrialFault` for a workload that has no application, or a parameter it lacks.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        let rate = configuration.atomsPerSecond
        switch configuration.workload {
        case "keyed-count", "recovery", "durable-echo":
            self.init(try KeyedCount.Definition(configuration), rate)
        case "integer-filter": self.init(try IntegerFilter.Definition(configuration), rate)
        case "portal-ping-pong": self.init(try PortalPingPong.Definition(configuration))
        case "shopping-cart": self.init(try ShoppingCart.Definition(configuration), rate)
        case "ml-serving": self.init(try MLServingRun(configuration))
        case "durable-append": self.init(try DurableAppendRun(configuration))
        case "saga": self.init(try SagaWorkload.Definition(configuration), rate)
        case let name where AuthorsDefinition.has(name):
            self.init(
                try AuthorsDefinition(configuration),
                eventsPerSecond: configuration.ratePerSecond)
        default: throw TrialFault("Portals has no application for \(configuration.workload)")
        }
        if let wanted = configuration.placement {
            placement = wanted == .spread ? .spread : .shared
        }
    }

    /// Events that a source has let in, no more than it has.
    static func events(
        _ site: Site, _ path: String, atomSize: UInt64, of bound: UInt64
    ) -> UInt64 {
        let atoms = site.engine.admittedAtoms(of: path)
        let (events, overflows) = atoms.multipliedReportingOverflow(by: atomSize)
        return overflows ? bound : min(bound, events)
    }

    private init(_ definition: KeyedCount.Definition, _ atomsPerSecond: Double?) {
        let results = KeyedCount.Results(definition)
        application = definition.application(results, atomsPerSecond: atomsPerSecond)
        judge = { site in
            var judged = definition
            judged.events = Self.events(
                site, KeyedCount.Definition.workflowPath, atomSize: definition.atomSize,
                of: definition.events)
            return (judged.events, KeyedCount.Oracle(judged).check(results.answer))
        }
    }

    private init(_ definition: IntegerFilter.Definition, _ atomsPerSecond: Double?) {
        let results = IntegerFilter.Results()
        application = definition.application(results, atomsPerSecond: atomsPerSecond)
        judge = { _ in
            (definition.events, IntegerFilter.Oracle(definition).check(results.answer))
        }
    }

    private init(_ definition: PortalPingPong.Definition) {
        let results = PortalPingPong.Results()
        application = definition.application(results)
        placement = PortalsSystem.pingPongPlacement
        judge = { _ in
            (definition.roundTrips, PortalPingPong.Oracle(definition).check(results.answer))
        }
    }

    private init(_ definition: ShoppingCart.Definition, _ atomsPerSecond: Double?) {
        let results = ShoppingCart.Results(definition)
        application = definition.application(results, atomsPerSecond: atomsPerSecond)
        judge = { site in
            var judged = definition
            judged.operations = Self.events(
                site, ShoppingCart.Definition.cartPath, atomSize: definition.atomSize,
                of: definition.operations)
            judged.restocks = Self.events(
                site, ShoppingCart.Definition.inventoryPath, atomSize: definition.atomSize,
                of: definition.restocks)
            return (judged.operations, ShoppingCart.Oracle(judged).check(results.answer))
        }
    }

    private init(_ definition: SagaWorkload.Definition, _ atomsPerSecond: Double?) {
        let results = SagaWorkload.Results(definition)
        application = definition.application(results, atomsPerSecond: atomsPerSecond)
        judge = { site in
            let path = SagaWorkload.Definition.ordersPath
            var judged = definition
            judged.orders = Self.events(
                site, path, atomSize: definition.atomSize, of: definition.orders)
            let answer = results.answer(aborted: site.engine.abortedAtoms(of: path))
            return (judged.orders, SagaWorkload.Oracle(judged).check(answer))
        }
    }

    private init(_ run: MLServingRun) {
        application = run.application
        judge = { site in
            let judged = run.judge(site)
            return (judged.events, judged.fault)
        }
    }

    private init(_ run: DurableAppendRun) {
        application = run.application
        judge = { _ in
            let judged = run.judgement
            return (judged.records, judged.fault)
        }
    }

    private init(_ definition: AuthorsDefinition, eventsPerSecond: Double?) {
        let (application, check) = definition.application(eventsPerSecond: eventsPerSecond)
        self.application = application
        placement = definition.placement
        partitions = definition.partitions
        judge = { _ in (definition.events, check()) }
    }
}
