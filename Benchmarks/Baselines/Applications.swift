// The workloads as Portals applications with their default parameters: what `portals plan` lays
// out.
import Harness
import Portals

/// A workload as Portals runs it.
public struct WorkloadApplication {
    /// The application, to be launched once.
    public let application: Application
    /// How the suite places its partitions.
    public let placement: Placement
    /// Partitions of elements that do not say; nil for one a worker.
    public let partitions: Int?
}

/// The workload of this name as an application with default parameters; nil if there is none.
///
/// The sources are endless where those of a measurement by time are.
public func application(named workload: String) -> WorkloadApplication? {
    guard let known = registry.workload(workload) else { return nil }
    var configuration = TrialConfiguration(workload: workload, system: "portals")
    for axis in known.parameters { configuration.parameters[axis.name] = axis.defaultValue }
    guard let run = try? WorkloadRun(configuration) else { return nil }
    return WorkloadApplication(
        application: run.application, placement: run.placement, partitions: run.partitions)
}
