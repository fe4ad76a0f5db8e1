// `portals bench`: runs a matrix of trials, writes the results and prints the table.
import ArgumentParser
import Baselines
import Foundation
import Harness
import Report

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure workloads on systems, verify the answers, print a table.",
        discussion: """
            Every trial runs in a process of its own; each block of trials holds every cell of the \
            matrix once, in random order. Lists are separated by commas. 'portals list' names \
            workloads, systems and axes. Without any flag the matrix 'quick' is run.

            Exit status: 0 fine, 1 a trial failed, 3 an answer was wrong, 64 usage, 130 interrupted.
            """)

    @Option(help: "Matrix file, or the name of one in Benchmarks/Matrices. Flags win over it.")
    var matrix: String?
    @Option(help: "Workloads.") var workload: String?
    @Option(help: "Systems.") var system: String?
    @Option(help: "Numbers of worker threads.") var workers: String?
    @Option(help: "Sizes of atoms, in events.") var atomSize: String?
    @Option(help: "Capacities of rings, in batches.") var ringCapacity: String?
    @Option(help: "on, off: whether workers are bound to cores.") var pinning: String?
    @Option(help: "jemalloc, system.") var allocator: String?
    @Option(help: "spin, yield, park.") var idle: String?
    @Option(help: "Events entering a second, such as 500k; else as fast as possible.")
    var rate: String?
    @Option(help: "none, asynchronous, durable: what survives a crash.") var journal: String?
    @Option(help: "Bytes that wait when a journal is committed, such as 512KiB.")
    var commitBytes: String?
    @Option(help: "Longest wait for a commit, such as 1ms.") var commitInterval: String?
    @Option(help: "on, off: whether a journal is committed once all workers are idle.")
    var commitWhenIdle: String?
    @Option(help: "off, or how often the state is stored beside a journal, such as 1s.")
    var snapshots: String?
    @Option(
        help: "Folder for the journals, on the disk to be measured (default: that of the results).")
    var journalDirectory: String?
    @Flag(
        help: "Leave the journals where they are, to be read or repeated; prints their directories."
    )
    var keepJournals = false
    @Option(
        help: """
            A journal that --keep-journals left: its trial is run again, live as --journal says \
            (default: as it was), and as a repetition of what it recorded.
            """)
    var input: String?
    @Option(help: "An axis of a workload: NAME=VALUE,VALUE. May be repeated.")
    var parameter: [String] = []
    @Option(help: "Blocks, so trials of each cell (default: 5).") var repetitions: String?
    @Option(help: "Length of the measured window, such as 5s (default: 5s).")
    var duration: String?
    @Option(help: "Events of the measured window, in place of a duration.") var events: String?
    @Option(help: "Time before the measured window (default: 200ms).") var warmUp: String?
    @Option(help: "Time after which a trial counts as hung.") var timeOut: String?
    @Option(help: "Seed of the order and of the events; drawn and printed if not given.")
    var seed: String?
    @Option(help: "Folder for the results (default: Results/<time>-<host>).")
    var output: String?
    @Flag(help: "Print the cells and the estimated time, and run nothing.") var dryRun = false

    func run() throws {
        let plan: Plan
        do {
            plan = try MatrixResolver.plan(
                draft(), registry: input == nil ? registry : registryWithReplay,
                drawnSeed: UInt64(UInt32.random(in: 1...UInt32.max)), inputDirectory: input)
        } catch let error as MatrixError {
            throw Exit.usage(error.problems)
        }
        let estimate = Figure.duration(seconds: plan.estimatedSeconds)
        if dryRun {
            for cell in plan.cells { print(cell.description) }
            for line in plan.leftOut { print(line) }
            print(
                "\(plan.cells.count) cells, \(plan.repetitions) repetitions, "
                    + "\(plan.trialCount) trials, about \(estimate)")
            return
        }
        try run(plan, estimate: estimate)
    }

    private func run(_ plan: Plan, estimate: String) throws {
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
            try folder.write(environment)
        } catch {
            throw Exit.usage([error.description])
        }
        for warning in warnings(environment) { Exit.say("warning: \(warning)") }
        Exit.say(
            "\(plan.trialCount) trials of \(plan.cells.count) cells, about \(estimate), "
                + "order and events from --seed \(plan.seed)")
        Interruption.catchSignals()
        var benchmark = BenchmarkRun(
            plan: plan, launcher: Wiring.launcher, folder: folder, journals: journals,
            progress: .standardError(), isInterrupted: { Interruption.isRequested })
        let outcome: RunOutcome
        do {
            outcome = try benchmark.execute()
            let table = ResultTable(rows: outcome.rows, headings: plan.headings)
            try folder.write(table)
            if !outcome.rows.isEmpty { print(table.text, terminator: "") }
        } catch {
            Exit.say("error: \(error)")
            throw ExitCode(1)
        }
        if outcome.wasInterrupted {
            Exit.say("interrupted after \(outcome.rows.count) of \(plan.trialCount) trials")
        }
        if outcome.wrong > 0 { Exit.say("\(outcome.wrong) wrong answers: those trials are void") }
        if outcome.failed > 0 {
            Exit.say("\(outcome.failed) trials failed: see verified in the CSV")
        }
        print("\nResults: \(folder.path)/results.csv")
        if keepJournals {
            for journal in journals.kept(with: RecordedTrial.fileName) {
                print("Journal: \(journal)")
            }
        }
        if outcome.exitStatus != 0 { throw ExitCode(outcome.exitStatus) }
    }

    /// File and flags put together.
    private func draft() throws -> MatrixDraft {
        var flags = MatrixDraft()
        let lists: [(name: String, list: String?)] = [
            ("workload", workload), ("system", system), ("workers", workers),
            ("atom-size", atomSize), ("ring-capacity", ringCapacity), ("pinning", pinning),
            ("allocator", allocator), ("idle", idle), ("rate", rate), ("journal", journal),
            ("commit-bytes", commitBytes), ("commit-interval", commitInterval),
            ("commit-when-idle", commitWhenIdle), ("snapshots", snapshots),
            ("repetitions", repetitions), ("duration", duration), ("events", events),
            ("warm-up", warmUp), ("time-out", timeOut), ("seed", seed),
        ]
        for (name, list) in lists {
            if let list { flags.add(flag: name, list) }
        }
        for text in parameter { try flags.add(parameterFlag: text) }
        if let input {
            if matrix != nil {
                throw Exit.usage(["--matrix: the journal of --input says what is run: leave it out"]
                )
            }
            return try Self.replaying(input, flags)
        }
        // Without a word on what to run, what a newcomer wants to see.
        let name =
            matrix ?? (lists.allSatisfy { $0.list == nil } && parameter.isEmpty ? "quick" : nil)
        guard let name else { return flags }
        let path = try SourceFolder.matrixPath(name)
        return try MatrixFile.read(path: path).replaced(by: flags)
    }

    /// The matrix of a recorded trial: it says what is run, the flags on what.
    private static func replaying(_ input: String, _ flags: MatrixDraft) throws -> MatrixDraft {
        let trial: TrialConfiguration
        do {
            trial = try RecordedTrial(directory: input).configuration
        } catch {
            throw Exit.usage(["--input: \(error)"])
        }
        let fixed = ["workload", "workers", "atom-size", "events", "duration", "warm-up", "seed"]
        let given = (flags.entries + flags.parameters).filter {
            fixed.contains($0.key.text) || $0.key.place == "--parameter"
        }
        guard given.isEmpty else {
            throw Exit.usage(
                given.map { "\($0.key.place): the journal of --input says that: leave it out" })
        }
        var draft = flags
        func add(_ name: String, _ value: String) {
            let isGiven = flags.entries.contains { $0.key.text == name }
            if !isGiven { draft.add(flag: name, value) }
        }
        add("workload", trial.workload)
        add("system", "portals,portals-replay")
        add("workers", "\(trial.workers)")
        add("atom-size", "\(trial.atomSize)")
        add("seed", "\(trial.seed)")
        add("journal", trial.journal.rawValue)
        add("pinning", trial.pinning.rawValue)
        add("idle", trial.idle.rawValue)
        switch trial.length {
        case .events(let count): add("events", "\(count)")
        case .seconds(let seconds): add("duration", "\(seconds)s")
        }
        for (name, value) in trial.parameters.sorted(by: { $0.key < $1.key }) {
            try draft.add(parameterFlag: "\(name)=\(value)")
        }
        return draft
    }

    private func record(_ plan: Plan) -> EnvironmentRecord {
        let reader = EnvironmentReader()
        return EnvironmentRecord(
            startedAt: Date.now.formatted(.iso8601), command: CommandLine.arguments,
            matrix: plan.record, machine: reader.machine(),
            build: reader.build(sourceFolder: SourceFolder.path ?? "."))
    }

    private func warnings(_ environment: EnvironmentRecord) -> [String] {
        var warnings: [String] = []
        if environment.build.configuration == "debug" {
            warnings.append(
                "a debug build, whose figures mean nothing; build with: swift build -c release")
        }
        if let load = environment.machine.loadAverage?.first,
            let processors = environment.machine.processorsUsable, load > Double(processors) / 2
        {
            warnings.append(
                "other work keeps the machine busy (load \(Figure.text(load)) on \(processors) "
                    + "processors); end it, or expect wide ranges")
        }
        if let governor = environment.machine.governor, governor != "performance" {
            warnings.append(
                "the frequency governor is '\(governor)'; steadier with: "
                    + "cpupower frequency-set -g performance")
        }
        if let storage = environment.journalStorage,
            ["tmpfs", "ramfs"].contains(storage.fileSystem)
        {
            warnings.append(
                "the journals are on a \(storage.fileSystem ?? "") at \(storage.directory), which "
                    + "no crash survives; name a disk with --journal-directory")
        }
        return warnings
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
