// The text of `portals topology`: what there is, and what is missing with its cost.

extension Topology: CustomStringConvertible {
    /// Lines of at most about 100 columns, without a newline at the end.
    public var description: String {
        (summary + nodeLines + cacheLines + limitLines + missingLines).joined(separator: "\n")
    }

    private var summary: [String] {
        var parts = [
            counted(processors.count, "processor"), counted(cores.count, "core"),
            counted(nodes.count, "NUMA node"),
        ]
        if !packages.isEmpty { parts.insert(counted(packages.count, "package"), at: 2) }
        let efficiency = cores.filter(\.isEfficiency).count
        if efficiency > 0 { parts.append("\(efficiency) of the cores for efficiency") }
        return [parts.joined(separator: ", ") + " (from \(directory))"]
    }

    private var nodeLines: [String] {
        nodes.flatMap { node in
            var line = "\(node.id): "
            line += node.processors.isEmpty ? "no processors" : "processors \(node.processors)"
            if let bytes = node.memoryByteCount { line += ", memory \(byteText(bytes))" }
            if let distances = node.distances, nodes.count > 1 {
                let row = nodes.map { "\(distances[$0.id] ?? 0)" }
                line += ", distances \(row.joined(separator: " "))"
            }
            let own = cores.filter { $0.node == node.id }
            guard own.contains(where: { $0.processors.count > 1 || $0.isEfficiency }) else {
                return [line]
            }
            let threads = own.map { ($0.isEfficiency ? "efficiency " : "") + "\($0.processors)" }
            return [line, "  hardware threads by core: " + threads.joined(separator: " | ")]
        }
    }

    /// One line for all caches of the same level, kind, size and line.
    private var cacheLines: [String] {
        var groups: [(key: String, shared: [ProcessorSet])] = []
        for cache in caches {
            let size = cache.byteCount.map { byteText(UInt64($0)) } ?? "unknown size"
            let line = cache.lineByteCount.map { ", lines of \($0) bytes" } ?? ""
            let kind = cache.kind == .unified ? "" : " \(cache.kind.rawValue.lowercased())"
            let key = "L\(cache.level)\(kind): \(size)\(line)"
            if let index = groups.firstIndex(where: { $0.key == key }) {
                groups[index].shared.append(cache.processors)
            } else {
                groups.append((key, [cache.processors]))
            }
        }
        return groups.map { group in
            "\(group.key), shared by " + group.shared.map { "\($0)" }.joined(separator: " | ")
        }
    }

    private var limitLines: [String] {
        var lines: [String] = []
        if allowed != online {
            lines.append(
                "this process may use processors \(allowed) of \(online) (affinity or cpuset)")
        }
        if let processorQuota {
            lines.append(
                "the cgroup grants the time of \(processorQuota) processors: more spinning workers"
                    + " than that are stopped in each period")
        }
        return lines
    }

    private var missingLines: [String] {
        missing.isEmpty
            ? ["nothing is missing"]
            : missing.map { "missing: \($0.part) (\($0.path)): \($0.cost)" }
    }
}

private func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
}

/// "32 KiB", "24.5 GiB": binary units, at most one decimal.
func byteText(_ bytes: UInt64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1_024, unit < units.count - 1 {
        value /= 1_024
        unit += 1
    }
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths)) \(units[unit])" : "\(tenths) \(units[unit])"
}
