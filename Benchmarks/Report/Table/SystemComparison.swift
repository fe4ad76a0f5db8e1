// All systems of one run side by side: the median of each cell, its ratio to a reference, and what
// more workers give. Near and far cores are never mixed, and no ratio hides a guarantee.

/// Lines and sections of a comparison of the systems of one run.
///
/// Ratios are made within a run only: its trials were interleaved, those of two runs were not.
public struct SystemComparison: Sendable {
    /// Sorted by workload, settings, atom size; in each the reference first, then by system.
    public let lines: [Line]
    /// The system that ratios are over, by workload; absent where there is none.
    public let references: [String: String]
    /// The system that COST is over.
    public let singleThread: String
    /// Settings of further axes that are the same in all rows that have them.
    public let commonSettings: [String: String]

    /// The trials of one cell that ran in one regime.
    public struct Line: Sendable {
        public let cell: Cell
        /// Nil with one worker.
        public let regime: Regime?
        /// Those whose figures count.
        public let trials: [ResultRow]
        /// Trials with a wrong answer, and trials without one.
        public let wrong: Int
        public let failed: Int
        /// Median, smallest and largest of the trials; nil without one that counts.
        public let eventsPerSecond: Double?
        public let eventsPerSecondRange: ClosedRange<Double>?
        /// Nil for the reference itself, and where it has no such cell.
        public let ratio: Ratio?
        /// Whether this is a line that others are compared with.
        public let isReference: Bool
        /// One for each regime of the system's lines of several workers.
        public let scaling: [Scaling]

        /// Trials among those that count whose answer could not be checked.
        public var notVerifiable: Int {
            trials.count { if case .answered(.notVerifiable) = $0.status { true } else { false } }
        }
    }

    /// What the trials of a line have in common.
    public struct Cell: Sendable, Hashable {
        public var workload: String
        /// Settings that are not the same in all rows; without the journal's mode.
        public var settings: [String: String]
        public var atomSize: Int?
        public var system: String
        public var version: String
        public var workers: Int
        /// Empty where it is not known.
        public var guarantee: String
    }

    /// A ratio, and how far it may be trusted.
    public struct Ratio: Sendable, Equatable {
        public let value: TrialRatio
        public let referenceWorkers: Int
        public let referenceGuarantee: String
        /// Whether the two sides promise different things.
        public let isAcrossGuarantees: Bool
    }

    /// What more workers give a system, all else equal.
    public struct Scaling: Sendable {
        /// Of the lines with several workers; nil if all have one.
        public let regime: Regime?
        /// Nil for the single thread itself, and where its loop was not run.
        public let outperforming: OutperformingWorkers?
        /// Whether the loop promises less than the system.
        public let isOutperformingAcrossGuarantees: Bool
        public let law: Result<UniversalScalability, UniversalScalability.Refusal>
        /// Median rates by number of workers.
        public let medians: [Int: Double]
    }

    /// Compares the systems in `rows`.
    ///
    /// - Parameters:
    ///   - reference: the system that ratios are over; nil for the single thread in workloads that
    ///     it was run on, else `portals`, else a part of it, such as `portals-ring`.
    ///   - singleThread: the plain loop that COST is over.
    public init(
        rows: [ResultRow], reference: String? = nil, singleThread: String = "hand-written"
    ) {
        var references: [String: String] = [:]
        for (workload, rows) in Dictionary(grouping: rows, by: \.workload) {
            let systems = Set(rows.map(\.system))
            references[workload] =
                reference.map { systems.contains($0) ? $0 : nil }
                ?? [singleThread, "portals"].first(where: systems.contains)
                ?? systems.filter { $0.hasPrefix("portals") }.min()
        }
        let grouping = SystemGrouping(rows: rows)
        // The rows of one system at several numbers of workers share theirs.
        var scalings: [SystemGrouping.Family: [Scaling]] = [:]
        var lines: [Line] = []
        for group in grouping.groups {
            let rates = group.trials.compactMap(\.figures.eventsPerSecond)
            let reference = references[group.cell.workload]
            let other = reference.flatMap { grouping.reference(for: group, named: $0) }
            let ratio = other.flatMap { other in
                TrialRatio(group.samples, over: other.samples).map {
                    Ratio(
                        value: $0, referenceWorkers: other.cell.workers,
                        referenceGuarantee: other.cell.guarantee,
                        isAcrossGuarantees: other.cell.guarantee != group.cell.guarantee)
                }
            }
            let family = SystemGrouping.Family(group)
            let scaling =
                scalings[family] ?? grouping.scaling(of: group, singleThread: singleThread)
            scalings[family] = scaling
            lines.append(
                Line(
                    cell: group.cell, regime: group.regime, trials: group.trials,
                    wrong: group.wrong, failed: group.failed,
                    eventsPerSecond: Quantile.median(rates),
                    eventsPerSecondRange: rates.min().flatMap { low in
                        rates.max().map { low...$0 }
                    },
                    ratio: ratio, isReference: group.cell.system == reference,
                    scaling: scaling))
        }
        self.lines = lines.sorted(by: Self.inOrder)
        self.references = references
        self.singleThread = singleThread
        commonSettings = grouping.common
    }

