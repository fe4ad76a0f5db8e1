// Throughput against whatever was varied: atom size, workers, bytes of a commit, any number.

/// The plots of one workload's rates over each axis that has several values.
struct SweepSection {
    let workload: String
    let lines: [SystemComparison.Line]

    /// An axis of numbers.
    private struct Axis {
        let name: String
        /// Nil where the line does not know the axis.
        let value: (SystemComparison.Line) -> Double?
    }

    private var axes: [Axis] {
        let names = Set(lines.flatMap(\.cell.settings.keys)).sorted()
        return [
            Axis(name: "atom size, events") { $0.cell.atomSize.map { Double($0) } },
            Axis(name: "workers") { Double($0.cell.workers) },
        ]
            + names.map { name in
                Axis(name: Self.axisName(name)) { $0.cell.settings[name].flatMap { Double($0) } }
            }
    }

    private static func axisName(_ column: String) -> String {
        for (ending, unit) in [
            ("_bytes", "bytes"), ("_ns", "nanoseconds"), ("_per_second", "a second"),
        ]
        where column.hasSuffix(ending) {
            return column.dropLast(ending.count).replacing("_", with: " ") + ", " + unit
        }
        return column.replacing("_", with: " ")
    }

    /// Lines further apart than this are not told on one linear axis: the lower one would be
    /// within a tenth of the height.
    private static let flatteningRatio = 10.0

    /// The plots; none if nothing was varied.
    var plots: [LinePlot] { axes.flatMap(plots) }

    /// Lines are joined only if they are alike in all but the axis; near and far are not alike.
    private struct Family: Hashable {
        var cell: SystemComparison.Cell
        var regime: Regime?
    }

    private func plots(_ axis: Axis) -> [LinePlot] {
        let isWorkers = axis.name == "workers"
        var order: [Family] = []
        var members: [Family: [SystemComparison.Line]] = [:]
        // One worker has no regime: it begins the line of each.
        let regimes = isWorkers ? Regime.allCases : []
        for line in lines
        where line.eventsPerSecond != nil && axis.value(line) != nil && line.regime != .moved {
            let homes: [Regime?] =
                isWorkers && line.regime == nil ? regimes.map { $0 } : [line.regime]
            for regime in homes {
                let family = Family(cell: Self.without(axis.name, line.cell), regime: regime)
                if members[family] == nil { order.append(family) }
                members[family, default: []].append(line)
            }
        }
        var series: [LinePlot.Series] = []
        for family in order {
            let group = members[family] ?? []
            guard Set(group.compactMap(axis.value)).count > 1 else { continue }
            let points = group.compactMap { line -> LinePlot.Point? in
                guard let x = axis.value(line), let rate = line.eventsPerSecond else { return nil }
                return LinePlot.Point(
                    x: x, y: rate, spread: line.eventsPerSecondRange,
                    note: "\(ShortFigure.scaled(rate))/s at \(axis.name) \(Self.plain(x))")
            }.sorted { $0.x < $1.x }
            series.append(
                LinePlot.Series(
                    name: name(family, without: axis.name), style: series.count, points: points))
        }
        guard !series.isEmpty else { return [] }
        // As many lines a plot as there are colours; the rest in plots of their own.
        return stride(from: 0, to: series.count, by: LinePlot.styleCount).map { start in
            plot(axis, Array(series[start..<min(start + LinePlot.styleCount, series.count)]))
        }
    }

    private func plot(_ axis: Axis, _ series: [LinePlot.Series]) -> LinePlot {
        let points = series.flatMap(\.points)
        let loop = lines.filter {
            $0.isReference && $0.cell.workers == 1 && $0.cell.atomSize == nil
        }
        .compactMap(\.eventsPerSecond).max()
        var tops = points.flatMap { [$0.y, $0.spread?.upperBound ?? $0.y] }
        var rules: [LinePlot.Rule] = []
        let name = lines.first(where: \.isReference)?.cell.system ?? ""
        let isDrawn = series.contains { $0.name.hasPrefix("\(name),") }
        // A reference that is many times as fast would flatten all else.
        if let loop, !isDrawn, loop <= Self.flatteningRatio * (tops.max() ?? 0) {
            rules.append(
                LinePlot.Rule(
                    place: .y(loop), name: "\(name), 1 worker, in memory",
                    style: LinePlot.styleCount - 1))
            tops.append(loop)
        }
        // Lines that lie at the foot of others would tell nothing on an axis from zero.
        let medians = series.compactMap { $0.points.map(\.y).max() }
        let isFlat = (medians.max() ?? 1) > Self.flatteningRatio * (medians.min() ?? 1)
        let best = points.max { $0.y < $1.y }
        return LinePlot(
            title: "\(workload): throughput against \(axis.name)",
            description: "Median events a second of \(series.map(\.name).joined(separator: "; "))"
                + (best.map {
                    ". The most is \(ShortFigure.scaled($0.y))/s at \(Self.plain($0.x))."
                }
                    ?? "."),
            x: .settings(points.map(\.x)) { Self.plain($0) },
            y: isFlat
                ? .logarithmic(points.map(\.y) + tops) {
                    ShortFigure.trimmed(ShortFigure.scaled($0))
                }
                : .fromZero(tops) { ShortFigure.trimmed(ShortFigure.scaled($0)) },
            xLabel: axis.name, yLabel: "events a second; whiskers: least and most trial",
            series: series,
            rules: rules)
    }

    private static func without(
        _ axis: String, _ cell: SystemComparison.Cell
    ) -> SystemComparison.Cell {
        var cell = cell
        if axis == "workers" {
            cell.workers = 0
        } else if axis.hasPrefix("atom size") {
            cell.atomSize = nil
        } else {
            cell.settings = cell.settings.filter { axisName($0.key) != axis }
        }
        return cell
    }

    private func name(_ family: Family, without axis: String) -> String {
        var parts = [family.cell.system, family.cell.guarantee]
        if family.cell.workers > 0 {
            parts.append(family.cell.workers == 1 ? "1 worker" : "\(family.cell.workers) workers")
        }
        if let regime = family.regime, lines.contains(where: { $0.regime == regime }) {
            parts.append("\(regime.rawValue) cores")
        }
        if let atom = family.cell.atomSize { parts.append("atom \(Self.plain(Double(atom)))") }
        parts += family.cell.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// `65,536`; without decimals where there are none.
    static func plain(_ value: Double) -> String {
        value == value.rounded() && value >= 0 && value < 1e15
            ? Figure.grouped(UInt64(value)) : ShortFigure.trimmed(Figure.text(value))
    }
}
