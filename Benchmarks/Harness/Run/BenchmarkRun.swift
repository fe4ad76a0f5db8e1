// A run: block by block, trial by trial, every end of a trial a row on disk.
import Report

/// What a run came to.
public struct RunOutcome: Sendable, Equatable {
    /// All rows, those of an earlier part of the run first.
    public var rows: [ResultRow] = []
    public var wasInterrupted = false

    /// An outcome of these rows.
    public init(rows: [ResultRow] = [], wasInterrupted: Bool = false) {
        self.rows = rows
        self.wasInterrupted = wasInterrupted
    }

    /// Trials whose answer was wrong.
    public var wrong: Int {
        rows.count { if case .answered(.wrong) = $0.status { true } else { false } }
    }

    /// Trials that crashed, ran out of time or threw.
    public var failed: Int {
        rows.count { if case .failed = $0.status { true } else { false } }
    }

    /// 3 if an answer was wrong, else 130 after an interruption, else 1 if a trial failed, else 0.
    public var exitStatus: Int32 {
        if wrong > 0 { return 3 }
        if wasInterrupted { return 130 }
        return failed > 0 ? 1 : 0
    }
}

/// Runs the trials of a plan.
public struct BenchmarkRun {
    private let plan: Plan
    private let runner: TrialRunner
    private let folder: RunFolder
    private var progress: ProgressLine
    private let isInterrupted: () -> Bool

    /// A run of `plan` into `folder`, with the journals of its trials in `journals`.
    public init(
        plan: Plan, launcher: any TrialLauncher, folder: RunFolder, journals: JournalFolder,
        progress: ProgressLine, isInterrupted: @escaping () -> Bool
    ) {
        self.plan = plan
        runner = TrialRunner(
            launcher: launcher, folder: folder, journals: journals, isInterrupted: isInterrupted)
        self.folder = folder
        self.progress = progress
        self.isInterrupted = isInterrupted
    }

    private struct Trial {
        var block: Int
        var position: Int
        var cell: Int
    }

    /// Runs all trials that `done` has no row of, in the order of the plan.
    ///
    /// - Throws: `RunFolder.Fault` if results cannot be written any more.
    public mutating func execute(done: [ResultRow] = []) throws(RunFolder.Fault) -> RunOutcome {
        var outcome = RunOutcome(rows: done)
        var estimate = TimeEstimate(guessedSeconds: plan.cells.map(\.estimatedSeconds))
        let trials = remaining(after: done)
        for (index, trial) in trials.enumerated() {
            guard !isInterrupted() else {
                outcome.wasInterrupted = true
                break
            }
            let start = ProcessMeter.monotonicNanoseconds()
            let row = run(
                trial, left: trials[(index + 1)...].map(\.cell), estimate: estimate, start: start)
            guard let row else {
                outcome.wasInterrupted = true
                break
            }
            estimate.ended(
                cell: trial.cell,
                seconds: Double(ProcessMeter.monotonicNanoseconds() - start) / 1e9)
            try folder.append(row)
            outcome.rows.append(row)
            if !row.status.counts {
                progress.note(
                    "\(plan.cells[trial.cell].description) · seed \(row.seed): \(row.status.text)")
            }
        }
        progress.clear()
        return outcome
    }

    /// The trials that have no row yet. A block's seed and the cell's settings name a trial.
    private func remaining(after done: [ResultRow]) -> [Trial] {
        var trials: [Trial] = []
        for (block, order) in plan.blocks.enumerated() {
            for (position, cell) in order.enumerated() {
                let seed = plan.configuration(cell: cell, block: block).seed
                let expected = plan.cells[cell]
                let isDone = done.contains { row in
                    row.seed == seed && row.workload == expected.configuration.workload
                        && row.system == expected.configuration.system
                        && row.workers == expected.configuration.workers
                        && row.atomSize == expected.atomSize && row.axes == expected.axes
                }
                if !isDone { trials.append(Trial(block: block, position: position, cell: cell)) }
            }
        }
        return trials
    }

    /// Runs one trial; nil if the user stopped it.
    private mutating func run(
        _ trial: Trial, left: [Int], estimate: TimeEstimate, start: UInt64
    ) -> ResultRow? {
        let cell = plan.cells[trial.cell]
        let configuration = plan.configuration(cell: trial.cell, block: trial.block)
        let total = plan.trialCount
        let number = total - left.count
        let after = estimate.seconds(left: left)
        let own = estimate.seconds(cell: trial.cell)
        let head = "\(number)/\(total) · block \(trial.block + 1)/\(plan.repetitions)"
        let name = cell.text(leavingOut: plan.commonColumns)
        var progress = progress
        func show() {
            let now = ProcessMeter.monotonicNanoseconds()
            let seconds = after + max(0, own - Double(now - start) / 1e9)
            progress.show(
                "\(head) · \(Figure.duration(seconds: seconds)) left · \(name)",
                nowNanoseconds: now)
        }
        show()
        let ended = runner.run(
            cell, configuration,
            name: folder.trialName(
                block: trial.block, position: trial.position, configuration: configuration),
            paddingBytes: plan.environmentPadding(block: trial.block, position: trial.position),
            tick: show)
        self.progress = progress
        return ended?.row
    }
}
