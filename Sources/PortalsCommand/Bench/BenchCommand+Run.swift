// Running the plan of `portals bench`: folder, environment, trials, table, comparison.
import ArgumentParser
import Baselines
import Foundation
import Harness
import Report

extension BenchCommand {
    /// Measures the plan, of all programs, into a new folder.
    func measure(_ plan: Plan, against baseline: Baseline?) throws {
        let programs = try baseline?.programs() ?? [:]
        let run = try start(plan)
        try finish(plan, run, done: [], programs: programs, baseline: baseline)
    }

    /// A run's folder, and where its journals go.
    struct Started {
        var folder: RunFolder
        var journals: JournalFolder
    }

    /// Makes the folder of a run with its environment, and says what is about to be done.
    func start(_ plan: Plan) throws -> Started {
        var environment = record(plan)
        for line in plan.leftOut { Exit.say(line) }
        let folder: RunFolder
        let journals: JournalFolder
        do {
            folder = try RunFolder(
                creating: output ?? defaultFolder(host: environment.machine.host),
                schema: plan.schema)
            journals = JournalFolder(
                path: journalDirectory ?? folder.path, keepsAll: keepJournals)
            if plan.cells.contains(where: { $0.configuration.journal != .none }) {
                try journals.make()
                environment.journalStorage = EnvironmentReader().storage(directory: journals.path)
            }
            environment.warnings = EnvironmentReader().warnings(environment, folder: folder.path)
            try folder.write(environment)
        } catch {
            throw Exit.usage([error.description])
        }
        for warning in environment.warnings ?? [] { Exit.say("warning: \(warning)") }
        if !findCapacity {
            Exit.say(
                "\(plan.trialCount) trials of \(plan.cells.count) cells, about "
                    + "\(Figure.duration(seconds: plan.estimatedSeconds)), order and events from "
                    + "--seed \(plan.seed)")
        }
        return Started(folder: folder, journals: journals)
    }

    /// Runs what `done` has no row of, and tells what it all came to.
    func finish(
        _ plan: Plan, _ run: Started, done: [ResultRow], programs: [String: String] = [:],
        baseline: Baseline? = nil
    ) throws {
        let folder = run.folder
        Interruption.catchSignals()
        var benchmark = BenchmarkRun(
            plan: plan, launcher: Wiring.launcher(programs: programs), folder: folder,
            journals: run.journals, progress: .standardError(),
            isInterrupted: { Interruption.isRequested })
        let outcome: RunOutcome
        do {
            outcome = try benchmark.execute(done: done)
            let table = ResultTable(rows: outcome.rows, headings: plan.headings)
            try folder.write(table)
            if !outcome.rows.isEmpty { print(table.text, terminator: "") }
        } catch {
            Exit.say("error: \(error)")
            throw ExitCode(1)
        }
        if outcome.wasInterrupted {
            Exit.say(
                "interrupted after \(outcome.rows.count) of \(plan.trialCount) trials; go on with: "
                    + "portals bench --resume \(folder.path)")
        }
        if outcome.wrong > 0 { Exit.say("\(outcome.wrong) wrong answers: those trials are void") }
        if outcome.failed > 0 {
            Exit.say("\(outcome.failed) trials failed: see verified in the CSV")
        }
        print("\nResults: \(folder.path)/results.csv")
        if keepJournals {
            for journal in run.journals.kept(with: RecordedTrial.fileName) {
                print("Journal: \(journal)")
            }
        }
        if outcome.exitStatus != 0 { throw ExitCode(outcome.exitStatus) }
        if let baseline { try compare(folder, baseline) }
    }

    private func compare(_ folder: RunFolder, _ baseline: Baseline) throws {
        let comparison: Comparison
        do {
            let measured = try RunReader.read(folder: folder.path, trialFiles: .series)
            switch baseline {
            case .program, .commit: comparison = try Comparison(measured, measured, by: .builds)
            case .run(let run): comparison = try Comparison(run, measured, by: .runs)
            }
        } catch let fault as Comparison.Fault {
            throw Exit.usage([fault.description])
        }
        print("\n" + comparison.text, terminator: "")
        if comparison.exitStatus != 0 { throw ExitCode(comparison.exitStatus) }
    }

    func record(_ plan: Plan) -> EnvironmentRecord {
        let reader = EnvironmentReader()
        return EnvironmentRecord(
            startedAt: Date.now.formatted(.iso8601), command: CommandLine.arguments,
            matrix: plan.record, machine: reader.machine(),
            build: reader.build(sourceFolder: SourceFolder.path ?? "."))
    }

    private func defaultFolder(host: String?) -> String {
        let style = Date.VerbatimFormatStyle(
            format: """
                \(year: .padded(4))\(month: .twoDigits)\(day: .twoDigits)-\
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))\
                \(minute: .twoDigits)\(second: .twoDigits)
                """, timeZone: .current, calendar: Calendar(identifier: .gregorian))
        let name = (host ?? "unknown-host").replacing("/", with: "-")
        return "Results/\(Date.now.formatted(style))-\(name)"
    }
}
