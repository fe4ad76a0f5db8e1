// One trial from its order to its row: journal, process, log, the trial's own files.
import Report

/// Runs trials of a run, one at a time.
struct TrialRunner {
    let launcher: any TrialLauncher
    let folder: RunFolder
    let journals: JournalFolder
    let isInterrupted: () -> Bool

    /// What a trial came to.
    struct Ended {
        var row: ResultRow
        /// Nil if it failed.
        var measurement: TrialMeasurement?
    }

    /// Runs one trial; nil if the user stopped it. The row is not written yet.
    func run(
        _ cell: Cell, _ trial: TrialConfiguration, name: String, paddingBytes: Int,
        tick: () -> Void
    ) -> Ended? {
        var configuration = trial
        let logPath = folder.logPath(name)
        func ended(
            _ status: TrialStatus, _ measurement: TrialMeasurement? = nil
        ) -> Ended {
            let version = measurement.map(\.version) ?? ""
            let row = ResultRow(
                workload: configuration.workload, system: configuration.system,
                version: version.isEmpty ? cell.version : version,
                workers: configuration.workers, atomSize: cell.atomSize, axes: cell.axes,
                seed: configuration.seed, trial: name, guarantee: cell.guarantee,
                figures: measurement?.figures ?? TrialFigures(), status: status)
            return Ended(row: row, measurement: measurement)
        }
        do {
            try journals.give(to: &configuration)
        } catch {
            return ended(.failed("\(error)"))
        }
        defer { journals.remove(of: configuration) }
        let order = TrialOrder(
            request: TrialRequest(
                configuration: configuration, timeOutSeconds: cell.timeOutSeconds),
            logPath: logPath, environmentPaddingBytes: paddingBytes)
        switch launcher.run(order, tick: tick, isInterrupted: isInterrupted) {
        case .interrupted:
            return nil
        case .failed(let reason):
            folder.finishLog(logPath, notes: [])
            return ended(.failed(reason))
        case .measured(let measurement):
            var notes = measurement.notes
            if measurement.verified.counts {
                folder.writeTrial(name, measurement) { notes.append($0) }
            }
            folder.finishLog(logPath, notes: notes)
            return ended(.answered(measurement.verified), measurement)
        }
    }
}
