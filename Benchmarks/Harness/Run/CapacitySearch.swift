// The highest rate that a system sustains while a percentile of its latency keeps a bound.
import Foundation
import Report

/// What a search found for one cell.
public struct Capacity: Sendable {
    public let cell: String
    /// The highest rate at which the objective was met, in events a second; nil if it was at none.
    public let eventsPerSecond: Double?
    /// The lowest rate above that at which it was not; nil if it was at all.
    public let missedAt: Double?
    /// What it served without a rate.
    public let saturatedEventsPerSecond: Double?
    /// Trials that were run.
    public let trials: Int
    /// Why there is no rate.
    public let reason: String?
}

/// Searches the capacity of each cell of a plan whose system knows the axis `rate`.
///
/// The system is saturated first: nobody sustains more. Then the range is halved until its ends are
/// within a twentieth. A rate is sustained if the objective is met at 99 % confidence, and 99 in
/// 100 events of the rate were served; a trial with too few samples is repeated with a window of
/// four times the length, twice at the most. A rate that fails is tried once more: one stall of the
/// machine is not the system's limit. Each trial is a row of the run.
public struct CapacitySearch {
    private let plan: Plan
    private let runner: TrialRunner
    private let folder: RunFolder
    private var progress: ProgressLine
    private let objective: LatencyObjective
    private let isInterrupted: () -> Bool
    private var trialCount = 0
    private var rows: [ResultRow] = []

    /// The ends of the range are this near each other at the end.
    static let precision = 1.05
    /// Of the events of a rate so many must be served: else the queue grows without end.
    static let servedShare = 0.99
    /// Below a thousandth of the saturated rate the search gives up.
    static let leastShare = 1e-3
    /// Windows grow by this where samples are too few, so often.
    static let longer = 4.0
    static let longerTimes = 2

    /// A search over the cells of `plan`, with its rows in `folder`.
    public init(
        plan: Plan, objective: LatencyObjective, launcher: any TrialLauncher, folder: RunFolder,
        journals: JournalFolder, progress: ProgressLine, isInterrupted: @escaping () -> Bool
    ) {
        self.plan = plan
        self.objective = objective
        self.folder = folder
        self.progress = progress
        self.isInterrupted = isInterrupted
        runner = TrialRunner(
            launcher: launcher, folder: folder, journals: journals, isInterrupted: isInterrupted)
    }

    /// Searches all cells; what was found until the user stopped it.
    ///
    /// - Throws: `RunFolder.Fault` if results cannot be written.
    public mutating func execute() throws(RunFolder.Fault) -> [Capacity] {
        var found: [Capacity] = []
        for index in plan.cells.indices {
            guard let capacity = try search(index) else { break }
            found.append(capacity)
        }
        progress.clear()
        return found
    }

    /// What its trials came to.
    public var outcome: RunOutcome { RunOutcome(rows: rows) }

    private mutating func search(_ index: Int) throws(RunFolder.Fault) -> Capacity? {
        let cell = plan.cells[index]
        let first = trialCount
        func capacity(
            _ rate: Double?, _ missed: Double?, _ saturated: Double?, _ reason: String? = nil
        ) -> Capacity {
            Capacity(
                cell: cell.description, eventsPerSecond: rate, missedAt: missed,
                saturatedEventsPerSecond: saturated, trials: trialCount - first, reason: reason)
        }
        guard let free = try trial(index, rate: nil, lengthened: 1) else { return nil }
        guard let saturated = free.row.figures.eventsPerSecond else {
            return capacity(nil, nil, nil, free.row.status.text)
        }
        var met: Double?
        var missed: Double?
        var last = ""
        while true {
            let rate: Double
            switch (met, missed) {
            case (nil, nil): rate = saturated * 0.8
            case (let met?, let missed?):
                if missed / met <= Self.precision {
                    return capacity(met, missed, saturated)
                }
                rate = (met * missed).squareRoot()
            case (let met?, nil):
                // Nothing is sustained above what was served without a rate.
                if met >= saturated { return capacity(met, nil, saturated) }
                rate = min(saturated, met * 1.2)
            case (nil, let missed?):
                rate = missed / 2
                if rate < saturated * Self.leastShare {
                    return capacity(nil, missed, saturated, last)
                }
            }
            guard let outcome = try isSustained(index, rate) else { return nil }
            if outcome.isMet { met = rate } else { missed = rate }
            last = outcome.reason
        }
    }

    private typealias Judged = (isMet: Bool, reason: String)

    /// Whether a rate is sustained; nil if the user stopped the trial.
    private mutating func isSustained(
        _ index: Int, _ rate: Double
    ) throws(RunFolder.Fault) -> Judged? {
        var judged: Judged = (false, "")
        for _ in 0..<2 {
            var lengthened = 1.0
            for _ in 0...Self.longerTimes {
                guard let ended = try trial(index, rate: rate, lengthened: lengthened) else {
                    return nil
                }
                guard let measurement = ended.measurement, measurement.verified.counts else {
                    judged = (false, ended.row.status.text)
                    break
                }
                let served = ended.row.figures.eventsPerSecond ?? 0
                let outcome = measurement.histogram.map(objective.outcome) ?? .tooFewSamples
                if served < rate * Self.servedShare {
                    judged = (
                        false, "served \(Figure.text(served)) of \(Figure.text(rate)) a second"
                    )
                    break
                }
                judged = (outcome == .met, "\(objective.text) \(outcome.rawValue)")
                if outcome != .tooFewSamples { break }
                lengthened *= Self.longer
            }
            if judged.isMet { break }
        }
        return judged
    }

    private mutating func trial(
        _ index: Int, rate: Double?, lengthened: Double
    ) throws(RunFolder.Fault) -> TrialRunner.Ended? {
        if isInterrupted() { return nil }
        let block = trialCount
        trialCount += 1
        let cell = plan.cells[index].atRate(rate, lengthened: lengthened)
        var configuration = cell.configuration
        configuration.seed = plan.seed &+ UInt64(block)
        var progress = progress
        func show() {
            let load = rate.map { Figure.text($0) + " a second" } ?? "saturated"
            progress.show(
                "trial \(block + 1) · \(load) · \(cell.description)",
                nowNanoseconds: ProcessMeter.monotonicNanoseconds())
        }
        show()
        let ended = runner.run(
            cell, configuration,
            name: folder.trialName(block: block, position: 0, configuration: configuration),
            paddingBytes: plan.environmentPadding(block: block, position: 0), tick: show)
        self.progress = progress
        if let ended {
            try folder.append(ended.row)
            rows.append(ended.row)
        }
        return ended
    }
}

extension Cell {
    /// The cell at a rate, with a window of so many times its length.
    func atRate(_ rate: Double?, lengthened: Double) -> Cell {
        var cell = self
        cell.configuration.ratePerSecond = rate
        cell.axes[Axis.rate.column] = rate.map { "\($0)" }
        if rate == nil { cell.axes[Axis.arrivals.column] = nil }
        if case .seconds(let seconds) = configuration.length {
            cell.configuration.length = .seconds(seconds * lengthened)
            cell.timeOutSeconds *= lengthened
        }
        return cell
    }
}
