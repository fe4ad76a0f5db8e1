// A run with everything that a folder can have, made of a seed, for tests of tables and reports.
import Foundation

@testable import Report

/// Rows, series and histograms as `portals bench` would leave them.
struct RecordedRunFixture {
    private var rows: [ResultRow] = []
    private var files: [String: String] = [:]
    private var generator = SeededGenerator(seed: 17)

    /// A name that would run if it were not escaped.
    static let hostileName = "<script>alert(\"1\")</script>"

    /// Adds trials of one cell whose rates lie within 2 % of `rate`.
    mutating func add(
        _ system: String, workers: Int = 1, rate: Double, guarantee: String = "in memory",
        atomSize: Int? = nil, trials: Int = 4, roundTrip: Double? = 110,
        axes: [String: String] = [:], workload: String = "keyed-count", hasFiles: Bool = false,
        hasKill: Bool = false, status: TrialStatus = .answered(.verified)
    ) {
        for trial in 0..<trials {
            var figures = TrialFigures()
            let measured = rate * Double.random(in: 0.98...1.02, using: &generator)
            figures.seconds = 5
            figures.eventsPerSecond = measured
            figures.events = UInt64(measured * 5)
            figures.latency.nanosecondsP50 = 5_000
            figures.latency.nanosecondsP99 = 50_000
            figures.coreRoundTripNanosecondsBefore = workers > 1 ? roundTrip : nil
            figures.coreRoundTripNanosecondsAfter = workers > 1 ? roundTrip : nil
            let stem = "block-\(trial)-trial-\(rows.count)"
            rows.append(
                ResultRow(
                    workload: workload, system: system, version: "1", workers: workers,
                    atomSize: atomSize, axes: axes, seed: UInt64(trial), trial: stem,
                    guarantee: guarantee, figures: figures, status: status))
            if hasFiles { addFiles(stem, rate: measured, hasKill: hasKill) }
        }
    }

    /// Intervals of a tenth of a second; at the end of the seventh the process was killed.
    private mutating func addFiles(_ stem: String, rate: Double, hasKill: Bool) {
        var series =
            "seconds,events,latency_count,latency_p50_ns,latency_p99_ns,latency_max_ns,commits,"
            + "snapshots,faults\n"
        let writer = HdrHistogramLog.Writer()
        var log = writer.header(startSecondsSinceEpoch: 1_795_000_000)
        for interval in 1...12 {
            let events = UInt64(rate / 10 * Double.random(in: 0.9...1.1, using: &generator))
            series += "\(Double(interval) / 10),\(events),100,5000,40000,90000,"
            series += "\(interval % 5),\(interval % 6 == 0 ? 1 : 0),"
            series += "\(hasKill && interval == 7 ? 1 : 0)\n"
            var histogram = LatencyHistogram()
            for _ in 0..<500 {
                let bits = UInt64.random(in: 44...52, using: &generator)
                histogram.record(nanoseconds: generator.next() >> bits, times: 40)
            }
            log += writer.line(
                startSeconds: Double(interval - 1) / 10, lengthSeconds: 0.1, histogram)
        }
        files[stem + ".series.csv"] = series
        files[stem + ".hlog"] = log
    }

    var allRows: [ResultRow] { rows }

    static let environment = """
        {"schemaVersion": 5, "startedAt": "2026-11-22T01:36:16Z", "command": ["portals", "bench"],
         "warnings": ["the governor is <powersave>"],
         "machine": {"processorModel": "Test 9000", "processorsUsable": 2, "isVirtual": true,
          "memoryBytes": 25769803776, "loadAverage": [0.1, 0.2, 0.3]},
         "build": {"commit": "0123456789abcdef", "configuration": "release", "isDirty": false},
         "matrix": {"cells": ["a · b"], "leftOut": ["c refused: <d>"], "seed": 7}}
        """

    func run(name: String = "fixture") throws -> RecordedRun {
        let schema = ResultSchema(
            axisColumns: Set(rows.flatMap(\.axes.keys)).sorted())
        return try RecordedRun(
            name: name,
            resultsText: ResultFile.headerLine(schema)
                + rows.map { ResultFile.line($0, schema) }.joined(),
            environmentText: Self.environment, trialFiles: files)
    }

    /// Something of everything: systems, guarantees, regimes, failures, a hostile name.
    static func everything() -> RecordedRunFixture {
        var fixture = RecordedRunFixture()
        fixture.add("hand-written", rate: 2e8, hasFiles: true)
        for workers in [1, 2, 4] {
            fixture.add(
                "portals", workers: workers, rate: 9e7 * Double(workers), atomSize: 1_024,
                hasFiles: true)
            fixture.add(
                "portals", workers: workers, rate: 5e7 * Double(workers), atomSize: 128)
        }
        fixture.add(
            "portals", workers: 2, rate: 6e7, atomSize: 1_024, trials: 2, roundTrip: 900)
        fixture.add("portals", rate: 5e7, guarantee: "exactly-once", atomSize: 1_024)
        fixture.add(hostileName, rate: 1e6, guarantee: "at-most-once", hasFiles: true)
        fixture.add("broken", rate: 1, trials: 2, status: .failed("it & \"fell\" <over>"))
        return fixture
    }
}

/// Trials of these rates, one in each block.
func samples(_ rates: [Double]) -> [ProcessSample] {
    rates.enumerated().map { ProcessSample(block: UInt64($0.offset), rate: $0.element) }
}
