// Two sides of a comparison, cell by cell, with verdicts that hold over all of them.
import Foundation

/// What differs between the two sides.
public enum ComparedBy: Sendable, Equatable {
    /// Two runs: the same cells in both.
    case runs
    /// Two systems of one run.
    case systems(a: String, b: String)
    /// Cells of one run that differ in one setting, from the one that all others differ from least:
    /// what each choice gives (matrix key `one-at-a-time`). Columns with the first value of each.
    case settings([String: String])
    /// Two programs that one run measured side by side (`portals bench --against`).
    case builds

    /// Settings of the column `build` that a run of two programs has.
    public static let baseline = "baseline"
    /// The baseline once more, which says what equals differ by.
    public static let baselineAgain = "baseline-again"
    public static let candidate = "candidate"
    /// The column.
    public static let column = "build"
}

/// A comparison of B with A.
public struct Comparison: Sendable {
    /// What A and B are, in words.
    public let names: (a: String, b: String)
    public let cells: [ComparedCell]
    /// Cells, in words, that one side lacks or that have too few trials.
    public let notCompared: [String]
    /// Trials with a wrong answer, on either side.
    public let wrong: Int
    /// Differences up to this share count as none.
    public let delta: Double

    /// Differences up to a hundredth are none unless told otherwise.
    public static let deltaDefault = 0.01

    /// Why two sides cannot be compared.
    public struct Fault: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Compares two runs, or two parts of one.
    ///
    /// - Parameters:
    ///   - a: the run of A; `b` that of B, the same one unless `by` is `.runs`.
    /// - Errors: `Fault` if nothing is there on both sides.
    public init(
        _ a: RecordedRun, _ b: RecordedRun, by: ComparedBy, delta: Double = deltaDefault
    ) throws(Fault) {
        self.delta = delta
        let sides = Sides(a, b, by)
        names = sides.names
        guard !sides.a.isEmpty, !sides.b.isEmpty else {
            throw Fault(
                description: "\(sides.a.isEmpty ? sides.names.a : sides.names.b) has no trial; "
                    + "'results.csv' says what there is")
        }
        let rows = sides.a + sides.b + sides.again
        wrong = rows.count { if case .answered(.wrong) = $0.row.status { true } else { false } }
        var cells: [ComparedCell] = []
        var missing: [String] = []
        let again = sides.again.grouped(by)
        let matches: [Match]
        if case .settings(let varied) = by {
            matches = Self.ablations(sides.a.grouped(by), varied: varied)
        } else {
            matches = Self.matched(sides.a.grouped(by), sides.b.grouped(by), by)
        }
        for (key, below, above) in matches {
            guard let below, let above else {
                missing.append("\(key.text): only in \(below == nil ? names.b : names.a)")
                continue
            }
            let cell = ComparedCell(
                name: key.name, regime: key.regime,
                guarantees: (below[0].row.guarantee, above[0].row.guarantee),
                a: below.compactMap { $0.sample() },
                b: above.compactMap { $0.sample() },
                again: (again[key] ?? []).compactMap { $0.sample() },
                seconds: Quantile.median((below + above).compactMap(\.row.figures.seconds)))
            if cell.ratio == nil {
                missing.append(
                    "\(key.text): \(cell.trials.a) and \(cell.trials.b) trials that count; a ratio "
                        + "needs \(HierarchicalBootstrap.processesMin) a side")
            } else {
                cells.append(cell)
            }
        }
        let adjusted = FalseDiscovery.adjusted(cells.compactMap { $0.ratio?.pValue })
        for index in cells.indices {
            guard let ratio = cells[index].ratio else { continue }
            cells[index].adjusted = adjusted[index]
            // Without a floor equals are not known: nothing may be said.
            cells[index].verdict =
                cells[index].floor.map {
                    Verdict(ratio, adjusted: adjusted[index], floor: $0, delta: delta)
                } ?? .undecided
        }
        self.cells = cells
        notCompared = missing
    }

    private typealias Match = (key: CellKey, a: [PlacedRow]?, b: [PlacedRow]?)

    /// For each group of cells that differ in the varied settings only: every other cell against
    /// the one in their middle.
    private static func ablations(
        _ cells: [CellKey: [PlacedRow]], varied: [String: String]
    ) -> [Match] {
        var matches: [Match] = []
        let groups = Dictionary(grouping: cells.keys) { $0.without(Set(varied.keys)) }
        for keys in groups.values {
            // Two cells are both in the middle: then it is the one with the first values.
            let ranks = keys.map { key in
                (
                    distance: keys.reduce(0) { $0 + key.differences(from: $1).count },
                    others: varied.count { key.axes[$0.key] != $0.value }, name: key.text, key: key
                )
            }
            let middle = ranks.min {
                ($0.distance, $0.others, $0.name) < ($1.distance, $1.others, $1.name)
            }?.key
            guard let middle else { continue }
            for key in keys where key != middle {
                matches.append((key.marked(against: middle), cells[middle], cells[key]))
            }
        }
        return matches.sorted { $0.key < $1.key }
    }

