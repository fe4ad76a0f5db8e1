// The report: one HTML file that asks nothing of a network, out of the folders of one or more runs.

/// A page on runs. The same runs give the same bytes.
public struct ReportPage: Sendable {
    let runs: [RecordedRun]
    let reference: String?

    /// A page on these runs; ratios are over `reference`, else the hand-written loop, else
    /// portals.
    public init(runs: [RecordedRun], reference: String? = nil) {
        self.runs = runs
        self.reference = reference
    }

    private var title: String {
        let workloads = Set(runs.flatMap(\.rows).map(\.workload)).sorted()
        let names =
            workloads.count > 3
            ? "\(workloads.count) workloads" : workloads.joined(separator: ", ")
        return names.isEmpty ? "Benchmark report" : "Benchmark report: \(names)"
    }

    /// The file's text.
    public var html: String {
        var body = "<header><p class=\"brand\">Portals for Swift</p>"
        body += "<h1>\(Markup.escaped(title))</h1></header>\n<main>\n"
        for (number, run) in runs.enumerated() {
            body +=
                RunReport(
                    run: run, number: number, isOnly: runs.count == 1, reference: reference
                ).html
        }
        body += "</main>\n<footer><p>Made by <code>portals report</code> from the folders of "
        body +=
            "\(runs.count == 1 ? "one run" : "\(runs.count) runs"). Ratios are made within a run "
        body += "only, since only its trials were interleaved. What is not shown was not "
        body += "measured.</p></footer>\n"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(Markup.escaped(title))</title>
            <style>
            \(PageStyle.sheet)
            </style>
            </head>
            <body>
            \(body)<script>
            \(PageStyle.script)
            </script>
            </body>
            </html>

            """
    }
}

/// The part of the page that is about one run.
struct RunReport {
    let run: RecordedRun
    let number: Int
    let isOnly: Bool
    let comparison: SystemComparison

    init(run: RecordedRun, number: Int, isOnly: Bool, reference: String?) {
        self.run = run
        self.number = number
        self.isOnly = isOnly
        comparison = SystemComparison(rows: run.rows, reference: reference)
    }

    var html: String {
        var html = "<article class=\"run\" id=\"run\(number)\">\n"
        html += "<p class=\"origin\"><b>\(Markup.escaped(run.name))</b> "
        html += "\(Markup.escaped(run.origin))</p>\n"
        html += summary
        html += part("Ratios", ratiosNote, forests)
        html += part(
            "Throughput against what was varied",
            "Medians of the trials. Only rows that are alike in all else are joined; trials during "
                + "which the cores moved are in the table only.",
            grid(sweeps, "sweep"))
        html += part("Latency", latencyNote, grid(latencies, "latency"))
        html += part(
            "In the course of a trial",
            "The trial of the median rate, the others faint behind it. Snapshots stand as "
                + "vertical lines, commits as bars at the foot.", times)
        html += part("All rows", "", table)
        html += part("Environment", "", EnvironmentSection(run: run).html)
        html += part("Raw data", "", downloads)
        return html + "</article>\n"
    }

    private func part(_ title: String, _ note: String, _ content: String) -> String {
        guard !content.isEmpty else { return "" }
        var html = "<section class=\"part\"><h2>\(Markup.escaped(title))</h2>\n"
        if !note.isEmpty { html += "<p class=\"note\">\(Markup.escaped(note))</p>\n" }
        return html + content + "</section>\n"
    }

    private var summary: String {
        let words = ReportSummary(run: run, comparison: comparison)
        var html = "<section class=\"summary\"><h2>Summary</h2>\n"
        html += "<p>\(Markup.escaped(words.opening)) \(Markup.escaped(words.verification))</p>\n"
        let findings = words.findings
        if !findings.isEmpty {
            html += "<dl>"
            for (title, text) in findings {
                html +=
                    "<div><dt>\(Markup.escaped(title))</dt><dd>\(Markup.escaped(text))</dd></div>"
            }
            html += "</dl>\n"
        }
        if let noise = words.noise { html += "<p class=\"noise\">\(Markup.escaped(noise))</p>\n" }
        return html + "</section>\n"
    }

    private var ratiosNote: String {
        var note =
            "How many times as fast as \(comparison.referenceText) at the same workload and "
            + "settings; it lies within the bar with 95 % confidence. The axis is logarithmic."
        if comparison.lines.contains(where: { $0.ratio?.isAcrossGuarantees ?? false }) {
            note += " † compares different guarantees, so not like with like."
        }
        return note
    }

    private var forests: String {
        let sections = comparison.sections.map {
            ForestSection(
                section: $0, reference: comparison.references[$0.workload] ?? ""
            ).html
        }.filter { !$0.isEmpty }
        guard !sections.isEmpty else { return "" }
        var guarantees: [String] = []
        for line in comparison.lines
        where !line.cell.guarantee.isEmpty && !guarantees.contains(line.cell.guarantee) {
            guarantees.append(line.cell.guarantee)
        }
        var html = "<ul class=\"legend keys\">"
        for guarantee in guarantees {
            html += "<li class=\"\(ForestSection.style(guarantee))\"><i></i>"
            html += "\(Markup.escaped(guarantee))</li>"
        }
        return html + "</ul>\n<div class=\"forests\(sections.count == 1 ? " one" : "")\">\n"
            + sections.joined() + "</div>\n"
    }

    private func grid(_ plots: [LinePlot], _ name: String) -> String {
        guard !plots.isEmpty else { return "" }
        let figures = plots.enumerated().map { index, plot in
            plot.figure(id: "\(name)\(number)-\(index)")
        }
        return "<div class=\"plots\">\n" + figures.joined() + "</div>\n"
    }

    private var sweeps: [LinePlot] {
        var workloads: [String] = []
        for line in comparison.lines where !workloads.contains(line.cell.workload) {
            workloads.append(line.cell.workload)
        }
        return workloads.flatMap { workload in
            SweepSection(
                workload: workload, lines: comparison.lines.filter { $0.cell.workload == workload }
            ).plots
        }
    }

    private var latencies: [LinePlot] {
        comparison.sections.flatMap {
            LatencySection(section: $0, histograms: run.histograms).plots
        }
    }

    private var latencyNote: String {
        run.histograms.isEmpty
            ? "From the percentiles of results.csv, as this run has no histograms; those with too "
                + "few samples are left out. The axis opens up towards the rare: each step is ten "
                + "times as rare."
            : "All trials of a row in one histogram, from the intended time of entry. The axis "
                + "opens up towards the rare: each step is ten times as rare."
    }

    /// The fastest row of each system and guarantee in view, the others folded away.
    private var times: String {
        let still = comparison.lines.filter { $0.regime != .moved }
        let featured = Set(LatencySection.fastest(still).map(\.cell))
        let isFeatured = { (line: SystemComparison.Line) in featured.contains(line.cell) }
        return timePlots(still.filter(isFeatured), summary: "The fastest rows", isOpen: true)
            + timePlots(
                still.filter { !isFeatured($0) }, summary: "All other rows", isOpen: false)
    }

    private func timePlots(
        _ lines: [SystemComparison.Line], summary: String, isOpen: Bool
    ) -> String {
        var figures: [String] = []
        let hasSeveralWorkloads = Set(run.rows.map(\.workload)).count > 1
        for line in lines {
            guard
                let section = TimeSection(
                    line: line, series: run.series, namesWorkload: hasSeveralWorkloads)
            else { continue }
            for plot in section.plots {
                figures.append(
                    plot.figure(id: "time\(isOpen ? "a" : "b")\(number)-\(figures.count)"))
            }
        }
        guard !figures.isEmpty else { return "" }
        return "<details\(isOpen ? " open" : "")><summary>\(summary)</summary>"
            + "<div class=\"plots\">\n" + figures.joined() + "</div></details>\n"
    }

    private var table: String {
        let columns = SystemTable.Column.allCases.filter { column in
            comparison.sections.contains { SystemTable.columns($0).contains(column) }
        }
        let latency: [(String, (LatencyPercentiles) -> UInt64?)] = [
            ("p50", \.nanosecondsP50), ("p99", \.nanosecondsP99),
        ]
        let lines = comparison.lines
        let absent = { (line: SystemComparison.Line) in
            let hasLatency = line.trials.contains { $0.figures.latency.nanosecondsMax != nil }
            return hasLatency ? SampleSize.tooSmall : ""
        }
        let medians = { (line: SystemComparison.Line) in
            latency.map { entry in
                Quantile.median(
                    line.trials.compactMap { entry.1($0.figures.latency).map { Double($0) } })
            }
        }
        let settings = { (line: SystemComparison.Line) in
            line.cell.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", ")
        }
        let hasSettings = lines.contains { !$0.cell.settings.isEmpty }
        let head =
            ["workload"] + (hasSettings ? ["settings"] : []) + columns.map(\.rawValue)
            + latency.map(\.0)
        let isLeft =
            [true] + (hasSettings ? [true] : []) + columns.map(\.isLeft)
            + latency.map { _ in false }
        let rows = lines.map { line in
            [line.cell.workload] + (hasSettings ? [settings(line)] : [])
                + columns.map { SystemTable.cell(line, $0) }
                + medians(line).map {
                    $0.map { ShortFigure.duration(nanoseconds: $0) } ?? absent(line)
                }
        }
        let keys = lines.map { line in
            [line.cell.workload] + (hasSettings ? [settings(line)] : [])
                + columns.map { column in
                    switch column {
                    case .rate: line.eventsPerSecond.map { "\($0)" } ?? ""
                    case .ratio: line.ratio.map { "\($0.value.ratio)" } ?? ""
                    case .atom: line.cell.atomSize.map { "\($0)" } ?? ""
                    default: SystemTable.cell(line, column)
                    }
                }
                + medians(line).map { $0.map { "\($0)" } ?? "" }
        }
        var html = Markup.table(
            caption: "All rows of \(run.name)", head: head, rows: rows, isLeft: isLeft,
            sortKeys: keys)
        if let means = SystemTable.means(comparison) {
            html += Markup.table(
                caption: SystemTable.meansTitle, head: means[0],
                rows: Array(means.dropFirst()), isLeft: [true, true, false, true, false, false])
        }
        html += "<ul class=\"notes\">"
        let legend = SystemTable(runs: []).legend(comparison)
        var seen: Set<String> = []
        let notes = comparison.sections.compactMap(SystemTable.scalabilityNote)
        for note in legend + notes where seen.insert(note).inserted {
            html += "<li>\(Markup.escaped(note))</li>"
        }
        return html + "</ul>\n"
    }

    private var downloads: String {
        var links = [Self.link("results.csv", "text/csv", run.resultsText)]
        if let text = run.environmentText {
            links.append(Self.link("environment.json", "application/json", text))
        }
        return "<p class=\"downloads\">\(links.joined(separator: " "))</p>\n"
            + "<p class=\"note\">Both are inside this file.</p>\n"
    }

    private static func link(_ name: String, _ type: String, _ text: String) -> String {
        let bytes = text.utf8.count
        let size = bytes < 1_024 ? "\(bytes) bytes" : "\(bytes / 1_024) KiB"
        return "<a download=\"\(name)\" href=\"data:\(type);charset=utf-8;base64,"
            + "\(Markup.base64(text))\">\(name) <small>\(size)</small></a>"
    }
}