    /// The references in words: `hand-written`, or `hand-written (queue: portals-ring)`.
    public var referenceText: String {
        let names = Dictionary(grouping: references.keys, by: { references[$0] ?? "" })
        guard let usual = names.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })
        else { return "none" }
        let others = references.filter { $0.value != usual.key }.sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }
        return usual.key + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")))")
    }

    private static func inOrder(_ left: Line, _ right: Line) -> Bool {
        let (a, b) = (left.cell, right.cell)
        if a.workload != b.workload { return a.workload < b.workload }
        if a.settings != b.settings { return inOrder(a.settings, b.settings) }
        if a.atomSize != b.atomSize { return (a.atomSize ?? 0) < (b.atomSize ?? 0) }
        if a.system != b.system {
            if left.isReference != right.isReference { return left.isReference }
            return a.system < b.system
        }
        if a.version != b.version { return a.version < b.version }
        if a.guarantee != b.guarantee {
            return Guarantee.rank(a.guarantee) < Guarantee.rank(b.guarantee)
        }
        if a.workers != b.workers { return a.workers < b.workers }
        return Regime.rank(left.regime) < Regime.rank(right.regime)
    }

    /// `outstanding=2` before `outstanding=10`.
    static func inOrder(_ left: [String: String], _ right: [String: String]) -> Bool {
        for name in Set(left.keys).union(right.keys).sorted() {
            let (a, b) = (left[name] ?? "", right[name] ?? "")
            if a == b { continue }
            if let a = Double(a), let b = Double(b) { return a < b }
            return a < b
        }
        return false
    }
}

extension SystemComparison {
    /// Lines of one workload and one setting of its further axes.
    public struct Section: Sendable {
        public let workload: String
        public let settings: [String: String]
        public let lines: [Line]

        /// The workload, and the settings by name.
        public var title: String {
            ([workload] + settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })
                .joined(separator: " · ")
        }
    }

    /// The lines by workload and settings; a system that ignores an axis stands in every section
    /// that it agrees with, beside what it is compared with.
    public var sections: [Section] {
        var sections: [Section] = []
        for workload in Self.unique(lines.map(\.cell.workload)) {
            let members = lines.filter { $0.cell.workload == workload }
            let names = Set(members.flatMap(\.cell.settings.keys))
            var full = Self.unique(
                members.map(\.cell.settings).filter { $0.count == names.count })
            if full.isEmpty { full = Self.unique(members.map(\.cell.settings)) }
            for settings in full {
                sections.append(
                    Section(
                        workload: workload, settings: settings,
                        lines: members.filter { Self.agrees($0.cell.settings, settings) }))
            }
            let rest = members.filter { line in
                !full.contains { Self.agrees(line.cell.settings, $0) }
            }
            for settings in Self.unique(rest.map(\.cell.settings)) {
                sections.append(
                    Section(
                        workload: workload, settings: settings,
                        lines: rest.filter { $0.cell.settings == settings }))
            }
        }
        return sections
    }

    private static func agrees(_ part: [String: String], _ whole: [String: String]) -> Bool {
        part.allSatisfy { whole[$0.key] == $0.value }
    }

    private static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
        var seen: Set<Value> = []
        return values.filter { seen.insert($0).inserted }
    }

    /// The geometric mean of a system's ratios over the workloads that it has one in.
    public struct GeometricMean: Sendable, Equatable {
        public let system: String
        public let workers: Int
        public let regime: Regime?
        public let guarantee: String
        public let ratio: Double
        /// Workloads and settings in it, and those that any system of this guarantee has a ratio
        /// in: a mean over fewer can't be set beside one over all.
        public let cells: Int
        public let cellsOfAll: Int
    }

    /// The means, within one guarantee only, of systems with ratios in at least two places.
    ///
    /// A place is a workload with its settings; the ratios at several atom sizes go into it as
    /// their own geometric mean, so that each place weighs as much as another.
    public var geometricMeans: [GeometricMean] {
        struct Key: Hashable {
            var system: String
            var workers: Int
            var regime: Regime?
            var guarantee: String
        }
        struct Place: Hashable {
            var workload: String
            var settings: [String: String]
        }
        var ratios: [Key: [Place: [Double]]] = [:]
        var places: [String: Set<Place>] = [:]
        var order: [Key] = []
        for line in lines {
            guard let ratio = line.ratio, !ratio.isAcrossGuarantees, ratio.value.ratio > 0 else {
                continue
            }
            let key = Key(
                system: line.cell.system, workers: line.cell.workers, regime: line.regime,
                guarantee: line.cell.guarantee)
            let place = Place(workload: line.cell.workload, settings: line.cell.settings)
            if ratios[key] == nil { order.append(key) }
            ratios[key, default: [:]][place, default: []].append(ratio.value.ratio)
            places[key.guarantee, default: []].insert(place)
        }
        return order.compactMap { key in
            guard let values = ratios[key], values.count > 1 else { return nil }
            // In a fixed order: a sum of floating-point numbers depends on it.
            let means = values.values.map { Quantile.geometricMean($0.sorted()) }.sorted()
            return GeometricMean(
                system: key.system, workers: key.workers, regime: key.regime,
                guarantee: key.guarantee, ratio: Quantile.geometricMean(means),
                cells: means.count, cellsOfAll: places[key.guarantee]?.count ?? 0)
        }
    }
}
