// The report: the same bytes for the same run, nothing from outside, nothing unescaped.
import Foundation
import Testing

@testable import Report

@Suite("report page")
struct ReportPageTests {
    @Test("the same run gives the same bytes")
    func deterministic() throws {
        let pages = try (0..<2).map { _ in
            ReportPage(runs: [try RecordedRunFixture.everything().run()]).html
        }
        #expect(pages[0] == pages[1])
    }

    @Test("a name with markup stays text wherever it stands")
    func escaped() throws {
        let html = ReportPage(runs: [try RecordedRunFixture.everything().run(name: "<b>x</b>")])
            .html
        #expect(!html.contains("<script>alert"))
        #expect(html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"))
        #expect(!html.contains("<b>x</b>") && !html.contains("<powersave>"))
        #expect(!html.contains("refused: <d>"))
        // The page's own script and its end, nothing more.
        #expect(html.components(separatedBy: "<script").count == 2)
        #expect(Markup.escaped("a\u{0}<'\"&>") == "a\u{FFFD}&lt;&#39;&quot;&amp;&gt;")
    }

    @Test("nothing is asked of a network")
    func selfContained() throws {
        let html = ReportPage(runs: [try RecordedRunFixture.everything().run()]).html
        for outside in ["http:", "https:", "src=", "@import", "url(", "<link", "<iframe"] {
            #expect(!html.contains(outside), "\(outside)")
        }
    }

    @Test("the raw data come out of the page as they went in")
    func rawData() throws {
        let run = try RecordedRunFixture.everything().run()
        let html = ReportPage(runs: [run]).html
        let link = try #require(html.range(of: "data:text/csv;charset=utf-8;base64,"))
        let encoded = html[link.upperBound...].prefix { $0 != "\"" }
        let data = try #require(Data(base64Encoded: String(encoded)))
        #expect(String(decoding: data, as: UTF8.self) == run.resultsText)
    }

