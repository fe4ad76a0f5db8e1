// Trials of one cell in one regime, brought down to one line of the table.

/// One line of the table: the trials of one cell that ran in one regime.
public struct ResultSummary: Sendable, Equatable {
    public let workload: String
    /// Settings of the further axes, those that are the same in all rows of the run left out.
    public let settings: [String: String]
    public let atomSize: Int?
    public let system: String
    public let version: String
    public let workers: Int
    /// What survives a crash, as the rows say it; empty where they say nothing.
    public let guarantee: String
    /// Nil with one worker.
    public let regime: Regime?
    /// Trials that count, so neither wrong nor failed.
    public let trials: Int
    public let wrong: Int
    public let failed: Int
    /// Trials among those that count whose answer could not be checked.
    public let notVerifiable: Int
    /// Median, smallest and largest rate of the trials that count.
    public let eventsPerSecond: Double?
    public let eventsPerSecondMin: Double?
    public let eventsPerSecondMax: Double?
    /// The rate over that of the reference system; nil for the reference itself.
    public let ratio: TrialRatio?
    /// Time of the same work over that in memory, equal in all else; nil for that in memory.
    public let timeOverInMemory: TrialRatio?
    /// Medians over the trials of each trial's percentile.
    public let latencyNanosecondsP50: Double?
    public let latencyNanosecondsP99: Double?
    /// Whether a latency was recorded but its samples were too few for p50 or p99.
    public let hasTooFewSamplesP50: Bool
    public let hasTooFewSamplesP99: Bool
    public let allocationsPerEvent: Double?
    /// Median over the trials of what one synchronization of the device takes.
    public let synchronizationNanosecondsP50: Double?
    /// Medians over the trials, of sagas only; dirty reads for each thousand orders.
    public let goodputPerSecond: Double?
    public let compensationNanosecondsP50: Double?
    public let compensationNanosecondsP99: Double?
    public let dirtyReadsPerThousand: Double?
    /// Medians over the trials, of ML serving only; of the rate of each trial over what the same
    /// process served offline.
    public let accuracy: Double?
    public let overOffline: Double?
}

/// The lines of a table, made from the rows of one run.
public struct ResultSummaries: Sendable, Equatable {
    /// Sorted by workload, settings, atom size; in each the reference first, then by system,
    /// workers.
    public let lines: [ResultSummary]
    /// Settings of further axes that are the same in all rows that have them.
    public let commonSettings: [String: String]
    /// The system that the ratios are over.
    public let reference: String

    /// Summarises `rows`; ratios are over the system named `reference`.
    public init(rows: [ResultRow], reference: String = "hand-written") {
        self.reference = reference
        let common = rows.commonSettings
        commonSettings = common
        let groups = Dictionary(grouping: rows) { row in
            Group(
                cell: Cell(row, without: common), regime: row.status.counts ? Regime(row) : nil)
        }
        // A wrong or failed trial has no regime: it joins the regime lines of its cell.
        var lines: [ResultSummary] = []
        func samples(_ group: Group) -> [ProcessSample] {
            (groups[group] ?? []).compactMap { $0.sample() }
        }
        for (cell, members) in Dictionary(grouping: groups.keys, by: \.cell) {
            let counting = members.filter { groups[$0]?.contains { $0.status.counts } == true }
            let voided = members.flatMap { groups[$0] ?? [] }.filter { !$0.status.counts }
            let regimes = counting.isEmpty ? [nil] : counting.map(\.regime)
            let ordered = regimes.sorted { Regime.rank($0) < Regime.rank($1) }
            for (index, regime) in ordered.enumerated() {
                let trials = (groups[Group(cell: cell, regime: regime)] ?? [])
                    .filter { $0.status.counts }
                lines.append(
                    Self.line(
                        cell: cell, regime: regime, trials: trials,
                        voided: index == 0 ? voided : [],
                        references: Self.references(for: cell, in: rows, named: reference),
                        inMemory: cell.inMemory.map { wanted in
                            groups.keys.filter { $0.regime == regime && wanted.isEqual($0.cell) }
                                .flatMap(samples)
                        } ?? []))
            }
        }
        self.lines = lines.sorted { Self.inOrder($0, $1, reference: reference) }
    }

    /// A cell, without the settings that all rows share.
    private struct Cell: Hashable {
        var workload: String
        var system: String
        var version: String
        var workers: Int
        var atomSize: Int?
        var settings: [String: String]
        var allSettings: [String: String]

        init(_ row: ResultRow, without common: [String: String]) {
            workload = row.workload
            system = row.system
            version = row.version
            workers = row.workers
            atomSize = row.atomSize
            settings = row.axes.filter { common[$0.key] == nil && $0.key != Guarantee.column }
            allSettings = row.axes
        }

        var guarantee: Guarantee? {
            allSettings[Guarantee.column].flatMap(Guarantee.init(journal:))
        }

