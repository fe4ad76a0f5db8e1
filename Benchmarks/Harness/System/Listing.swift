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
            let ignored = registry.workloads.compactMap { workload -> String? in
                let axes = Axis.allCases.filter {
                    $0 != .workers && !system.axes(for: workload.name).contains($0)
                }
                let names = axes.map(\.name)
                return names.isEmpty ? nil : "\(workload.name): \(names.joined(separator: ", "))"
            }
            if !ignored.isEmpty {
                lines.append("    ignores, for " + ignored.joined(separator: "; "))
            }
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
}
