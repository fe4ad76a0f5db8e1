// The text of `portals list`.

/// Workloads, systems and axes of a registry, for a reader.
public enum Listing {
    /// The whole text, with its last line end.
    public static func text(of registry: SystemRegistry) -> String {
        var lines = ["Workloads (--workload)"]
        if registry.workloads.isEmpty { lines.append("  none in this program") }
        for workload in registry.workloads {
            lines.append("  \(workload.name): \(workload.question)")
            for axis in workload.parameters {
                let values: String
                switch axis.values {
                case .choices(let choices): values = choices.joined(separator: "|")
                case .integers(let range): values = "\(range.lowerBound)…\(range.upperBound)"
                }
                let unit = axis.unit.map { " \($0)" } ?? ""
                lines.append(
                    "    --parameter \(axis.name)=\(values)\(unit) "
                        + "(default \(axis.defaultValue)): \(axis.meaning)")
            }
        }
        lines += ["", "Systems (--system)"]
        if registry.systems.isEmpty { lines.append("  none in this program") }
        for system in registry.systems {
            lines.append("  \(system.name) \(system.version): \(system.summary)")
            lines += ignoredAxes(of: system, in: registry)
        }
        lines += ["", "Axes"]
        let width = Axis.allCases.map(\.name.count).max() ?? 0
        for axis in Axis.allCases {
            let padding = String(repeating: " ", count: width - axis.name.count)
            lines.append(
                "  --\(axis.name)\(padding)  \(axis.meaning) [\(axis.unit); "
                    + "default: \(axis.defaultDescription)]")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A line for the axes that a system ignores in all workloads, and one for each further axes
    /// that it ignores in some.
    private static func ignoredAxes(
        of system: any SystemUnderTest, in registry: SystemRegistry
    ) -> [String] {
        let workloads = registry.workloads.map(\.name)
        let ignored = Axis.allCases.filter { $0 != .workers }.map { axis in
            (axis.name, workloads.filter { !system.axes(for: $0).contains(axis) })
        }
        func names(_ axes: [(String, [String])]) -> String {
            axes.map(\.0).joined(separator: ", ")
        }
        let always = ignored.filter { $0.1 == workloads && !workloads.isEmpty }
        var lines = always.isEmpty ? [] : ["    ignores \(names(always))"]
        let sometimes = Dictionary(
            grouping: ignored.filter { !$0.1.isEmpty && $0.1 != workloads }, by: \.1)
        for (workloads, axes) in sometimes.sorted(by: { names($0.value) < names($1.value) }) {
            lines.append("    ignores \(names(axes)) in \(workloads.joined(separator: ", "))")
        }
        return lines
    }
}
