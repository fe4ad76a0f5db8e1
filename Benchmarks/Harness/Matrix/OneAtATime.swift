// Varying one axis at a time: what each choice gives, without the product of all.

/// Leaves of a product of axes the cells that differ from its first in one axis at the most.
struct OneAtATime {
    /// Names of the axes and parameters that are varied one at a time.
    let names: Set<String>

    /// Which of `cells` stay, all of one workload and one system, in the order of their product.
    ///
    /// The first values of the axes are what the others are measured against. Axes that are not
    /// named are varied in full: each of their combinations has a first cell of its own.
    func kept(_ cells: [Cell]) -> [Cell] {
        var first: [[String: String]: [String: String]] = [:]
        return cells.filter { cell in
            let (varied, rest) = parts(cell)
            guard let base = first[rest] else {
                first[rest] = varied
                return true
            }
            let all = Set(base.keys).union(varied.keys)
            return all.count { base[$0] != varied[$0] } <= 1
        }
    }

    /// Settings of the named axes, and all others.
    private func parts(_ cell: Cell) -> (varied: [String: String], rest: [String: String]) {
        var settings: [String: String] = ["workers": "\(cell.configuration.workers)"]
        if let atomSize = cell.atomSize { settings["atom-size"] = "\(atomSize)" }
        let columns = Dictionary(
            Axis.allCases.map { ($0.column, $0.name) }, uniquingKeysWith: { first, _ in first })
        for (column, value) in cell.axes {
            settings[columns[column] ?? column.replacing("_", with: "-")] = value
        }
        return (
            settings.filter { names.contains($0.key) }, settings.filter { !names.contains($0.key) }
        )
    }
}
