// The table: its figures, its regimes, its width.
import Testing

@testable import Report

@Suite("result table")
struct ResultTableTests {
    @Test("figures have three significant digits")
    func figures() {
        let texts = [0, 0.00123456, 0.9996, 1, 9.996, 12.345, 999.6, 1_234_567].map(Figure.text)
        #expect(
            texts == ["0", "0.00123", "1.00", "1.00", "10.0", "12.3", "1,000", "1,234,567"])
        #expect(Figure.text(-2.5) == "-2.50")
        #expect(Figure.duration(seconds: 59.4) == "59 s")
        #expect(Figure.duration(seconds: 125) == "2 min 5 s")
        #expect(Figure.duration(seconds: 3_780) == "1 h 3 min")
    }

    @Test("near and far trials of one cell are two lines, and one worker has no regime")
    func regimes() {
        let rows = [
            row("ours", workers: 2, rate: 30, roundTrip: (110, 120)),
            row("ours", workers: 2, rate: 40, roundTrip: (110, 120)),
            row("ours", workers: 2, rate: 10, roundTrip: (500, 700)),
            row("ours", workers: 2, rate: 20, roundTrip: (110, 700)),
            row("ours", workers: 2, rate: 20, roundTrip: nil),
            row("ours", workers: 1, rate: 15, roundTrip: (110, 110)),
        ]
        let lines = ResultSummaries(rows: rows).lines
        #expect(lines.map(\.regime) == [nil, .near, .far, .moved, .unknown])
        #expect(lines.map(\.eventsPerSecond) == [15, 35, 10, 20, 20])
    }

    @Test("the ratio is over the reference of the same workload, atom size and settings")
    func ratios() {
        let rows = [
            row("hand-written", rate: 10, atomSize: 5, axes: ["mode": "a"]),
            row("hand-written", rate: 100, atomSize: 8, axes: ["mode": "a"]),
            row("hand-written", rate: 1_000, atomSize: 5, axes: ["mode": "b"]),
            row("ours", rate: 50, atomSize: 5, axes: ["mode": "a", "pinning": "on"]),
            row("ours", rate: 50, atomSize: 8, axes: ["mode": "a", "pinning": "on"]),
            row("ours", rate: 50, atomSize: 5, axes: ["mode": "b", "pinning": "on"]),
            row("ours", rate: 50, atomSize: 9, axes: ["mode": "b", "pinning": "on"]),
        ]
        let ours = ResultSummaries(rows: rows).lines.filter { $0.system == "ours" }
        #expect(ours.map { $0.ratio?.ratio } == [5, 0.5, 0.05, nil])
    }

    @Test("wrong and failed trials are counted and give no figures")
    func voided() {
        let rows = [
            row("ours", rate: 10), row("ours", rate: 10, status: .answered(.wrong("x"))),
            row("ours", rate: 10, status: .failed("x")), row("theirs", status: .failed("x")),
        ]
        let table = ResultTable(rows: rows)
        #expect(table.text.contains("1 verified, 1 WRONG, 1 FAILED"))
        let lines = table.summaries.lines
        #expect(lines.map(\.trials) == [1, 0])
        #expect(lines.map(\.failed) == [1, 1])
        #expect(lines[1].eventsPerSecond == nil)
    }

    @Test("a percentile of too few samples says that n is too small, one not measured is a dash")
    func tooFew() {
        var figures = TrialFigures()
        figures.eventsPerSecond = 1e6
        figures.latency.nanosecondsP50 = 2_000
        figures.latency.nanosecondsMax = 9_000
        let measured = ResultRow(
            workload: "w", system: "measured", version: "1", workers: 1, atomSize: 1, axes: [:],
            seed: 1, figures: figures, status: .answered(.verified))
        let table = ResultTable(rows: [measured, row("silent", rate: 5)])
        let lines = table.text.split(separator: "\n")
        let cells = { (name: String) in
            lines.first { $0.contains("  \(name) ") }?.split(separator: " ").map(String.init) ?? []
        }
        #expect(cells("measured").suffix(7) == ["2.00", "n", "too", "small", "-", "1", "verified"])
        #expect(cells("silent").suffix(5) == ["-", "-", "-", "1", "verified"])
    }

    @Test("a system that ignores an axis stands in every section that it belongs to")
    func sections() {
        let rows = [
            row("hand-written", rate: 10),
            row("ours", rate: 5, axes: ["idle": "spin"]),
            row("ours", rate: 6, axes: ["idle": "park"]),
        ]
        let text = ResultTable(
            rows: rows, headings: [.init(workload: "w", question: "how fast?")]
        ).text
        #expect(text.contains("w · idle park: how fast?"))
        #expect(text.contains("w · idle spin: how fast?"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("  hand-written") } == 2)
    }

    @Test("no line is wider than 120 columns with names and figures of usual size")
    func width() {
        let rows = (0..<5).flatMap { trial in
            [
                row("hand-written", rate: 387_654_321 + Double(trial) * 1e7, atomSize: 1_048_576),
                row(
                    "portals", workers: 2, rate: 123_456_789 + Double(trial) * 1e7,
                    atomSize: 1_048_576, roundTrip: (110, 900)),
            ]
        }
        let text = ResultTable(
            rows: rows,
            headings: [.init(workload: "w", question: String(repeating: "why ", count: 60))]
        ).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(text)")
        #expect(text.contains("moved"))
    }

    @Test("beside journals no line is wider than 120 columns either")
    func widthOfJournals() {
        let rows = ["none", "asynchronous", "durable"].flatMap { journal in
            (0..<3).map { trial in
                var row = row(
                    "hand-written", workers: 2, rate: 123_456_789 + Double(trial) * 1e7,
                    atomSize: 8_192, axes: ["journal": journal, "commit_bytes": "65536"],
                    roundTrip: (110, 900))
                row.figures.latency.nanosecondsP50 = 1_234_567
                row.figures.latency.nanosecondsP99 = 123_456_789
                row.figures.synchronizationNanosecondsP50 = 1_234_567
                return row
            }
        }
        let text = ResultTable(rows: rows).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(text)")
        #expect(text.contains("exactly-once") && text.contains("123,457"))
    }

    @Test("a durable line names its guarantee and its time over the same work in memory")
    func guarantees() throws {
        let rows = [
            row("hand-written", rate: 1e8, axes: ["journal": "none"]),
            row("ours", rate: 6e7, axes: ["journal": "none"]),
            row("ours", rate: 5e7, axes: ["journal": "durable", "commit_bytes": "65536"]),
            row("ours", workers: 2, rate: 9e7, axes: ["journal": "none"]),
        ]
        let lines = ResultSummaries(rows: rows).lines
        let durable = try #require(lines.first { $0.guarantee == Guarantee.exactlyOnce.rawValue })
        #expect(durable.timeOverInMemory?.ratio == 1.2)
        #expect(durable.ratio?.ratio == 0.5)
        #expect(lines.filter { $0.timeOverInMemory != nil }.count == 1)
        let text = ResultTable(rows: rows).text
        #expect(text.contains("exactly-once") && text.contains("in memory"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(text)")
        // Without a journal there is nothing to tell apart: one sentence says it.
        let inMemory = ResultTable(rows: Array(rows.prefix(2))).text
        #expect(inMemory.contains("Guarantee in all rows: in memory"))
        #expect(!inMemory.contains("time/mem"))
    }

    @Test("sagas have columns of their own, and no line is wider than 120 columns")
    func sagas() throws {
        let rows = ["none", "durable"].flatMap { journal in
            (0..<2).map { trial in
                var row = row(
                    "hand-written", workers: 2, rate: 123_456_789, atomSize: 8_192,
                    axes: ["journal": journal, "steps": "10"], roundTrip: (110, 900))
                row.figures.events = 2_000
                row.figures.goodputPerSecond = 99_876_543
                row.figures.compensationNanosecondsP50 = 1_234_567
                row.figures.compensationNanosecondsP99 = 123_456_789
                row.figures.dirtyReads = UInt64(1_000 + trial * 2_000)
                return row
            }
        }
        let line = try #require(ResultSummaries(rows: rows).lines.first)
        #expect(line.goodputPerSecond == 99_876_543)
        #expect(line.compensationNanosecondsP50 == 1_234_567)
        // Medians of 500 and 1,500 for each thousand orders.
        #expect(line.dirtyReadsPerThousand == 1_000)
        for rows in [rows, Array(rows.prefix(2))] {
            let text = ResultTable(rows: rows).text
            #expect(text.contains("M good/s") && text.contains("undo p99"))
            #expect(text.contains("99.9") && text.contains("123,457"))
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(text)")
        }
        #expect(!ResultTable(rows: [row("a", rate: 1)]).text.contains("M good/s"))
    }

    @Test("ML serving has columns of its own, and no line is wider than 120 columns")
    func serving() throws {
        let rows = ["none", "durable"].flatMap { journal in
            [0.8, 0.9, 0.95].map { share in
                var row = row(
                    "hand-written", workers: 2, rate: 123_456_789 * share, atomSize: 8_192,
                    axes: ["journal": journal, "scenario": "server"], roundTrip: (110, 900))
                row.figures.accuracy = share - 0.1
                row.figures.offlineEventsPerSecond = 123_456_789
                return row
            }
        }
        let line = try #require(ResultSummaries(rows: rows).lines.first)
        #expect(line.overOffline == 0.9)
        #expect(line.accuracy == 0.8)
        for rows in [rows, Array(rows.prefix(3))] {
            let text = ResultTable(rows: rows).text
            #expect(text.contains("of offline") && text.contains("accuracy"))
            for line in text.split(separator: "\n") { #expect(line.count <= 120, "\(line)") }
        }
        #expect(!ResultTable(rows: [row("a", rate: 1)]).text.contains("of offline"))
    }

    @Test("the Markdown table has as many cells in every line as in its head")
    func markdown() {
        let text = ResultTable(rows: [row("a", rate: 1), row("b", rate: 2)]).markdown
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(lines.count == 4)
        #expect(Set(lines.map { $0.count { $0 == "|" } }).count == 1)
    }

    private func row(
        _ system: String, workers: Int = 1, rate: Double? = nil, atomSize: Int? = nil,
        axes: [String: String] = [:], roundTrip: (before: Double, after: Double)? = nil,
        status: TrialStatus = .answered(.verified)
    ) -> ResultRow {
        var figures = TrialFigures()
        figures.eventsPerSecond = rate
        figures.coreRoundTripNanosecondsBefore = roundTrip?.before
        figures.coreRoundTripNanosecondsAfter = roundTrip?.after
        return ResultRow(
            workload: "w", system: system, version: "1", workers: workers, atomSize: atomSize,
            axes: axes, seed: 1, figures: figures, status: status)
    }
}
