// results.csv written and read back, torn, and documented.
import Foundation
import Testing

@testable import Report

@Suite("results file")
struct ResultFileTests {
    @Test("the header has the columns of the issue in their order")
    func header() {
        let header = ResultSchema(axisColumns: ["pinning", "mode"]).header
        let expected = """
            workload, system, version, workers, atom_size, pinning, mode, seed, trial, \
            guarantee, steady, events, seconds, \
            events_per_second, latency_p50_ns, latency_p90_ns, latency_p99_ns, latency_p999_ns, \
            latency_max_ns, service_latency_p50_ns, service_latency_p99_ns, \
            service_latency_p999_ns, service_latency_max_ns, warm_up_seconds, look_seconds, \
            cpu_seconds, peak_rss_bytes, allocations_per_event, commits, \
            committed_bytes, fdatasync_p50_ns, fdatasync_p99_ns, echo_over_fdatasync_p50, \
            echo_over_fdatasync_p99, snapshots, snapshot_stand_max_ns, snapshot_quiet_max_ns, \
            snapshot_bytes, restore_ns, replay_ns, live_events_per_second, \
            goodput_per_second, compensation_p50_ns, compensation_p99_ns, dirty_reads, \
            model_versions, accuracy, offline_events_per_second, \
            core_round_trip_before_ns, core_round_trip_after_ns, verified
            """
        #expect(header.joined(separator: ", ") == expected)
    }

    @Test("rows with quotes, commas, line ends and empty cells come back as they were")
    func roundTrip() throws {
        let schema = ResultSchema(axisColumns: ["mode", "idle"])
        var generator = SeededGenerator(seed: 11)
        let pieces = ["a", "\"", ",", "\n", "\r\n", "\r", " ", "ä", "\u{1F600}", "\"\""]
        func text() -> String {
            (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                pieces[Int.random(in: pieces.indices, using: &generator)]
            }.joined()
        }
        func maybe<Value>(_ value: @autoclosure () -> Value) -> Value? {
            Bool.random(using: &generator) ? value() : nil
        }
        for _ in 0..<500 {
            var figures = TrialFigures()
            figures.events = maybe(generator.next())
            figures.seconds = maybe(Double.random(in: 1e-9...1e9, using: &generator))
            figures.eventsPerSecond = maybe(Double.random(in: 1e-9...1e12, using: &generator))
            figures.latency.nanosecondsP50 = maybe(generator.next())
            figures.latency.nanosecondsMax = maybe(generator.next())
            figures.serviceLatency.nanosecondsP99 = maybe(generator.next())
            figures.steadiness = maybe(.slowing)
            figures.warmUpSeconds = maybe(1.0 / 19)
            figures.lookSeconds = maybe(1.0 / 23)
            figures.allocationsPerEvent = maybe(0)
            figures.coreRoundTripNanosecondsAfter = maybe(1.0 / 3)
            figures.commits = maybe(generator.next())
            figures.committedBytes = maybe(generator.next())
            figures.synchronizationNanosecondsP99 = maybe(generator.next())
            figures.synchronizedRatioP99 = maybe(1.0 / 9)
            figures.snapshots = maybe(generator.next())
            figures.snapshotStandNanosecondsMax = maybe(generator.next())
            figures.snapshotBytes = maybe(generator.next())
            figures.restoreNanoseconds = maybe(generator.next())
            figures.liveEventsPerSecond = maybe(1.0 / 7)
            figures.goodputPerSecond = maybe(1.0 / 11)
            figures.compensationNanosecondsP50 = maybe(generator.next())
            figures.compensationNanosecondsP99 = maybe(generator.next())
            figures.dirtyReads = maybe(generator.next())
            figures.modelVersions = maybe(generator.next())
            figures.accuracy = maybe(1.0 / 13)
            figures.offlineEventsPerSecond = maybe(1.0 / 17)
            let statuses: [TrialStatus] = [
                .answered(.verified), .answered(.wrong(text())),
                .answered(.notVerifiable(text())), .failed(text()),
            ]
            var axes: [String: String] = [:]
            for name in schema.axisColumns where Bool.random(using: &generator) {
                axes[name] = "x" + text()
            }
            let row = ResultRow(
                workload: text(), system: text(), version: text(), workers: 2,
                atomSize: maybe(128), axes: axes, seed: generator.next(), trial: text(),
                guarantee: text(), figures: figures,
                status: statuses[Int.random(in: 0..<4, using: &generator)])
            let line = ResultFile.line(row, schema)
            let file = try ResultFile(text: ResultFile.headerLine(schema) + line + line)
            #expect(file.rows == [row, row])
            #expect(file.schema == schema)
        }
    }

