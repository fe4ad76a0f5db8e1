// `portals profile`: where the time of one trial goes, as a flame graph and a table of hot paths.
import ArgumentParser
import Baselines
import Foundation
import Harness
import Profile

struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Say where the time of a workload goes: a flame graph, hot paths, an account.",
        discussion: """
            Runs one trial in a process of its own under 'perf record', in its measured window \
            only, and writes into the folder: flame-graph.html (one file, for any browser), \
            hot-paths.txt and .csv (by task and stage of the data path), folded.txt (stacks for \
            other tools), results.csv (the trial's row), and for the system 'portals' account.txt \
            and .csv, the runtime's account of itself. The answer of the trial is checked as in \
            'portals bench'.

            With --counters it counts instructions, with --allocations what is allocated. \
            --difference A B compares two folders that were made before.

            Exit status: 0 fine, 1 if it could not be profiled, 64 usage.
            """)

    @Argument(help: "The workload; 'portals list' names them.") var workload: String?
    @OptionGroup var flags: TrialFlags
    @Option(help: "Folder for the profile (default: Profiles/WORKLOAD-SYSTEM-TIME).")
    var output: String?
    @Option(
        parsing: .upToNextOption,
        help: "Two folders of profiles: what the second has more or less for each event.")
    var difference: [String] = []
    @Flag(help: "Hardware counters; where there are none, callgrind's instructions by function.")
    var counters = false
    @Flag(help: "Allocations by size and, where jemalloc has its profiler, by stack.")
    var allocations = false
    @Flag(help: "The runtime's account only, as CSV on standard output; nothing else is recorded.")
    var account = false
    @Flag(help: "Leave the runtime's account out of the profile.") var noAccount = false

    func run() throws {
        do {
            try profile()
        } catch let code as ExitCode {
            throw code
        } catch let error as MatrixError {
            throw Exit.usage(error.problems)
        } catch {
            Exit.say("error: \(error)")
            throw ExitCode(1)
        }
    }

    private func profile() throws {
        if !difference.isEmpty { return try compare() }
        guard let workload else {
            throw Exit.usage(["name a workload; 'portals list' prints them"])
        }
        if [counters, allocations, account].count(where: { $0 }) > 1 {
            throw Exit.usage(["--counters, --allocations and --account are profiles of their own"])
        }
        #if DEBUG
        Exit.say("warning: a debug build, whose hot paths are others; use: swift build -c release")
        #endif
        let style = Date.VerbatimFormatStyle(
            format: """
                \(month: .twoDigits)\(day: .twoDigits)-\
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))\
                \(minute: .twoDigits)\(second: .twoDigits)
                """, timeZone: .current, calendar: Calendar(identifier: .gregorian))
        let path =
            output ?? "Profiles/\(workload)-\(flags.system)-\(Date.now.formatted(style))"
        if counters { return try CounterProfile(flags: flags, path: path).run(workload) }
        let plan = try flags.plan(workload: workload, registry: registry)
        if allocations { return try AllocationProfile(plan: plan, path: path).run() }
        if account { return try accountOnly(plan, path) }
        try TimeProfile(plan: plan, path: path, keepsAccount: !noAccount).run()
    }

    private func accountOnly(_ plan: Plan, _ path: String) throws {
        var wrapping = TrialWrapping()
        wrapping.accountInterval = TimeProfile.accountInterval
        let measurement = try ProfiledTrial(plan: plan, wrapping: wrapping).run(
            folder: path, environment: TimeProfile.environment(plan))
        guard let account = measurement.account else {
            throw ProfileFault("\(flags.system) keeps no account of \(plan.cells[0].description)")
        }
        try ProfileFolder(path).write("account.csv", account.csv)
        try ProfileFolder(path).write("account.txt", account.text)
        print(account.csv, terminator: "")
        Exit.say(account.text)
    }

    private func compare() throws {
        guard difference.count == 2 else {
            throw Exit.usage(["--difference: give two folders of profiles, the older first"])
        }
        let difference = try ProfileDifference(
            before: ProfileFolder(difference[0]).read(), after: ProfileFolder(difference[1]).read())
        let folder = ProfileFolder(output ?? "Profiles/difference")
        try folder.write("difference.html", FlameGraphPage(difference).html)
        try folder.write("difference.txt", difference.text)
        try folder.write("difference.csv", difference.csv)
        print(difference.text, terminator: "")
        print("\nFlame graph: \(folder.path)/difference.html")
    }
}
