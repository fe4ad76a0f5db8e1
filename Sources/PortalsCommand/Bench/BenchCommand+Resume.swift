// `portals bench --resume`: the run as it was started, on the same machine, without what is done.
import ArgumentParser
import Foundation
import Harness
import Report

extension BenchCommand {
    /// The command that started the run of a folder.
    static func resumed(_ folder: String) throws -> BenchCommand {
        let run = try environment(of: folder)
        // The program and its subcommand come first.
        let arguments = Array(run.command.dropFirst(2))
        guard var command = try? BenchCommand.parse(arguments) else {
            throw Exit.usage([
                "--resume: \(folder) was started with flags that this program does not know: "
                    + arguments.joined(separator: " ")
            ])
        }
        guard command.against == nil, !command.findCapacity else {
            let flag = command.findCapacity ? "--find-capacity" : "--against"
            throw Exit.usage([
                "--resume: \(folder) is of \(flag)"
                    + ", which can't go on: the search, or the other program, is gone; start anew"
            ])
        }
        // What was drawn then, and where it went.
        command.seed = String(run.matrix.seed)
        command.output = folder
        return command
    }

    private static func environment(of folder: String) throws -> EnvironmentRecord {
        let run = try RunReader.read(folder: folder, trialFiles: .none)
        guard let environment = try RunReader.environment(of: run) else {
            throw Exit.usage([
                "--resume: \(folder) has no environment.json, which says what was run"
            ])
        }
        return environment
    }

    /// Goes on with the run of `folder`.
    func run(continuing folder: String) throws {
        let plan = try plan()
        let then = try Self.environment(of: folder)
        let differences = then.differences(from: record(plan))
        guard differences.isEmpty else {
            throw Exit.usage(
                ["--resume: \(folder) can't go on here, its trials would not be alike:"]
                    + differences.map { "  \($0)" } + ["start a new run"])
        }
        let reopened: (folder: RunFolder, rows: [ResultRow])
        do {
            reopened = try RunFolder.reopen(folder, schema: plan.schema)
        } catch {
            throw Exit.usage(["--resume: \(error)"])
        }
        Exit.say("\(reopened.rows.count) of \(plan.trialCount) trials are done")
        let journals = JournalFolder(
            path: journalDirectory ?? folder, keepsAll: keepJournals)
        try finish(
            plan, Started(folder: reopened.folder, journals: journals), done: reopened.rows)
    }
}
