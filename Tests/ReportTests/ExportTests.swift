// Exports: JMH's form, ours, and one log of HdrHistogram.
import Testing

@testable import Report

@Suite("exports")
struct ExportTests {
    @Test("JMH's form has each trial as a fork, and the mean with its 99.9 % interval")
    func jmh() throws {
        var fixture = RecordedRunFixture()
        fixture.add("portals x", workers: 2, rate: 1e6, atomSize: 8, axes: ["keys": "10"])
        fixture.add("failed", rate: 1, status: .failed("x"))
        let json = JMHExport.json(try fixture.run())
        // Read back as text: that is what a viewer does.
        guard case .array(let members) = try #require(JSONValue(text: json.text)) else {
            Issue.record("not an array")
            return
        }
        #expect(members.count == 1)
        let member = try #require(members.first)
        #expect(member["benchmark"] == .string("portals.keyed-count.portals_x"))
        #expect(member["mode"] == .string("thrpt") && member["threads"] == .integer(2))
        #expect(member["params"]?["keys"] == .string("10"))
        let metric = try #require(member["primaryMetric"])
        guard case .array(let forks) = metric["rawData"], case .number(let score) = metric["score"],
            case .number(let error) = metric["scoreError"]
        else {
            Issue.record("no figures in \(metric)")
            return
        }
        #expect(forks.count == 4)
        let rates = fixture.allRows.compactMap(\.figures.eventsPerSecond)
        let mean = rates.reduce(0, +) / 4
        #expect(abs(score - mean) < 1e-6)
        let deviation = (rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
        // scipy.stats.t.ppf(0.9995, 3) == 12.923978636687485
        #expect(abs(error - 12.923978636687485 * deviation / 2) < 1e-3 * error)
    }

    @Test("our form has every column of every trial, and nothing that was not measured")
    func ours() throws {
        let run = try RecordedRunFixture.everything().run()
        let json = try #require(JSONValue(text: ResultsJSON.json(run).text))
        #expect(json["format"] == .string("portals-results"))
        guard case .array(let trials) = json["trials"], case .array(let columns) = json["columns"]
        else {
            Issue.record("no trials")
            return
        }
        #expect(trials.count == run.rows.count)
        #expect(
            columns.count == ResultSchema(axisColumns: run.axisColumns).header.count)
        for (trial, row) in zip(trials, run.rows) {
            #expect(trial["system"] == .string(row.system))
            #expect(trial["events"] == row.figures.events.map { .integer($0) })
            #expect(trial["commits"] == nil)
            #expect(trial["counts"] == .bool(row.status.counts))
            #expect((trial["series"] != nil) == (row.stem.flatMap { run.series[$0] } != nil))
        }
        #expect(json["environment"]?["machine"]?["processorModel"] == .string("Test 9000"))
    }

    @Test("the log has the intervals of all trials, each under its tag")
    func histograms() throws {
        let run = try RecordedRunFixture.everything().run()
        let log = try HdrHistogramLog(text: try #require(HistogramExport.log(run)))
        #expect(log.intervals.count == run.histograms.values.map(\.intervals.count).reduce(0, +))
        for (stem, original) in run.histograms {
            let tagged = log.intervals.filter { $0.tag == stem }
            #expect(tagged.map(\.histogram) == original.intervals.map(\.histogram))
        }
        var bare = RecordedRunFixture()
        bare.add("portals", rate: 1)
        #expect(HistogramExport.log(try bare.run()) == nil)
    }

    @Test("JSON comes back as it went out, quotes, control characters and large numbers")
    func json() throws {
        let value = JSONValue.object([
            "a\"\\\n\u{1}ä": .array([.null, .bool(true), .string("\u{1F600}\t"), .object([:])]),
            "b": .integer(.max), "c": .number(-1.5e300), "d": .array([]),
        ])
        #expect(JSONValue(text: value.text) == value)
        #expect(JSONValue(text: "{") == nil)
        #expect(JSONValue.number(.infinity).text == "null\n")
        #expect(JSONValue.number(1e300).plainText == "1e+300")
    }
}