        /// The same work without a journal, so without commits and snapshots; nil if it is.
        var inMemory: Cell? {
            guard let guarantee, guarantee != .inMemory else { return nil }
            var cell = self
            cell.allSettings = allSettings.filter {
                !$0.key.hasPrefix("commit_") && !$0.key.hasPrefix("snapshot_")
            }
            cell.allSettings[Guarantee.column] = "none"
            return cell
        }

        /// Of one system and all its settings.
        func isEqual(_ other: Cell) -> Bool {
            workload == other.workload && system == other.system && version == other.version
                && workers == other.workers && atomSize == other.atomSize
                && allSettings == other.allSettings
        }
    }

    private struct Group: Hashable {
        var cell: Cell
        var regime: Regime?
    }

    /// Rates of the reference for a cell: one worker, and equal in all that both systems know.
    private static func references(
        for cell: Cell, in rows: [ResultRow], named reference: String
    ) -> [ProcessSample] {
        guard cell.system != reference else { return [] }
        return rows.filter { row in
            row.system == reference && row.workload == cell.workload && row.workers == 1
                && row.status.counts
                && (row.atomSize == nil || cell.atomSize == nil || row.atomSize == cell.atomSize)
                && row.axes.allSatisfy { name, value in
                    // The line to be measured against has no journal; the table says so.
                    name == Guarantee.column || cell.allSettings[name].map { $0 == value } ?? true
                }
        }.compactMap { $0.sample() }
    }

    private static func line(
        cell: Cell, regime: Regime?, trials: [ResultRow], voided: [ResultRow],
        references: [ProcessSample], inMemory: [ProcessSample]
    ) -> ResultSummary {
        let rates = trials.compactMap(\.figures.eventsPerSecond)
        let samples = trials.compactMap { $0.sample() }
        let p50 = trials.compactMap(\.figures.latency.nanosecondsP50).map { Double($0) }
        let p99 = trials.compactMap(\.figures.latency.nanosecondsP99).map { Double($0) }
        let recorded = trials.contains { $0.figures.latency.nanosecondsMax != nil }
        return ResultSummary(
            workload: cell.workload, settings: cell.settings, atomSize: cell.atomSize,
            system: cell.system, version: cell.version, workers: cell.workers,
            guarantee: (trials + voided).first?.guaranteeText ?? "", regime: regime,
            trials: trials.count,
            wrong: voided.count {
                if case .answered(.wrong) = $0.status { true } else { false }
            },
            failed: voided.count { if case .failed = $0.status { true } else { false } },
            notVerifiable: trials.count {
                if case .answered(.notVerifiable) = $0.status { true } else { false }
            },
            eventsPerSecond: Quantile.median(rates), eventsPerSecondMin: rates.min(),
            eventsPerSecondMax: rates.max(), ratio: TrialRatio(samples, over: references),
            timeOverInMemory: TrialRatio(inMemory, over: samples),
            latencyNanosecondsP50: Quantile.median(p50),
            latencyNanosecondsP99: Quantile.median(p99),
            hasTooFewSamplesP50: recorded && p50.isEmpty,
            hasTooFewSamplesP99: recorded && p99.isEmpty,
            allocationsPerEvent: Quantile.median(
                trials.compactMap(\.figures.allocationsPerEvent)),
            synchronizationNanosecondsP50: Quantile.median(
                trials.compactMap(\.figures.synchronizationNanosecondsP50).map { Double($0) }),
            goodputPerSecond: Quantile.median(trials.compactMap(\.figures.goodputPerSecond)),
            compensationNanosecondsP50: Quantile.median(
                trials.compactMap(\.figures.compensationNanosecondsP50).map { Double($0) }),
            compensationNanosecondsP99: Quantile.median(
                trials.compactMap(\.figures.compensationNanosecondsP99).map { Double($0) }),
            dirtyReadsPerThousand: Quantile.median(
                trials.compactMap { trial in
                    guard let reads = trial.figures.dirtyReads, let events = trial.figures.events,
                        events > 0
                    else { return nil }
                    return Double(reads) * 1_000 / Double(events)
                }),
            accuracy: Quantile.median(trials.compactMap(\.figures.accuracy)),
            overOffline: Quantile.median(
                trials.compactMap { trial in
                    guard let rate = trial.figures.eventsPerSecond,
                        let offline = trial.figures.offlineEventsPerSecond, offline > 0
                    else { return nil }
                    return rate / offline
                }))
    }

    private static func inOrder(
        _ left: ResultSummary, _ right: ResultSummary, reference: String
    ) -> Bool {
        if left.workload != right.workload { return left.workload < right.workload }
        if left.settings != right.settings {
            return SystemComparison.inOrder(left.settings, right.settings)
        }
        if left.atomSize != right.atomSize { return (left.atomSize ?? 0) < (right.atomSize ?? 0) }
        if left.system != right.system {
            if left.system == reference { return true }
            if right.system == reference { return false }
            return left.system < right.system
        }
        if left.workers != right.workers { return left.workers < right.workers }
        if left.guarantee != right.guarantee {
            return Guarantee.rank(left.guarantee) < Guarantee.rank(right.guarantee)
        }
        return Regime.rank(left.regime) < Regime.rank(right.regime)
    }
}
