// Latency as a spectrum: every percentile, on an axis that opens up towards the rare ones.

/// The spectra of the lines of one section.
struct LatencySection {
    let title: String
    /// Each plot's name, and its lines.
    let groups: [(name: String, spectra: [Spectrum])]

    struct Spectrum {
        var name: String
        /// 1 / (1 − p) and nanoseconds, ascending.
        var points: [(rarity: Double, nanoseconds: Double)]
        /// Rarities up to here have samples enough.
        var supportedRarity: Double
    }

    /// One plot where all lines fit; else the fastest line of each system, then each system.
    init(section: SystemComparison.Section, histograms: [String: HdrHistogramLog]) {
        title = section.title
        // What was measured while the cores moved belongs to no regime.
        let lines = section.lines.filter { $0.regime != .moved }
        let spectra = { (lines: [SystemComparison.Line]) in
            lines.compactMap { Self.spectrum($0, histograms) }
        }
        let all = spectra(lines)
        if all.count <= LinePlot.styleCount {
            groups = [("", all)]
            return
        }
        var systems: [String] = []
        for line in lines where !systems.contains(line.cell.system) {
            systems.append(line.cell.system)
        }
        groups =
            [("the fastest rows", spectra(Self.fastest(lines)))]
            + systems.map { system in
                (system, spectra(lines.filter { $0.cell.system == system }))
            }
    }

    /// The fastest line of each system, guarantee, workload and setting.
    static func fastest(_ lines: [SystemComparison.Line]) -> [SystemComparison.Line] {
        var best: [SystemComparison.Cell: SystemComparison.Line] = [:]
        var order: [SystemComparison.Cell] = []
        for line in lines where line.eventsPerSecond != nil {
            var kind = line.cell
            kind.workers = 0
            kind.atomSize = nil
            if best[kind] == nil { order.append(kind) }
            if (line.eventsPerSecond ?? 0) > (best[kind]?.eventsPerSecond ?? -1) {
                best[kind] = line
            }
        }
        return order.compactMap { best[$0] }
    }

    /// From the histograms of the trials, else from the percentiles of the results; nil without.
    static func spectrum(
        _ line: SystemComparison.Line, _ histograms: [String: HdrHistogramLog]
    ) -> Spectrum? {
        let name = SectionNames.line(line)
        var merged: HdrHistogram?
        for trial in line.trials {
            guard let stem = trial.stem, let histogram = histograms[stem]?.merged() else {
                continue
            }
            if merged == nil { merged = histogram } else { merged?.merge(histogram) }
        }
        if let merged, merged.count > 0 {
            let total = Double(merged.count)
            // p needs n = z² p / (1 − p) / m² samples: solved for the largest 1 / (1 − p).
            let needed = Double(SampleSize.needed(forQuantile: 0.5))
            return Spectrum(
                name: name, points: spectrum(of: merged),
                supportedRarity: max(1, total / needed + 1))
        }
        let percentiles: [(Double, (LatencyPercentiles) -> UInt64?)] = [
            (2, \.nanosecondsP50), (10, \.nanosecondsP90), (100, \.nanosecondsP99),
            (1_000, \.nanosecondsP999),
        ]
        let points = percentiles.compactMap { rarity, value in
            Quantile.median(line.trials.compactMap { value($0.figures.latency).map { Double($0) } })
                .map { (rarity: rarity, nanoseconds: $0) }
        }
        guard !points.isEmpty else { return nil }
        return Spectrum(name: name, points: points, supportedRarity: .infinity)
    }

    /// A point for each bucket that was hit, thinned to what a plot can show; the last at the
    /// rarity of the largest sample.
    private static func spectrum(
        of histogram: HdrHistogram
    ) -> [(rarity: Double, nanoseconds: Double)] {
        let total = Double(histogram.count)
        var points: [(rarity: Double, nanoseconds: Double)] = []
        var lastRarity = 0.0
        let steps = histogram.cumulative
        for (index, step) in steps.enumerated() {
            let rest = total - Double(step.samples)
            // The share before this bucket is what its values exceed.
            let rarity = rest > 0 ? total / rest : total
            let isLast = index == steps.count - 1
            // Three in a hundred of a rarity's step are less than a pixel.
            if isLast || rarity >= lastRarity * 1.03 || points.isEmpty {
                points.append((max(1, rarity), Double(max(1, step.value))))
                lastRarity = rarity
            }
        }
        return points
    }

