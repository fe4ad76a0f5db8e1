// The comparison of systems as Markdown, as LaTeX, and as comma-separated values.

/// Comparisons of one or more runs as tables.
///
/// A blank cell was not measured. A ratio between different guarantees carries a dagger.
public struct SystemTable: Sendable {
    /// A run to be shown: its name, and a line on where and when it ran.
    public struct Run: Sendable {
        public let name: String
        public let origin: String
        public let comparison: SystemComparison

        /// A run with its comparison.
        public init(name: String, origin: String, comparison: SystemComparison) {
            self.name = name
            self.origin = origin
            self.comparison = comparison
        }
    }

    let runs: [Run]

    /// A table of these runs, one after the other: ratios are made within each.
    public init(runs: [Run]) { self.runs = runs }

    static let dagger = "†"

    /// A column of the table for readers.
    enum Column: String, CaseIterable {
        case system, guarantee, atom, workers, cores
        case rate = "M events/s"
        case ratio, interval
        case cost = "COST"
        case contention = "σ"
        case coherency = "κ"
        case peak
        case trials

        /// Names and words stand left, figures right.
        var isLeft: Bool {
            switch self {
            case .system, .guarantee, .cores, .trials: true
            default: false
            }
        }
    }

    /// Those with something in them; the law's only where there is a fit.
    static func columns(_ section: SystemComparison.Section) -> [Column] {
        var absent: Set<Column> = []
        let laws = section.lines.flatMap(\.scaling).map(\.law)
        if !laws.contains(where: { (try? $0.get()) != nil }) {
            absent.formUnion([.contention, .coherency, .peak])
        }
        if section.lines.allSatisfy({ $0.cell.atomSize == nil }) { absent.insert(.atom) }
        if section.lines.allSatisfy({ $0.regime == nil }) { absent.insert(.cores) }
        if section.lines.allSatisfy({ $0.ratio?.value.interval == nil }) {
            absent.insert(.interval)
        }
        if section.lines.allSatisfy({ $0.scaling.allSatisfy { $0.outperforming == nil } }) {
            absent.insert(.cost)
        }
        return Column.allCases.filter { !absent.contains($0) }
    }

    static func cell(_ line: SystemComparison.Line, _ column: Column) -> String {
        switch column {
        case .system: line.cell.system
        case .guarantee: line.cell.guarantee
        case .atom: line.cell.atomSize.map { Figure.grouped(UInt64(max(0, $0))) } ?? ""
        case .workers: "\(line.cell.workers)"
        case .cores: line.regime?.rawValue ?? ""
        case .rate: line.eventsPerSecond.map { Figure.text($0 / 1e6) } ?? ""
        case .ratio: ratio(line)
        case .interval:
            line.ratio?.value.interval.map {
                "\(Figure.text($0.lowerBound))–\(Figure.text($0.upperBound))"
            } ?? ""
        case .cost: cost(line)
        case .contention:
            scaling(line) { parameter($0.contention, $0.contentionInterval) }
        case .coherency:
            scaling(line, refusal: "") { parameter($0.coherency, $0.coherencyInterval) }
        case .peak: scaling(line, refusal: "", peak)
        case .trials: trials(line)
        }
    }

    private static func ratio(_ line: SystemComparison.Line) -> String {
        guard let ratio = line.ratio else {
            return line.isReference && line.eventsPerSecond != nil ? "1" : ""
        }
        return Figure.text(ratio.value.ratio) + (ratio.isAcrossGuarantees ? " \(dagger)" : "")
    }

    private static func cost(_ line: SystemComparison.Line) -> String {
        let parts: [(regime: Regime?, text: String)] = line.scaling.compactMap { scaling in
            guard let workers = scaling.outperforming else { return nil }
            let mark = scaling.isOutperformingAcrossGuarantees ? " \(dagger)" : ""
            return (scaling.regime, workers.text + mark)
        }
        // The word for the cores only where they make a difference.
        if let first = parts.first, parts.allSatisfy({ $0.text == first.text }) {
            return first.text
        }
        return parts.map { "\($0.text) \($0.regime?.rawValue ?? "")" }.joined(separator: ", ")
    }

    private static func scaling(
        _ line: SystemComparison.Line, refusal: String = "too few worker counts",
        _ text: (UniversalScalability) -> String
    ) -> String {
        let parts = line.scaling.map { scaling in
            switch scaling.law {
            case .success(let law): (scaling.regime, text(law))
            case .failure(.tooFewWorkerCounts): (scaling.regime, refusal)
            case .failure(.notPositive): (scaling.regime, "")
            }
        }
        if let first = parts.first, parts.allSatisfy({ $0.1 == first.1 }) { return first.1 }
        return parts.map { "\($0.1) \($0.0?.rawValue ?? "")" }.joined(separator: ", ")
    }

