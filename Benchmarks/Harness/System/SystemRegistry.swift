// The workloads and systems that a program can measure.
import Report

/// All workloads and systems of a program.
public struct SystemRegistry: Sendable {
    public let workloads: [Workload]
    public let systems: [any SystemUnderTest]

    /// A registry; names must differ, and no parameter may take the name of another column.
    public init(workloads: [Workload], systems: [any SystemUnderTest]) {
        let workloadNames = workloads.map(\.name)
        let systemNames = systems.map(\.name)
        precondition(
            Set(workloadNames).count == workloadNames.count,
            "workload named twice: \(workloadNames)")
        precondition(
            Set(systemNames).count == systemNames.count, "system named twice: \(systemNames)")
        for workload in workloads {
            for parameter in workload.parameters {
                precondition(
                    !Self.takenColumns.contains(parameter.column),
                    "\(workload.name): the column \(parameter.column) is taken")
            }
        }
        self.workloads = workloads
        self.systems = systems
    }

    /// The workload of this name.
    public func workload(_ name: String) -> Workload? { workloads.first { $0.name == name } }

    /// The system of this name.
    public func system(_ name: String) -> (any SystemUnderTest)? {
        systems.first { $0.name == name }
    }

    /// Columns of results and keys of the matrix, which no parameter may be named.
    private static let takenColumns =
        Set(ResultColumn.allCases.map(\.name)).union(Axis.allCases.map(\.column))
        .union(["workload", "system", "duration", "events", "repetitions"])
}
