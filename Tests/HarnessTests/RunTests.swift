// Runs: what is written when trials are right, wrong, fail, or the user stops.
import Foundation
import Report
import Synchronization
import Testing

@testable import Harness

@Suite("run")
struct RunTests {
    private let path = FileManager.default.temporaryDirectory
        .appending(path: "portals-run-\(UUID().uuidString)").path

    private func run(
        _ systems: [any SystemUnderTest], repetitions: Int = 2, interruptAfter: Int = .max,
        flags: [String: String] = [:]
    ) throws -> (outcome: RunOutcome, file: ResultFile, orders: [TrialOrder]) {
        let registry = fakeRegistry(systems)
        let plan = try MatrixResolver.plan(
            draft(
                ["repetitions": "\(repetitions)", "seed": "3", "workers": "1,2"].merging(flags) {
                    $1
                }),
            registry: registry, drawnSeed: 1)
        let launcher = InProcessLauncher(registry: registry)
        let folder = try RunFolder(creating: path, schema: plan.schema)
        var benchmark = BenchmarkRun(
            plan: plan, launcher: launcher, folder: folder,
            journals: JournalFolder(path: path),
            progress: ProgressLine(isTerminal: false, write: { _ in }),
            isInterrupted: { launcher.orders.withLock { $0.count } >= interruptAfter })
        let outcome = try benchmark.execute()
        return (outcome, try readResults(), launcher.orders.withLock { $0 })
    }

    private func readResults() throws -> ResultFile {
        try ResultFile(text: String(contentsOfFile: path + "/results.csv", encoding: .utf8))
    }

    private func remove() { try? FileManager.default.removeItem(atPath: path) }

    @Test("journals that are kept stay behind their trials, each in a directory of its own")
    func keptJournals() throws {
        defer { remove() }
        for keeps in [true, false] {
            let folder = JournalFolder(path: path + "/\(keeps)", keepsAll: keeps)
            var first = TrialConfiguration(workload: "w", system: "a")
            first.journal = .durable
            var second = first
            try folder.give(to: &first)
            try folder.give(to: &second)
            for trial in [first, second] {
                let site = try #require(trial.journalDirectory) + "/site"
                try FileManager.default.createDirectory(
                    atPath: site, withIntermediateDirectories: true)
                try Data().write(to: URL(fileURLWithPath: site + "/trial.json"))
                folder.remove(of: trial)
            }
            #expect(folder.kept(with: "trial.json").count == (keeps ? 2 : 0))
            #expect(folder.kept(with: "other").isEmpty)
        }
    }

    @Test("all trials of a recorded input have its seed and its directory")
    func recordedInput() throws {
        let registry = fakeRegistry([FakeSystem(name: "a")])
        let settings = try draft(["repetitions": "2", "seed": "3"])
        let plan = try MatrixResolver.plan(
            settings, registry: registry, drawnSeed: 1, inputDirectory: "/kept")
        let trials = (0..<2).map { plan.configuration(cell: 0, block: $0) }
        #expect(trials.allSatisfy { $0.seed == 3 && $0.inputDirectory == "/kept" })
        let live = try MatrixResolver.plan(settings, registry: registry, drawnSeed: 1)
        #expect(live.configuration(cell: 0, block: 1).seed == 4)
        #expect(live.configuration(cell: 0, block: 1).inputDirectory == nil)
    }

    @Test("each trial is a row with figures, and status 0 when all answers are right")
    func right() throws {
        defer { remove() }
        let (outcome, file, orders) = try run([FakeSystem(name: "a"), FakeSystem(name: "b")])
        #expect(outcome.exitStatus == 0)
        #expect(file.rows == outcome.rows)
        #expect(file.rows.count == 16 && orders.count == 16)
        #expect(file.rows.allSatisfy { $0.figures.eventsPerSecond ?? 0 > 0 && $0.version == "7" })
        #expect(Set(file.rows.map(\.seed)) == [3, 4])
        // Not measured is empty, not zero.
        #expect(file.rows.allSatisfy { $0.figures.allocationsPerEvent == nil })
        #expect(file.rows.allSatisfy { $0.figures.latency == LatencyPercentiles() })
        let log = try String(contentsOfFile: orders[0].logPath, encoding: .utf8)
        #expect(log == "note: a note\n")
    }

