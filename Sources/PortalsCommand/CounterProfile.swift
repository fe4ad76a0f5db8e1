// Counters of a trial: the processor's own where they can be read, else instructions by callgrind.
import Baselines
import Foundation
import Harness
import Profile

struct CounterProfile {
    let flags: TrialFlags
    let path: String

    /// Whole atoms of the default size: enough for what is done once an atom or once a run to
    /// vanish in the difference, few enough to count in seconds at a fiftieth of the speed.
    private static let eventsFew: UInt64 = 20_480
    private static let eventsMany: UInt64 = 122_880

    func run(_ workload: String) throws {
        let tools = ToolPaths()
        if let perf = tools.find("perf"), PerfStat.isSupported(perf: perf) {
            return try hardware(workload, perf)
        }
        guard let valgrind = tools.find("valgrind") else {
            throw ProfileFault(
                "this machine shows no hardware counters (perf stat -e instructions true), and "
                    + "valgrind, which counts instructions without, is not installed; get it: apt "
                    + "install valgrind")
        }
        try callgrind(workload, valgrind, strip: tools.find("strip"))
    }

    private func hardware(_ workload: String, _ perf: String) throws {
        let plan = try flags.plan(workload: workload, registry: registry)
        let scratch = try Scratch()
        defer { scratch.remove() }
        var wrapping = TrialWrapping()
        wrapping.profile.controlPath = scratch.path("control")
        wrapping.profile.acknowledgePath = scratch.path("acknowledge")
        try PerfRecord.makePipes([scratch.path("control"), scratch.path("acknowledge")])
        wrapping.program = perf
        wrapping.arguments = PerfStat.arguments(
            file: scratch.path("counts"), control: scratch.path("control"),
            acknowledge: scratch.path("acknowledge"), program: TrialWrapping.ownPath)
        let measurement = try ProfiledTrial(plan: plan, wrapping: wrapping).run(
            folder: path, environment: TimeProfile.environment(plan))
        let text = try String(contentsOfFile: scratch.path("counts"), encoding: .utf8)
        let table =
            "\(plan.cells[0].description): the processor's counters, by perf stat, in the "
            + "measured window\n" + PerfStat(text: text).text(events: measurement.events)
        try ProfileFolder(path).write("counters.txt", table)
        print(table, terminator: "")
    }

    /// Two runs of different length: their difference holds no start-up.
    private func callgrind(_ workload: String, _ valgrind: String, strip: String?) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        var program = TrialWrapping.ownPath
        if let strip {
            // Without debug information, of which valgrind's reader can't read all that Swift's
            // compiler writes; the names of functions stay.
            program = scratch.path("portals")
            _ = try ToolRun.output(
                strip, ["--strip-debug", "-o", program, TrialWrapping.ownPath])
        }
        var runs: [(counts: Callgrind, measurement: TrialMeasurement, plan: Plan)] = []
        for events in [Self.eventsFew, Self.eventsMany] {
            // Parked, because a spinning thread counts what it waits; not pinned, because valgrind
            // runs one thread at a time.
            let plan = try flags.plan(
                workload: workload, registry: registry,
                with: [
                    "events": "\(events)", "idle": "park", "pinning": "off", "time-out": "300s",
                ])
            var wrapping = TrialWrapping()
            let file = scratch.path("callgrind.\(events)")
            wrapping.program = valgrind
            wrapping.arguments = [
                "--tool=callgrind", "--compress-strings=no", "--compress-pos=no",
                "--callgrind-out-file=\(file)", program,
            ]
            wrapping.environment = ["SWIFT_DETERMINISTIC_HASHING": "1"]
            Exit.say("counting \(events) events under callgrind")
            let measurement = try ProfiledTrial(plan: plan, wrapping: wrapping).run(
                folder: "\(path)/events-\(events)", environment: TimeProfile.environment(plan))
            let counts = Callgrind(text: try String(contentsOfFile: file, encoding: .utf8))
            runs.append((counts, measurement, plan))
        }
        let stacks = Callgrind.difference(few: runs[0].counts, many: runs[1].counts)
        var record = TimeProfile.record(
            runs[1].plan, runs[1].measurement, unit: .instructions, samples: 0)
        record.events = runs[1].measurement.events - runs[0].measurement.events
        record.seconds = nil
        record.notes = [
            "this machine shows no hardware counters, so callgrind counted instructions: those of "
                + "\(runs[1].measurement.events) events less those of "
                + "\(runs[0].measurement.events)",
            "inlined functions count for the function that they were put into; the check of the "
                + "answer is left out",
        ]
        try ProfileFolder(path).write(stacks, record)
        print(HotPaths(stacks).text(record), terminator: "")
    }
}