    @Test("a wrong or failed trial keeps no figure")
    func voided() {
        var figures = TrialFigures()
        figures.eventsPerSecond = 5
        #expect(row(figures, .answered(.wrong("x"))).figures == TrialFigures())
        #expect(row(figures, .failed("x")).figures == TrialFigures())
        #expect(row(figures, .answered(.verified)).figures.eventsPerSecond == 5)
    }

    @Test("a torn last row is left out wherever it was torn, and its place is known")
    func torn() throws {
        let schema = ResultSchema(axisColumns: ["mode"])
        let first = row(TrialFigures(), .answered(.verified))
        let second = row(TrialFigures(), .failed("a \"quoted\",\nreason"))
        let whole =
            ResultFile.headerLine(schema) + ResultFile.line(first, schema)
        let last = ResultFile.line(second, schema)
        for length in 0..<last.utf8.count {
            let torn = String(decoding: Array(last.utf8.prefix(length)), as: UTF8.self)
            let file = try ResultFile(text: whole + torn)
            #expect(file.rows == [first], "torn after \(length) bytes")
            #expect(file.completeByteCount == whole.utf8.count)
        }
        #expect(try ResultFile(text: whole + last).rows == [first, second])
    }

    @Test("a file of the first version is read, and what it did not measure is absent")
    func firstVersion() throws {
        let header = """
            workload,system,version,workers,atom_size,mode,seed,events,seconds,events_per_second,\
            latency_p50_ns,latency_p90_ns,latency_p99_ns,latency_p999_ns,latency_max_ns,\
            cpu_seconds,peak_rss_bytes,allocations_per_event,core_round_trip_before_ns,\
            core_round_trip_after_ns,verified
            """
        let file = try ResultFile(
            text: header + "\nw,s,1,2,128,fast,3,10,2.0,5.0,,,,,,,,,100.0,,verified\n")
        let row = try #require(file.rows.first)
        #expect(file.schema.axisColumns == ["mode"])
        #expect(row.figures.eventsPerSecond == 5 && row.figures.commits == nil)
        #expect(row.figures.coreRoundTripNanosecondsBefore == 100)
        // Rows that are appended have the columns of the file.
        #expect(ResultFile.line(row, file.schema).count { $0 == "," } == 20)
    }

    @Test("a value that is none is refused with its line and column")
    func refused() {
        let schema = ResultSchema(axisColumns: [])
        let good = ResultFile.line(row(TrialFigures(), .answered(.verified)), schema)
        let bad = good.replacing(",verified", with: ",perhaps")
        let error = #expect(throws: ResultFileError.self) {
            try ResultFile(text: ResultFile.headerLine(schema) + good + bad)
        }
        #expect(error?.description == "results.csv:3: 'perhaps' is no value of column verified")
        #expect(throws: ResultFileError.self) { try ResultFile(text: "a,b\n1,2\n") }
        #expect(throws: CSV.Malformed.self) { try CSV.parse("a\"b\n") }
        #expect(throws: CSV.Malformed.self) { try CSV.parse("\"a\"b\n") }
    }

    @Test("the README documents every column as the schema does")
    func documented() throws {
        let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Benchmarks/Report/README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        #expect(
            text.contains(ResultColumn.documentation),
            "put this into Benchmarks/Report/README.md:\n\(ResultColumn.documentation)")
    }

    private func row(_ figures: TrialFigures, _ status: TrialStatus) -> ResultRow {
        ResultRow(
            workload: "w", system: "s", version: "1", workers: 1, atomSize: nil, axes: [:],
            seed: 3, figures: figures, status: status)
    }
}