    static func parameter(_ value: Double, _ interval: ClosedRange<Double>?) -> String {
        Figure.text(value)
            + (interval.map {
                " (\(Figure.text($0.lowerBound))–\(Figure.text($0.upperBound)))"
            } ?? "")
    }

    static func peak(_ law: UniversalScalability) -> String {
        let text = { (workers: Double) in workers.isInfinite ? "∞" : Figure.text(workers) }
        return text(law.peakWorkers)
            + (law.peakInterval.map { " (\(text($0.lowerBound))–\(text($0.upperBound)))" } ?? "")
    }

    static func trials(_ line: SystemComparison.Line) -> String {
        var parts: [String] = []
        let verified = line.trials.count - line.notVerifiable
        if verified > 0 { parts.append("\(verified) verified") }
        if line.notVerifiable > 0 { parts.append("\(line.notVerifiable) unchecked") }
        if line.wrong > 0 { parts.append("\(line.wrong) WRONG") }
        if line.failed > 0 { parts.append("\(line.failed) FAILED") }
        return parts.joined(separator: ", ")
    }

    /// Why a section has no columns of the law; nil if it has, and if nothing has several workers.
    static func scalabilityNote(_ section: SystemComparison.Section) -> String? {
        guard !columns(section).contains(.contention) else { return nil }
        var counts: [String: Int] = [:]
        for line in section.lines {
            for scaling in line.scaling {
                if case .failure(.tooFewWorkerCounts(let count)) = scaling.law {
                    counts[line.cell.system] = max(counts[line.cell.system] ?? 0, count)
                }
            }
        }
        let several = counts.filter { $0.value > 1 }.sorted { $0.key < $1.key }
        guard !several.isEmpty else { return nil }
        return "Scalability: too few worker counts for a fit ("
            + several.map { "\($0.key) has \($0.value)" }.joined(separator: ", ")
            + "; \(UniversalScalability.workerCountsMin) are needed)."
    }

    /// What the words of the table mean, as far as they occur.
    func legend(_ comparison: SystemComparison) -> [String] {
        let lines = comparison.lines
        var legend: [String] = []
        if !comparison.commonSettings.isEmpty {
            legend.append(
                "In all rows, for the systems that know them: "
                    + comparison.commonSettings.sorted { $0.key < $1.key }
                    .map { "\($0.key) \($0.value)" }.joined(separator: ", ") + ".")
        }
        legend.append(
            "M events/s: median of the trials. ratio: that over the same workload and "
                + "settings of \(comparison.referenceText), of three trials and more the mean of "
                + "their ratios block by block; interval: where it lies with 95 % confidence "
                + "(bootstrap over the trials). A blank cell was not measured.")
        if lines.contains(where: { $0.ratio?.isAcrossGuarantees ?? false }) {
            legend.append(
                "\(Self.dagger): the two sides promise different things (see guarantee); do not "
                    + "read it as a comparison of like with like.")
        }
        if lines.contains(where: { $0.scaling.contains { $0.outperforming != nil } }) {
            legend.append(
                "COST: the fewest workers with which the system is faster than "
                    + "\(comparison.singleThread), a plain loop on one thread.")
        }
        if lines.contains(where: { $0.scaling.contains { (try? $0.law.get()) != nil } }) {
            legend.append(
                "σ, κ: contention and coherency of the Universal Scalability Law, with intervals "
                    + "of 95 %; peak: the workers at which its curve is highest, which is "
                    + "extrapolated beyond those measured.")
        }
        if lines.contains(where: { $0.regime != nil }) {
            legend.append(
                "cores: near if a cache line went to the other core and back in at most "
                    + "\(Figure.text(Regime.nearNanosecondsMax)) ns, before and after the trial; "
                    + "far if in more; moved if that changed. They are never put in one median.")
        }
        return legend
    }

    static let meansTitle = "Geometric means of the ratios, within one guarantee"

    /// The rows of the table of means, its head first; nil without any.
    static func means(_ comparison: SystemComparison) -> [[String]]? {
        let means = comparison.geometricMeans
        guard !means.isEmpty else { return nil }
        return [["system", "guarantee", "workers", "cores", "mean ratio", "cells"]]
            + means.map {
                [
                    $0.system, $0.guarantee, "\($0.workers)", $0.regime?.rawValue ?? "",
                    Figure.text($0.ratio), "\($0.cells) of \($0.cellsOfAll)",
                ]
            }
    }
}
