// A workload as Portals runs it for a trial: the application, and the judge of its answer.
import Harness
import IntegerFilter
import KeyedCount
import PortalPingPong
import Portals
import ShoppingCart

/// The definition of a trial's workload, and the results that its application leaves.
enum WorkloadRun {
    case keyedCount(KeyedCount.Definition, KeyedCount.Results)
    case integerFilter(IntegerFilter.Definition, IntegerFilter.Results)
    case pingPong(PortalPingPong.Definition, PortalPingPong.Results)
    case shoppingCart(ShoppingCart.Definition, ShoppingCart.Results)

    /// What a trial runs; of a length in events, where it has an end.
    ///
    /// - Errors: a `TrialFault` for a workload that has no application, or a parameter it lacks.
    init(_ configuration: TrialConfiguration) throws {
        var events: UInt64?
        if case .events(let count) = configuration.length { events = count }
        let atomSize = UInt64(configuration.atomSize)
        switch configuration.workload {
        case "keyed-count", "recovery":
            let definition = KeyedCount.Definition(
                events: events ?? .max, keys: UInt64(try configuration.integerParameter("keys")),
                atomSize: atomSize, seed: configuration.seed)
            self = .keyedCount(definition, KeyedCount.Results(definition))
        case "durable-echo":
            let definition = KeyedCount.Definition(
                events: events ?? .max, atomSize: 1, seed: configuration.seed)
            self = .keyedCount(definition, KeyedCount.Results(definition))
        case "integer-filter":
            let definition = IntegerFilter.Definition(
                events: events ?? 1 << 26, atomSize: atomSize,
                predicate: try HandWrittenSystem.predicate(configuration))
            self = .integerFilter(definition, IntegerFilter.Results())
        case "portal-ping-pong":
            var definition = PortalPingPong.Definition(
                outstanding: UInt32(try configuration.integerParameter("outstanding")))
            if let events { definition.roundTrips = events }
            self = .pingPong(definition, PortalPingPong.Results())
        case "shopping-cart":
            let definition = ShoppingCart.Definition(
                mode: try configuration.parameter("mode") == "faithful" ? .faithful : .conserving,
                operations: events ?? .max, restocks: events ?? .max, atomSize: atomSize,
                seed: configuration.seed)
            self = .shoppingCart(definition, ShoppingCart.Results(definition))
        default:
            throw TrialFault("Portals has no application for \(configuration.workload)")
        }
    }

    /// The application; once, because its results are those of one run.
    func application(atomsPerSecond: Double?) -> Application {
        switch self {
        case .keyedCount(let definition, let results):
            definition.application(results, atomsPerSecond: atomsPerSecond)
        case .integerFilter(let definition, let results):
            definition.application(results, atomsPerSecond: atomsPerSecond)
        case .pingPong(let definition, let results): definition.application(results)
        case .shoppingCart(let definition, let results):
            definition.application(results, atomsPerSecond: atomsPerSecond)
        }
    }

    /// How the suite places its partitions.
    var placement: Placement {
        if case .pingPong = self { return PortalsSystem.pingPongPlacement }
        return .shared
    }

    /// Events that a site has taken in, and what is wrong with its answer; it is at rest.
    func judge(_ site: Site) -> (events: UInt64, fault: String?) {
        func events(_ path: String, _ atomSize: UInt64, _ bound: UInt64) -> UInt64 {
            let atoms = site.engine.admittedAtoms(of: path)
            let (events, overflows) = atoms.multipliedReportingOverflow(by: atomSize)
            return overflows ? bound : min(bound, events)
        }
        switch self {
        case .keyedCount(var definition, let results):
            definition.events = events(
                KeyedCount.Definition.workflowPath, definition.atomSize, definition.events)
            return (definition.events, KeyedCount.Oracle(definition).check(results.answer))
        case .integerFilter(let definition, let results):
            return (definition.events, IntegerFilter.Oracle(definition).check(results.answer))
        case .pingPong(let definition, let results):
            return (definition.roundTrips, PortalPingPong.Oracle(definition).check(results.answer))
        case .shoppingCart(var definition, let results):
            definition.operations = events(
                ShoppingCart.Definition.cartPath, definition.atomSize, definition.operations)
            definition.restocks = events(
                ShoppingCart.Definition.inventoryPath, definition.atomSize, definition.restocks)
            return (definition.operations, ShoppingCart.Oracle(definition).check(results.answer))
        }
    }
}
