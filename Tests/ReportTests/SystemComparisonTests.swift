// Systems side by side: which ratio is made with what, and what is never mixed.
import Testing

@testable import Report

@Suite("comparison of systems")
struct SystemComparisonTests {
    @Test(
        "ratios are over the hand-written loop where it is, else over portals with as many workers")
    func reference() throws {
        var fixture = RecordedRunFixture()
        for workers in [1, 2] {
            fixture.add("portals", workers: workers, rate: 100 * Double(workers), trials: 1)
            fixture.add("timely", workers: workers, rate: 50, trials: 1)
        }
        fixture.add("timely", workers: 4, rate: 50, trials: 1)
        let comparison = SystemComparison(rows: fixture.allRows)
        #expect(comparison.referenceText == "portals")
        let timely = comparison.lines.filter { $0.cell.system == "timely" }
        #expect(timely.map { $0.ratio?.referenceWorkers } == [1, 2, nil])
        fixture.add("hand-written", rate: 200, trials: 1)
        let over = SystemComparison(rows: fixture.allRows)
        #expect(over.referenceText == "hand-written")
        #expect(
            over.lines.filter { $0.cell.system != "hand-written" }.allSatisfy {
                $0.ratio?.referenceWorkers == 1
            })
        let chosen = SystemComparison(rows: fixture.allRows, reference: "timely")
        #expect(chosen.lines.filter(\.isReference).map(\.cell.workers) == [1, 2, 4])
    }

    @Test("each workload has its own reference, and one that was chosen is not replaced")
    func references() {
        var fixture = RecordedRunFixture()
        fixture.add("hand-written", rate: 10, trials: 1)
        fixture.add("portals", rate: 10, trials: 1)
        fixture.add("portals-ring", workers: 2, rate: 10, trials: 1, workload: "queue")
        fixture.add("cxx-ring", workers: 2, rate: 20, trials: 1, workload: "queue")
        let comparison = SystemComparison(rows: fixture.allRows)
        #expect(comparison.referenceText == "hand-written (queue: portals-ring)")
        let ring = comparison.lines.first { $0.cell.system == "cxx-ring" }
        #expect(abs((ring?.ratio?.value.ratio ?? 0) - 2) < 0.1)
        let chosen = SystemComparison(rows: fixture.allRows, reference: "portals")
        #expect(chosen.references == ["keyed-count": "portals"])
        #expect(chosen.lines.filter { $0.cell.workload == "queue" }.allSatisfy { $0.ratio == nil })
    }

    @Test("a ratio between guarantees is marked, and one within a guarantee is preferred")
    func guarantees() throws {
        var fixture = RecordedRunFixture()
        fixture.add("portals", rate: 100, trials: 1)
        fixture.add("portals", rate: 50, guarantee: "exactly-once", trials: 1)
        fixture.add("flink", rate: 10, guarantee: "exactly-once", trials: 1)
        fixture.add("redis", rate: 20, guarantee: "at-most-once", trials: 1)
        let lines = SystemComparison(rows: fixture.allRows).lines
        let flink = try #require(lines.first { $0.cell.system == "flink" }?.ratio)
        #expect(!flink.isAcrossGuarantees && flink.referenceGuarantee == "exactly-once")
        #expect(abs(flink.value.ratio - 0.2) < 0.02)
        let redis = try #require(lines.first { $0.cell.system == "redis" }?.ratio)
        #expect(redis.isAcrossGuarantees)
        let table = SystemTable(runs: [try fixture.run().tableRun()]).markdown
        let row = try #require(table.split(separator: "\n").first { $0.contains("redis") })
        #expect(row.contains("†") && table.contains("promise different things"))
        #expect(
            !(try #require(table.split(separator: "\n").first { $0.contains("flink") }))
                .contains("†"))
    }

    @Test("near, far and moved trials are lines of their own, in ratios and in scaling")
    func regimes() throws {
        var fixture = RecordedRunFixture()
        fixture.add("hand-written", rate: 100)
        fixture.add("portals", rate: 60)
        fixture.add("portals", workers: 2, rate: 130, roundTrip: 110)
        fixture.add("portals", workers: 2, rate: 30, roundTrip: 900)
        let lines = SystemComparison(rows: fixture.allRows).lines.filter {
            $0.cell.system == "portals"
        }
        #expect(lines.map(\.regime) == [nil, .near, .far])
        #expect(lines[0].scaling.map(\.regime) == [.near, .far])
        #expect(lines[0].scaling.map(\.outperforming) == [.workers(2), .unreached(upTo: 2)])
        #expect(lines[1].scaling.map(\.outperforming) == [.workers(2)])
        #expect(lines[2].scaling.map(\.outperforming) == [.unreached(upTo: 2)])
        // A reference with several workers is of the same regime only.
        fixture.add("timely", workers: 2, rate: 65, roundTrip: 110)
        let timely = SystemComparison(rows: fixture.allRows, reference: "portals").lines
            .first { $0.cell.system == "timely" }
        #expect(abs((timely?.ratio?.value.ratio ?? 0) - 0.5) < 0.05)
    }

    @Test("the law is fitted within a regime and refused by name with two numbers of workers")
    func scaling() throws {
        var fixture = RecordedRunFixture()
        for workers in [1, 2, 4] {
            fixture.add("near", workers: workers, rate: 10 * Double(workers))
            fixture.add("few", workers: min(workers, 2), rate: 10 * Double(workers), trials: 1)
        }
        fixture.add("near", workers: 8, rate: 1, roundTrip: 900)
        let lines = SystemComparison(rows: fixture.allRows).lines
        let near = try #require(lines.first { $0.cell.system == "near" && $0.regime == .near })
        #expect(try #require(near.scaling.first).law.get().contention < 0.05)
        let few = try #require(lines.first { $0.cell.system == "few" })
        #expect(throws: UniversalScalability.Refusal.tooFewWorkerCounts(2)) {
            try few.scaling.first?.law.get()
        }
        let table = SystemTable(runs: [try fixture.run().tableRun()])
        #expect(table.markdown.contains("too few worker counts"))
        #expect(table.csv.contains("too few worker counts: 2"))
    }

    @Test("geometric means stay within one guarantee, and each workload weighs the same")
    func means() {
        var fixture = RecordedRunFixture()
        for workload in ["a", "b"] {
            fixture.add("hand-written", rate: 100, trials: 3, workload: workload)
            fixture.add(
                "flink", rate: 1, guarantee: "exactly-once", trials: 3, workload: workload)
        }
        fixture.add("portals", rate: 400, atomSize: 1, workload: "a")
        fixture.add("portals", rate: 100, atomSize: 2, workload: "a")
        fixture.add("portals", rate: 50, workload: "b")
        let means = SystemComparison(rows: fixture.allRows).geometricMeans
        #expect(means.map(\.system) == ["portals"])
        #expect(means.first?.cells == 2 && means.first?.cellsOfAll == 2)
        // (√(4 · 1) · 0.5)^(1/2) = 1.
        #expect(abs((means.first?.ratio ?? 0) - 1) < 0.03)
    }

    @Test("what was not measured is blank in every format, and void trials are counted")
    func blank() throws {
        let run = try RecordedRunFixture.everything().run()
        let table = SystemTable(runs: [run.tableRun()])
        let broken = try #require(
            table.markdown.split(separator: "\n").first { $0.contains("broken") })
        #expect(broken.contains("2 FAILED") && !broken.contains(" 0 "))
        let csv = try CSV.parse(table.csv)
        #expect(csv.records.allSatisfy { $0.fields.count == SystemTable.csvColumns.count })
        let rate = try #require(SystemTable.csvColumns.firstIndex(of: "events_per_second"))
        let line = try #require(csv.records.first { $0.fields.contains("broken") })
        #expect(line.fields[rate] == "")
    }

    @Test("names can't become markup in Markdown or LaTeX")
    func escaping() throws {
        var fixture = RecordedRunFixture()
        fixture.add("a_b|<i>&%$#{}\\", rate: 1, trials: 1)
        let table = SystemTable(runs: [try fixture.run().tableRun()])
        #expect(table.markdown.contains("a\\_b\\|\\<i\\>"))
        #expect(
            table.latex.contains(
                "a\\_b|\\textless{}i\\textgreater{}\\&\\%\\$\\#\\{\\}\\textbackslash{}"))
        #expect(table.latex.contains("\\toprule") && table.latex.contains("\\end{tabular}"))
    }
}
