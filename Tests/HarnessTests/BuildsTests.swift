// Several programs in one run, what a run may be gone on with, and what a trial leaves behind.
import Foundation
import Report
import Testing

@testable import Harness

@Suite("builds and files of a run")
struct BuildsTests {
    private func plan(_ flags: [String: String] = [:]) throws -> Plan {
        try MatrixResolver.plan(
            draft(["repetitions": "3", "seed": "3", "workers": "1,2"].merging(flags) { $1 }),
            registry: fakeRegistry([FakeSystem(name: "a")]), drawnSeed: 1)
    }

    @Test("each block holds every cell once for each program, and rows say which")
    func builds() throws {
        let plain = try plan()
        let plan = plain.measuring(builds: ["old", "new"])
        #expect(plan.cells.count == 2 * plain.cells.count)
        for block in plan.blocks {
            let builds = block.map { plan.cells[$0].axes["build"] }
            #expect(builds.count { $0 == "old" } == plain.cells.count)
            #expect(builds.count { $0 == "new" } == plain.cells.count)
        }
        #expect(plan.cells.allSatisfy { $0.configuration.build == $0.axes["build"] })
        #expect(plan.schema.axisColumns.last == "build")
        #expect(plan.record.cells.count == plan.cells.count)
    }

    @Test("the environment of a trial is padded by the seed, differently from trial to trial")
    func padding() throws {
        let plan = try plan()
        let paddings = (0..<3).flatMap { block in
            (0..<4).map { plan.environmentPadding(block: block, position: $0) }
        }
        #expect(Set(paddings).count > 10)
        #expect(paddings.allSatisfy { (0..<Plan.environmentPaddingMax).contains($0) })
        let again = try self.plan().environmentPadding(block: 1, position: 2)
        #expect(again == plan.environmentPadding(block: 1, position: 2))
    }

    @Test("a run goes on only with the same machine, program and matrix, and says what differs")
    func differences() throws {
        func environment(_ plan: Plan) -> EnvironmentRecord {
            var machine = MachineRecord()
            machine.host = "one"
            machine.processorsUsable = 2
            var build = BuildRecord(configuration: "release")
            build.programDigest = "1f"
            return EnvironmentRecord(
                startedAt: "then", command: ["portals", "bench"], matrix: plan.record,
                machine: machine, build: build)
        }
        let then = environment(try plan())
        #expect(then.differences(from: environment(try plan())) == [])
        var now = environment(try plan(["workers": "1"]))
        now.machine.host = "two"
        now.build.programDigest = "2f"
        let differences = then.differences(from: now)
        #expect(differences.count == 3)
        #expect(differences.contains("host: then one, now two"))
        #expect(differences.contains { $0.hasPrefix("matrix: 2 cells are gone and 0 new") })
    }

    @Test("a trial leaves its series and its latencies, and a wrong one nothing")
    func files() throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "portals-files-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = try RunFolder(creating: path, schema: try plan().schema)
        var measurement = TrialMeasurement(events: 30, seconds: 2, verified: .verified)
        var latency = LatencyHistogram()
        latency.record(nanoseconds: 1_000, times: 5)
        var series = WindowSeries()
        series.intervals = [
            TrialInterval(seconds: 1, events: 10, latency: latency, commits: 3),
            TrialInterval(seconds: 2, events: 20, latency: latency, commits: 4, faults: 1),
        ]
        measurement.series = series
        measurement.histogram = latency
        folder.writeTrial("t", measurement) { Issue.record("\($0)") }
        let text = try String(contentsOfFile: path + "/trials/t.series.csv", encoding: .utf8)
        #expect(
            text == WindowSeries.header
                + "\n1.0,10,5,1000,1000,1000,3,,\n2.0,20,5,1000,1000,1000,4,,1\n")
        #expect(series.rates == [10, 20])
        let log = try HdrHistogramLog(
            text: String(contentsOfFile: path + "/trials/t.hlog", encoding: .utf8))
        #expect(log.intervals.map(\.histogram.count) == [5, 5])
        #expect(log.intervals.map(\.startSeconds) == [0, 1])

        measurement.series = nil
        measurement.histogram = nil
        folder.writeTrial("nothing", measurement) { Issue.record("\($0)") }
        #expect(!FileManager.default.fileExists(atPath: path + "/trials/nothing.hlog"))
    }

    @Test("a rate that a kill has interrupted is not called one that never got steady")
    func faults() {
        var series = WindowSeries()
        for second in 1...40 {
            series.intervals.append(TrialInterval(seconds: Double(second), events: 10, faults: 0))
        }
        var measurement = TrialMeasurement(events: 400, seconds: 40, verified: .verified)
        measurement.series = series
        #expect(measurement.figures.steadiness != nil)
        measurement.series?.intervals[20].faults = 1
        #expect(measurement.figures.steadiness == nil)
    }

    @Test(
        "a histogram comes back from the process of a trial as it was, and a broken one is refused")
    func histogram() throws {
        var histogram = LatencyHistogram()
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<1_000 {
            histogram.record(nanoseconds: generator.next() >> UInt64.random(in: 8...63))
        }
        let data = try JSONEncoder().encode(histogram)
        #expect(try JSONDecoder().decode(LatencyHistogram.self, from: data) == histogram)
        for broken in ["{\"buckets\":[1],\"max\":1}", "{\"buckets\":[99999,1],\"max\":1}", "{}"] {
            #expect(throws: (any Error).self) {
                try JSONDecoder().decode(LatencyHistogram.self, from: Data(broken.utf8))
            }
        }
    }
}