    @Test("every drawing has a title and a description, every number is one")
    func accessible() throws {
        let html = ReportPage(runs: [try RecordedRunFixture.everything().run()]).html
        let drawings = html.components(separatedBy: "role=\"img\"").count - 1
        #expect(drawings > 8)
        #expect(html.components(separatedBy: "<desc id=").count - 1 == drawings)
        #expect(
            html.components(separatedBy: "<table").count
                == html.components(separatedBy: "<caption>").count)
        #expect(!Self.body(html).contains("NaN") && !html.contains("\"inf"))
        for part in [
            "Summary", "Ratios", "Throughput against what was varied", "Latency",
            "In the course of a trial", "Environment", "Raw data",
        ] {
            #expect(html.contains("<h2>\(part)</h2>"), "\(part)")
        }
        #expect(html.contains("snapshot") && html.contains("commits, at most 4 an interval"))
        #expect(!html.contains("fault: a kill"))
    }

    @Test("a kill is marked over time, and its intervals are no draws of the trial's rate")
    func kill() throws {
        var fixture = RecordedRunFixture()
        fixture.add("portals", rate: 1e6, workload: "recovery", hasFiles: true, hasKill: true)
        fixture.add("portals", rate: 1e6, hasFiles: true)
        let run = try fixture.run()
        let html = ReportPage(runs: [run]).html
        #expect(html.contains("fault: a kill"))
        #expect(html.contains("2 intervals with a snapshot, 1 with a fault"))
        for row in run.rows {
            #expect(run.intervals(of: row).count == (row.workload == "recovery" ? 0 : 12))
        }
    }

    @Test("the summary says what ran, what is void and which is fastest within each guarantee")
    func summary() throws {
        let run = try RecordedRunFixture.everything().run()
        let words = ReportSummary(run: run, comparison: SystemComparison(rows: run.rows))
        #expect(words.opening.contains("Test 9000 with 2 usable processors, a virtual machine"))
        #expect(words.verification.contains("2 trials failed, so void"))
        let finding = try #require(words.findings.first { $0.title == "keyed-count" }).text
        #expect(finding.contains("Fastest in memory: portals (4 workers, near cores, atom 1,024)"))
        #expect(finding.contains("Fastest exactly-once: portals"))
        #expect(words.noise?.contains("fewer than three trials") == true)
    }

    @Test("every run of Results can be shown, whatever its schema")
    func committedRuns() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Results").standardizedFileURL
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix("results.csv") }
        #expect(files.count > 4)
        for file in files {
            let directory = folder.appending(path: file).deletingLastPathComponent()
            let run = try RecordedRun(
                name: directory.lastPathComponent,
                resultsText: String(
                    contentsOf: directory.appending(path: "results.csv"), encoding: .utf8),
                environmentText: String(
                    contentsOf: directory.appending(path: "environment.json"), encoding: .utf8))
            #expect(!run.rows.isEmpty && run.environment != nil, "\(file)")
            let html = ReportPage(runs: [run]).html
            for system in Set(run.rows.map(\.system)) {
                #expect(
                    html.contains("<b>\(system)</b>") || html.contains(">\(system)<"), "\(file)")
            }
            #expect(!Self.body(html).contains("NaN"), "\(file)")
        }
    }

    @Test("a file that can't be read is a note, not the end; a torn one is read up to there")
    func faults() throws {
        let fixture = try RecordedRunFixture.everything().run()
        let run = try RecordedRun(
            name: "x", resultsText: fixture.resultsText + "torn,row", environmentText: "{",
            trialFiles: [
                "a.series.csv": "seconds,events,new_column\n0.1,5,x\n0.2,,y\n0.3,7",
                "b.series.csv": "nothing\n", "c.hlog": "0.0,1.0,0.0,AAAA\n#\n",
                "notes.txt": "not ours",
            ])
        #expect(run.notes.count == 4, "\(run.notes)")
        #expect(run.rows.count == fixture.rows.count)
        let series = try #require(run.series["a"]).intervals
        #expect(series.map(\.events) == [5, nil])
        #expect(series.map(\.eventsPerSecond) == [50, nil])
        #expect(ReportPage(runs: [run]).html.contains("its last row was torn"))
    }

    @Test("a spectrum rises, and is uncertain where samples are too few")
    func spectrum() throws {
        let run = try RecordedRunFixture.everything().run()
        let comparison = SystemComparison(rows: run.rows)
        let section = try #require(comparison.sections.first)
        let line = try #require(section.lines.first { $0.cell.system == "hand-written" })
        let spectrum = try #require(LatencySection.spectrum(line, run.histograms))
        // 4 trials of 12 intervals of 500 · 40 samples.
        let samples = 4.0 * 12 * 500 * 40
        #expect(spectrum.points.last?.rarity == samples)
        #expect(abs(spectrum.supportedRarity - samples / 2_654 - 1) < 1e-9)
        #expect(
            zip(spectrum.points, spectrum.points.dropFirst()).allSatisfy {
                $0.rarity < $1.rarity && $0.nanoseconds < $1.nanoseconds
            })
        #expect(LatencySection.percent(2) == "50 %")
        #expect(LatencySection.percent(1_000) == "99.9 %")
        #expect(LatencySection.percent(100_000) == "99.999 %")
    }

    @Test("scales put their ends at the ends, with few ticks, ascending")
    func scales() {
        var generator = SeededGenerator(seed: 30)
        let label = { (value: Double) in Figure.text(value) }
        for _ in 0..<500 {
            let high = Double.random(in: 1e-3...1e10, using: &generator)
            let low = high / Double.random(in: 1.5...1e7, using: &generator)
            for scale in [
                PlotScale.fromZero([low, high], label: label),
                PlotScale.logarithmic([low, high], label: label),
                PlotScale.upTo(high, label: label),
            ] {
                #expect(scale.share(high) <= 1.0001 && scale.share(high) > 0.3)
                #expect(scale.share(low) >= -0.0001)
                #expect((2...11).contains(scale.ticks.count), "\(low) \(high) \(scale)")
                #expect(
                    zip(scale.ticks, scale.ticks.dropFirst()).allSatisfy { $0.value < $1.value })
            }
        }
        #expect(PlotScale.logarithmic([5], label: label).ticks.count > 1)
        // 8,192 would touch 4,096 and 16,384; the last tick always stands.
        let sizes = PlotScale.settings([1, 128, 4_096, 8_192, 16_384]) { SweepSection.plain($0) }
        #expect(sizes.ticks.map(\.label) == ["1", "128", "4,096", "16,384"])
        #expect(PlotScale.settings([1, 2, 3], label: label).ticks.count == 3)
        #expect(PlotScale.fromZero([], label: label).range == 0...1)
    }

    /// The page up to its script, which asks `isNaN`.
    private static func body(_ html: String) -> Substring {
        html.range(of: "<script>").map { html[..<$0.lowerBound] } ?? html[...]
    }
}
