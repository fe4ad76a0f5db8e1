// The workloads as Portals applications with their default parameters: what `portals plan` lays
// out.
import Harness
import IntegerFilter
import KeyedCount
import PortalPingPong
import Portals
import SagaWorkload
import ShoppingCart

/// A workload as Portals runs it.
public struct WorkloadApplication {
    public let application: Application
    /// How the suite places its partitions.
    public let placement: Placement
}

/// The workload of this name as an application with default parameters; nil if there is none.
///
/// The sources are endless where those of a measurement by time are.
public func application(named workload: String) -> WorkloadApplication? {
    switch workload {
    case "keyed-count", "recovery":
        let definition = KeyedCount.Definition(events: .max)
        return WorkloadApplication(
            application: definition.application(KeyedCount.Results(definition)),
            placement: .shared)
    case "durable-echo":
        let definition = KeyedCount.Definition(events: .max, atomSize: 1)
        return WorkloadApplication(
            application: definition.application(KeyedCount.Results(definition)),
            placement: .shared)
    case "integer-filter":
        return WorkloadApplication(
            application: IntegerFilter.Definition().application(IntegerFilter.Results()),
            placement: .shared)
    case "portal-ping-pong":
        return WorkloadApplication(
            application: PortalPingPong.Definition().application(PortalPingPong.Results()),
            placement: PortalsSystem.pingPongPlacement)
    case "saga":
        let definition = SagaWorkload.Definition(orders: .max)
        return WorkloadApplication(
            application: definition.application(SagaWorkload.Results(definition)),
            placement: .shared)
    case "shopping-cart":
        let definition = ShoppingCart.Definition(operations: .max, restocks: .max)
        return WorkloadApplication(
            application: definition.application(ShoppingCart.Results(definition)),
            placement: .shared)
    case let name where AuthorsDefinition.has(name):
        guard let known = Workload.authors.first(where: { $0.name == name }) else { return nil }
        var configuration = TrialConfiguration(workload: name, system: "portals")
        for axis in known.parameters { configuration.parameters[axis.name] = axis.defaultValue }
        guard let definition = try? AuthorsDefinition(configuration, events: 1 << 20) else {
            return nil
        }
        return WorkloadApplication(
            application: definition.application().0, placement: definition.placement)
    default: return nil
    }
}