    @Test("a wrong answer voids its row and makes status 3")
    func wrong() throws {
        defer { remove() }
        let (outcome, file, _) = try run([
            FakeSystem(name: "a"),
            FakeSystem(name: "b", answer: { _ in .wrong("1 instead of 2") }),
            FakeSystem(name: "c", answer: { _ in throw TrialFault("no") }),
        ])
        #expect(outcome.exitStatus == 3)
        let voided = file.rows.filter { $0.system == "b" }
        #expect(voided.count == 8)
        #expect(voided.allSatisfy { $0.figures == TrialFigures() })
        #expect(voided.allSatisfy { $0.status.text == "wrong: 1 instead of 2" })
    }

    @Test("a failed trial is a row that says so, and makes status 1")
    func failed() throws {
        defer { remove() }
        let (outcome, file, _) = try run([
            FakeSystem(name: "a"), FakeSystem(name: "b", answer: { _ in throw TrialFault("no") }),
        ])
        #expect(outcome.exitStatus == 1)
        #expect(
            file.rows.filter { $0.system == "b" }.map(\.status.text)
                == Array(repeating: "failed: no", count: 8))
    }

    @Test("an interrupted run keeps what is done; continued, it runs exactly the rest")
    func interrupted() throws {
        defer { remove() }
        let systems = [FakeSystem(name: "a"), FakeSystem(name: "b")]
        let (outcome, file, first) = try run(systems, interruptAfter: 5)
        #expect(outcome.wasInterrupted && outcome.exitStatus == 130)
        #expect(file.rows.count == 5)
        // A kill tore the last row.
        let handle = try #require(FileHandle(forUpdatingAtPath: path + "/results.csv"))
        let size = try handle.seekToEnd()
        try handle.truncate(atOffset: size - 4)
        try handle.close()

        let registry = fakeRegistry(systems)
        let plan = try MatrixResolver.plan(
            draft(["repetitions": "2", "seed": "3", "workers": "1,2"]), registry: registry,
            drawnSeed: 1)
        let launcher = InProcessLauncher(registry: registry)
        let (folder, done) = try RunFolder.reopen(path, schema: plan.schema)
        #expect(done == Array(file.rows.prefix(4)))
        var benchmark = BenchmarkRun(
            plan: plan, launcher: launcher, folder: folder,
            journals: JournalFolder(path: path),
            progress: ProgressLine(isTerminal: false, write: { _ in }), isInterrupted: { false })
        let rows = try benchmark.execute(done: done).rows
        #expect(rows.count == 16)
        let rest = launcher.orders.withLock { $0 }.map(\.request.configuration)
        #expect(rest.count == 12)
        let all = Set(first.prefix(4).map(\.request.configuration) + rest)
        #expect(all.count == 16)
        #expect(try readResults().rows == rows)
        #expect(throws: RunFolder.Fault.self) {
            try RunFolder.reopen(path, schema: ResultSchema(axisColumns: []))
        }
    }

    @Test("a lone operation is set against a synchronization, its tail if both are known")
    func loneLatency() {
        var measurement = TrialMeasurement(events: 1, seconds: 1, verified: .verified)
        var latency = LatencyPercentiles()
        latency.nanosecondsP50 = 300
        latency.nanosecondsP99 = 900
        measurement.loneLatency = latency
        measurement.latencySamples = 2_628
        #expect(measurement.figures.synchronizedRatioP50 == nil)
        measurement.synchronization = SynchronizationTimes(
            nanosecondsP50: 100, nanosecondsP99: 600, samples: 2_800)
        #expect(measurement.figures.synchronizedRatioP50 == 3)
        #expect(measurement.figures.synchronizedRatioP99 == 1.5)
        // Its own percentiles still need the samples of any other.
        #expect(measurement.figures.latency.nanosecondsP99 == nil)
        measurement.latencySamples = 2_627
        #expect(measurement.figures.synchronizedRatioP99 == nil)
        measurement.latencySamples = 2_628
        measurement.synchronization?.samples = 400
        #expect(measurement.figures.synchronizedRatioP99 == nil)
        measurement.loneLatency = nil
        #expect(measurement.figures.synchronizedRatioP50 == nil)
    }

    @Test("each trial with a journal gets an empty directory, its device is timed, and it goes")
    func journals() throws {
        defer { remove() }
        let seen = Mutex<[String]>([])
        let system = FakeSystem(
            name: "a",
            answer: { configuration in
                if configuration.journal == .none {
                    return configuration.journalDirectory == nil ? .verified : .wrong("a directory")
                }
                let directory = try configuration.requiredJournalDirectory()
                let isNew = seen.withLock { seen in
                    defer { seen.append(directory) }
                    return !seen.contains(directory)
                }
                let names = try FileManager.default.contentsOfDirectory(atPath: directory)
                try Data("left behind".utf8).write(to: URL(fileURLWithPath: directory + "/x"))
                // Only the probe of the device is there.
                return isNew && names == ["probe"] ? .verified : .wrong("\(names)")
            })
        let (outcome, file, _) = try run(
            [system], flags: ["workload": "keyed-count", "journal": "none,durable"])
        #expect(outcome.exitStatus == 0, "\(file.rows.map(\.status.text))")
        let durable = file.rows.filter { $0.axes["journal"] == "durable" }
        #expect(durable.count == 4 && file.rows.count == 8)
        #expect(seen.withLock { $0.count } == 4)
        for row in file.rows {
            let median = row.figures.synchronizationNanosecondsP50
            #expect((median ?? 0 > 0) == (row.axes["journal"] == "durable"))
            #expect(row.figures.synchronizationNanosecondsP99 ?? 0 >= median ?? 0)
        }
        for directory in seen.withLock({ $0 }) {
            #expect(directory.hasPrefix(path))
            #expect(!FileManager.default.fileExists(atPath: directory))
        }
    }

    @Test("a folder for journals that can't be made is named with its cure")
    func noJournalFolder() {
        let fault = #expect(throws: RunFolder.Fault.self) {
            try JournalFolder(path: "/proc/no-such").make()
        }
        #expect(fault?.description.contains("--journal-directory") == true)
    }

    @Test("results are never overwritten")
    func noOverwriting() throws {
        defer { remove() }
        let schema = ResultSchema(axisColumns: [])
        _ = try RunFolder(creating: path, schema: schema)
        let fault = #expect(throws: RunFolder.Fault.self) {
            try RunFolder(creating: path, schema: schema)
        }
        #expect(fault?.description.contains("--output") == true)
    }

    @Test("the estimate learns from the trials that ended")
    func estimate() {
        var estimate = TimeEstimate(guessedSeconds: [1, 2])
        #expect(estimate.seconds(left: [0, 1, 1]) == 5)
        estimate.ended(cell: 0, seconds: 3)
        #expect(estimate.seconds(cell: 0) == 3)
        // Three times as slow as guessed: so will be the other.
        #expect(estimate.seconds(cell: 1) == 6)
    }

    @Test("progress names a cell by what tells it from the others")
    func cellNames() throws {
        let plan = try MatrixResolver.plan(
            draft(["workers": "1,2", "idle": "spin,park"]),
            registry: fakeRegistry([FakeSystem(name: "a")]), drawnSeed: 1)
        #expect(plan.commonColumns.contains("pinning") && !plan.commonColumns.contains("idle"))
        let cell = try #require(plan.cells.first)
        #expect(cell.description.contains("pinning on"))
        let name = cell.text(leavingOut: plan.commonColumns)
        #expect(name.contains("idle spin") && !name.contains("pinning"))
    }

    @Test("without a terminal a line comes every five seconds, on one the line is replaced")
    func progress() {
        let written = Mutex<[String]>([])
        let write = { (text: String) in written.withLock { $0.append(text) } }
        var plain = ProgressLine(isTerminal: false, write: write)
        for second in 0..<12 {
            plain.show("at \(second)", nowNanoseconds: UInt64(second) * 1_000_000_000)
        }
        #expect(written.withLock { $0 } == ["at 0\n", "at 5\n", "at 10\n"])
        written.withLock { $0 = [] }
        var terminal = ProgressLine(isTerminal: true, write: write)
        terminal.show(String(repeating: "x", count: 200), nowNanoseconds: 0)
        #expect(written.withLock { $0 } == ["\r\u{1B}[2K" + String(repeating: "x", count: 79)])
    }
}
