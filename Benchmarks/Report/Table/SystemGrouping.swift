// The rows of a run by cell and regime, and which of them belong together: the reference of a cell,
// and the same system with other numbers of workers.

/// Rows of one run, grouped.
struct SystemGrouping {
    struct Group {
        let cell: SystemComparison.Cell
        let regime: Regime?
        let trials: [ResultRow]
        let wrong: Int
        let failed: Int
        /// All settings, those that all rows share too.
        let settings: [String: String]

        var rates: [Double] { trials.compactMap(\.figures.eventsPerSecond) }
        var samples: [ProcessSample] { trials.compactMap { $0.sample() } }
    }

    /// Groups that are alike in all but the number of workers.
    struct Family: Hashable {
        private let cell: SystemComparison.Cell
        private let settings: [String: String]
        private let regime: Regime?

        init(_ group: Group) {
            var cell = group.cell
            cell.workers = 0
            self.cell = cell
            settings = group.settings
            regime = group.regime
        }
    }

    let groups: [Group]
    /// Settings that are the same in all rows that have them.
    let common: [String: String]

    init(rows: [ResultRow]) {
        let common = rows.commonSettings
        self.common = common
        var order: [Key] = []
        var members: [Key: [ResultRow]] = [:]
        for row in rows {
            let key = Key(row, common: common)
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(row)
        }
        groups = order.flatMap { Self.groups($0, members[$0] ?? []) }
    }

    private struct Key: Hashable {
        var cell: SystemComparison.Cell
        var settings: [String: String]

        init(_ row: ResultRow, common: [String: String]) {
            settings = row.axes.filter { $0.key != Guarantee.column }
            cell = SystemComparison.Cell(
                workload: row.workload,
                settings: settings.filter { common[$0.key] == nil }, atomSize: row.atomSize,
                system: row.system, version: row.version, workers: row.workers,
                guarantee: row.guaranteeText)
        }
    }

    /// One group for each regime of the trials of a cell; the void ones stand in the first.
    private static func groups(_ key: Key, _ rows: [ResultRow]) -> [Group] {
        let counting = rows.filter(\.status.counts)
        let wrong = rows.count {
            if case .answered(.wrong) = $0.status { true } else { false }
        }
        let failed = rows.count { if case .failed = $0.status { true } else { false } }
        let present = Set(counting.map { Regime($0) })
        let all: [Regime?] = [nil] + Regime.allCases
        let regimes = counting.isEmpty ? [nil] : all.filter { present.contains($0) }
        return regimes.enumerated().map { index, regime in
            Group(
                cell: key.cell, regime: regime,
                trials: counting.filter { Regime($0) == regime },
                wrong: index == 0 ? wrong : 0, failed: index == 0 ? failed : 0,
                settings: key.settings)
        }
    }

    /// The group of `system` that `group` is to be compared with; nil for the system itself, and
    /// where there is none.
    ///
    /// Equal in all that both know; with as many workers, else with one; in the same regime, which
    /// one worker has none of; with the same guarantee if there is such a group. Where several
    /// settings of the reference fit, its fastest counts.
    func reference(for group: Group, named system: String) -> Group? {
        guard group.cell.system != system else { return nil }
        let fitting = groups.filter { other in
            other.cell.system == system && other.cell.workload == group.cell.workload
                && Self.agrees(other.cell.atomSize, group.cell.atomSize)
                && other.settings.allSatisfy { name, value in
                    Self.isOfJournal(name)
                        || (group.settings[name].map { $0 == value } ?? true)
                }
                && !other.rates.isEmpty
        }
        let equal = fitting.filter {
            $0.cell.workers == group.cell.workers && $0.regime == group.regime
        }
        // A system of several workers is not set against the one of another number of them, unless
        // it never has more than one: then it is a single thread.
        let isSingle = fitting.allSatisfy { $0.cell.workers == 1 }
        let candidates = equal.isEmpty && isSingle ? fitting : equal
        let same = candidates.filter { $0.cell.guarantee == group.cell.guarantee }
        return (same.isEmpty ? candidates : same).max {
            (Quantile.median($0.rates) ?? 0) < (Quantile.median($1.rates) ?? 0)
        }
    }

    /// How the system of `group` does with more workers: one answer for each regime of its groups
    /// of several, or that of the group itself.
    func scaling(of group: Group, singleThread: String) -> [SystemComparison.Scaling] {
        let family = groups.filter { other in
            other.cell.workload == group.cell.workload && other.cell.system == group.cell.system
                && other.cell.version == group.cell.version
                && other.cell.guarantee == group.cell.guarantee
                && other.cell.atomSize == group.cell.atomSize && other.settings == group.settings
                && !other.rates.isEmpty
        }
        guard !family.isEmpty else { return [] }
        let regimes = Set(family.compactMap(\.regime))
        var wanted: [Regime?] = [group.regime]
        if group.regime == nil, !regimes.isEmpty {
            wanted = Regime.allCases.filter { regimes.contains($0) }.map { $0 }
        }
        return wanted.map { regime in
            var rates: [Int: [Double]] = [:]
            var samples: [Int: [ProcessSample]] = [:]
            for member in family where member.regime == nil || member.regime == regime {
                rates[member.cell.workers, default: []] += member.rates
                samples[member.cell.workers, default: []] += member.samples
            }
            let loop = reference(
                for: Group(
                    cell: group.cell, regime: nil, trials: group.trials, wrong: 0, failed: 0,
                    settings: group.settings), named: singleThread)
            let law: Result<UniversalScalability, UniversalScalability.Refusal>
            do throws(UniversalScalability.Refusal) {
                law = .success(try UniversalScalability(rates))
            } catch {
                law = .failure(error)
            }
            return SystemComparison.Scaling(
                regime: regime,
                outperforming: loop.flatMap { OutperformingWorkers(samples, over: $0.samples) },
                isOutperformingAcrossGuarantees: loop.map {
                    $0.cell.guarantee != group.cell.guarantee
                } ?? false,
                law: law, medians: rates.compactMapValues(Quantile.median))
        }
    }

    private static func agrees(_ left: Int?, _ right: Int?) -> Bool {
        left == nil || right == nil || left == right
    }

    /// Settings that follow from the guarantee, which is compared by itself.
    private static func isOfJournal(_ name: String) -> Bool {
        name.hasPrefix("commit_") || name.hasPrefix("snapshot_")
    }
}

extension ResultRow {
    /// What the system promises in this trial; in runs of before that was said, what the journal's
    /// mode comes to. Empty where nothing is known.
    var guaranteeText: String {
        guarantee.isEmpty
            ? axes[Guarantee.column].flatMap(Guarantee.init(journal:))?.rawValue ?? ""
            : guarantee
    }
}