    /// Cells that are on both sides, and those that are not, in an order for readers.
    ///
    /// Two systems rarely know the same axes: of theirs those match that agree in all that both
    /// know.
    private static func matched(
        _ left: [CellKey: [PlacedRow]], _ right: [CellKey: [PlacedRow]], _ by: ComparedBy
    ) -> [Match] {
        var matches: [Match] = []
        var found: (a: Set<CellKey>, b: Set<CellKey>) = ([], [])
        for (below, rows) in left {
            for (above, others) in right {
                if case .systems = by {
                    guard below.agrees(with: above) else { continue }
                } else {
                    guard below == above else { continue }
                }
                found.a.insert(below)
                found.b.insert(above)
                matches.append((below.joined(above), rows, others))
            }
        }
        matches += left.filter { !found.a.contains($0.key) }.map { ($0.key, $0.value, nil) }
        matches += right.filter { !found.b.contains($0.key) }.map { ($0.key, nil, $0.value) }
        return matches.sorted { $0.key < $1.key }
    }

    /// 3 if an answer was wrong, else 2 if a cell became slower, 5 if one is undecided or could
    /// not be compared, 4 if one became faster, 0 if all are equal.
    public var exitStatus: Int32 {
        if wrong > 0 { return 3 }
        let verdicts = cells.compactMap(\.verdict)
        if verdicts.contains(.slower) { return 2 }
        if verdicts.contains(.undecided) || cells.isEmpty || !notCompared.isEmpty { return 5 }
        return verdicts.contains(.faster) ? 4 : 0
    }
}

/// Rows of both sides.
private struct Sides {
    var names: (a: String, b: String)
    var a: [PlacedRow]
    var b: [PlacedRow]
    /// Those of A measured twice.
    var again: [PlacedRow] = []

    init(_ runA: RecordedRun, _ runB: RecordedRun, _ by: ComparedBy) {
        let left = runA.rows.map { PlacedRow(run: runA, row: $0) }
        let right = runB.rows.map { PlacedRow(run: runB, row: $0) }
        switch by {
        case .runs:
            names = (runA.path, runB.path)
            a = left
            b = right
        case .settings:
            names = ("the first settings", "the same but for what each line names")
            a = left
            b = right
        case .systems(let first, let second):
            names = (first, second)
            a = left.filter { $0.row.system == first }
            b = right.filter { $0.row.system == second }
        case .builds:
            names = (ComparedBy.baseline, ComparedBy.candidate)
            func rows(_ build: String) -> [PlacedRow] {
                left.filter { $0.row.axes[ComparedBy.column] == build }
            }
            a = rows(ComparedBy.baseline)
            b = rows(ComparedBy.candidate)
            again = rows(ComparedBy.baselineAgain)
        }
    }
}

/// A row and where it came from.
private struct PlacedRow {
    var run: RecordedRun
    var row: ResultRow

    func sample() -> ProcessSample? {
        row.sample(intervals: run.intervals(of: row))
    }
}

extension [PlacedRow] {
    fileprivate func grouped(_ by: ComparedBy) -> [CellKey: [PlacedRow]] {
        Dictionary(grouping: self) { CellKey($0.row, by) }
    }
}

/// A cell without what differs.
private struct CellKey: Hashable, Comparable {
    var workload: String
    /// Nil where it is what differs.
    var system: String?
    var workers: Int
    var axes: [String: String]
    /// What differs, in words; nil where that is the same for all.
    var change: String?
    /// A wrong or failed trial has none: it stands alone, and nothing is compared with it.
    var regime: Regime?

    init(_ row: ResultRow, _ by: ComparedBy) {
        workload = row.workload
        if case .systems = by { system = nil } else { system = row.system }
        workers = row.workers
        axes = row.axes
        axes["atom"] = row.atomSize.map { String($0) }
        axes[ComparedBy.column] = nil
        regime = row.status.counts ? Regime(row) : nil
    }

    var name: String {
        change.map { "\(workload): \($0) (\(settings))" } ?? settings
    }

    private var settings: String {
        ([workload] + (system.map { [$0] } ?? []) + ["workers \(workers)"]
            + axes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })
            .joined(separator: " · ")
    }

    var text: String { regime.map { "\(name) · \($0.rawValue)" } ?? name }

    func agrees(with other: CellKey) -> Bool {
        workload == other.workload && workers == other.workers && regime == other.regime
            && axes.allSatisfy { name, value in other.axes[name].map { $0 == value } ?? true }
    }

    /// The group that it is in, where these columns are varied.
    func without(_ columns: Set<String>) -> CellKey {
        var key = self
        key.axes = axes.filter { !columns.contains($0.key) }
        return key
    }

    func differences(from other: CellKey) -> [String] {
        Set(axes.keys).union(other.axes.keys).filter { axes[$0] != other.axes[$0] }.sorted()
    }

    /// With what differs in front.
    func marked(against middle: CellKey) -> CellKey {
        var key = self
        let changes = differences(from: middle).map { name in
            "\(name) \(axes[name] ?? "none") for \(middle.axes[name] ?? "none")"
        }
        key.change = changes.joined(separator: ", ")
        key.axes = middle.axes
        return key
    }

    /// With the axes of both.
    func joined(_ other: CellKey) -> CellKey {
        var key = self
        key.axes.merge(other.axes) { own, _ in own }
        return key
    }

    static func < (left: CellKey, right: CellKey) -> Bool {
        left.text.compare(right.text, options: .numeric) == .orderedAscending
    }
}