    /// The plots, as many lines each as there are colours; none without a latency.
    var plots: [LinePlot] {
        groups.flatMap { group in
            stride(from: 0, to: group.spectra.count, by: LinePlot.styleCount).map { start in
                let end = min(start + LinePlot.styleCount, group.spectra.count)
                return plot(group.name, Array(group.spectra[start..<end]))
            }
        }
    }

    private func plot(_ name: String, _ spectra: [Spectrum]) -> LinePlot {
        var series: [LinePlot.Series] = []
        for (index, spectrum) in spectra.enumerated() {
            let points = spectrum.points.map { point in
                LinePlot.Point(
                    x: point.rarity, y: point.nanoseconds,
                    note: "\(ShortFigure.duration(nanoseconds: point.nanoseconds)) at "
                        + Self.percent(point.rarity))
            }
            let known = points.filter { $0.x <= spectrum.supportedRarity }
            let beyond = points.filter { $0.x > spectrum.supportedRarity }
            let hasDots = points.count <= 6
            series.append(
                LinePlot.Series(
                    name: spectrum.name, style: index, points: known, hasDots: hasDots))
            if !beyond.isEmpty {
                series.append(
                    LinePlot.Series(
                        name: spectrum.name, style: index,
                        points: (known.last.map { [$0] } ?? []) + beyond, hasDots: false,
                        isUncertain: true))
            }
        }
        let all = spectra.flatMap(\.points)
        let most = max(100, all.map(\.rarity).max() ?? 100)
        var ticks: [PlotScale.Tick] = []
        // Without histograms nothing is known below the median.
        let least = all.contains { $0.rarity < 2 } ? 1 : 1.7
        for (rarity, label) in Self.rarities where rarity >= least && rarity <= most * 1.0001 {
            ticks.append(PlotScale.Tick(value: rarity, label: label))
        }
        let worst = spectra.compactMap { spectrum in
            spectrum.points.last.map {
                "\(spectrum.name): \(ShortFigure.duration(nanoseconds: $0.nanoseconds)) at "
                    + Self.percent($0.rarity)
            }
        }
        return LinePlot(
            title: title + (name.isEmpty ? "" : ", \(name)") + ": latency by percentile",
            description: "Latency that so many of the samples do not exceed. The rarest shown: "
                + worst.joined(separator: "; ") + ".",
            x: PlotScale(kind: .logarithmic, range: least...most * 1.2, ticks: ticks),
            y: .logarithmic(all.map(\.nanoseconds)) {
                ShortFigure.trimmed(ShortFigure.duration(nanoseconds: $0))
            },
            xLabel: "percentile", yLabel: "latency, dotted where samples are too few",
            series: series)
    }

    private static let rarities: [(Double, String)] = [
        (2, "50 %"), (10, "90 %"), (100, "99 %"), (1e3, "99.9 %"), (1e4, "99.99 %"),
        (1e5, "99.999 %"), (1e6, "six nines"), (1e7, "seven"), (1e8, "eight"), (1e9, "nine"),
    ]

    static func percent(_ rarity: Double) -> String {
        if rarity <= 1 { return "0 %" }
        let share = 100 * (1 - 1 / rarity)
        // As many decimals as tell it from 100.
        var decimals = 1
        var tail = 100 / rarity
        while tail < 1, decimals < 9 {
            tail *= 10
            decimals += 1
        }
        return "\(ShortFigure.trimmed(Figure.fixed(share, decimals: decimals))) %"
    }
}

/// How a line of the comparison is called in legends.
enum SectionNames {
    /// With its settings where those are not in a title beside it.
    static func line(_ line: SystemComparison.Line, settings: Bool = false) -> String {
        var parts = [line.cell.system, line.cell.guarantee]
        parts.append(line.cell.workers == 1 ? "1 worker" : "\(line.cell.workers) workers")
        if let regime = line.regime { parts.append("\(regime.rawValue) cores") }
        if let atom = line.cell.atomSize {
            parts.append("atom \(Figure.grouped(UInt64(max(0, atom))))")
        }
        if settings {
            parts += line.cell.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        }
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}

extension ResultRow {
    /// The stem of the trial's own files; nil in runs of before there were any.
    var stem: String? { trial.isEmpty ? nil : trial }
}
