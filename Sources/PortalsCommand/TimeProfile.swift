// The profile of a trial's time: sampled by perf, named, folded, drawn, with the runtime's account.
import Foundation
import Harness
import Profile
import Report

struct TimeProfile {
    let plan: Plan
    let path: String
    let keepsAccount: Bool

    /// Of so many turns of a worker one is timed: see `EngineOptions.accountInterval`.
    static let accountInterval = 64

    func run() throws {
        let perf = try PerfRecord()
        let scratch = try Scratch()
        defer { scratch.remove() }
        var wrapping = TrialWrapping()
        wrapping.profile.controlPath = scratch.path("control")
        wrapping.profile.acknowledgePath = scratch.path("acknowledge")
        try PerfRecord.makePipes([scratch.path("control"), scratch.path("acknowledge")])
        wrapping.program = perf.path
        wrapping.arguments = perf.arguments(
            data: scratch.path("perf.data"), control: scratch.path("control"),
            acknowledge: scratch.path("acknowledge"), program: TrialWrapping.ownPath)
        if keepsAccount { wrapping.accountInterval = Self.accountInterval }
        let measurement = try ProfiledTrial(plan: plan, wrapping: wrapping).run(
            folder: path, environment: Self.environment(plan))

        Exit.say("naming what was sampled")
        let script = try perf.read(data: scratch.path("perf.data"))
        guard !script.samples.isEmpty else {
            throw ProfileFault(
                "perf took no sample in the measured window: it may be too short; give a longer "
                    + "--duration")
        }
        let inlines = InlineExpansion(script)
        var naming = SampleNaming(script, inlines: inlines)
        let stacks = naming.folded()
        var record = Self.record(
            plan, measurement, unit: .nanoseconds, samples: script.samples.count)
        record.sampleWeight = script.samples.first?.weight
        record.notes = [perf.note, inlines.method.meaning]
        if script.unreadLines > 0 {
            record.notes.append("\(script.unreadLines) lines of perf script were not understood")
        }
        // Some of it is the loops' own.
        let mingled = HotPaths(stacks).mingledShare
        if mingled > 0.15 {
            record.notes.append(
                "\(Figure.fixed(mingled * 100, decimals: 0)) % lies in loops that the core "
                    + "compiles for a task (make…Node), where handler, state and asks are not told "
                    + "apart: Swift keeps no lines of code that is inlined from other modules; "
                    + "scripts/profile builds the program so that it does")
        }
        let folder = ProfileFolder(path)
        try folder.write(stacks, record)
        print(HotPaths(stacks).text(record), terminator: "")
        if let account = measurement.account {
            try folder.write("account.txt", account.text)
            try folder.write("account.csv", account.csv)
            print("\nThe runtime's own account\n\n\(account.text)", terminator: "")
        }
        print("\nFlame graph: \(path)/flame-graph.html")
    }

    static func record(
        _ plan: Plan, _ measurement: TrialMeasurement, unit: ProfileUnit, samples: Int
    ) -> ProfileRecord {
        let cell = plan.cells[0]
        var record = ProfileRecord(
            workload: cell.configuration.workload, system: cell.configuration.system,
            cell: cell.description, unit: unit, samples: samples)
        record.events = measurement.events
        record.seconds = measurement.seconds
        return record
    }

    static func environment(_ plan: Plan) -> EnvironmentRecord {
        let reader = EnvironmentReader()
        return EnvironmentRecord(
            startedAt: Date.now.formatted(.iso8601), command: CommandLine.arguments,
            matrix: plan.record, machine: reader.machine(),
            build: reader.build(sourceFolder: SourceFolder.path ?? "."))
    }
}

/// A folder for what is needed only while a profile is made.
struct Scratch {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("portals-profile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
