// The table of a run: for a terminal of 120 columns, and as Markdown.

/// The table that a run prints and leaves as `table.txt` and `table.md`.
public struct ResultTable: Sendable {
    /// One workload: its name and the question it answers, for the heading.
    public struct Heading: Sendable {
        public let workload: String
        public let question: String

        /// A heading.
        public init(workload: String, question: String) {
            self.workload = workload
            self.question = question
        }
    }

    let summaries: ResultSummaries
    let headings: [Heading]

    /// A table of `rows`; a workload without a heading gets its name only.
    public init(rows: [ResultRow], headings: [Heading] = [], reference: String = "hand-written") {
        summaries = ResultSummaries(rows: rows, reference: reference)
        self.headings = headings
    }

    /// Widest line of `text`; terminals of 120 columns are common, narrower ones wrap.
    static let columnsMax = 120

    /// The table for a terminal.
    public var text: String {
        var output: [String] = []
        for section in sections {
            output.append(contentsOf: Self.wrapped(section.title + section.question))
            let columns = self.columns(section)
            let cells = [columns.map(\.rawValue)] + section.lines.map { self.cells($0, columns) }
            output.append(contentsOf: aligned(cells, columns))
            output.append("")
        }
        for paragraph in legend { output.append(contentsOf: Self.wrapped(paragraph)) }
        return output.joined(separator: "\n") + "\n"
    }

    /// The table as Markdown.
    public var markdown: String {
        var output: [String] = []
        for section in sections {
            output.append("**\(section.title)**\(section.question)")
            output.append("")
            let columns = self.columns(section)
            output.append("| " + columns.map(\.rawValue).joined(separator: " | ") + " |")
            let rules = columns.map { $0.isLeft ? "---" : "---:" }
            output.append("| " + rules.joined(separator: " | ") + " |")
            for line in section.lines {
                output.append("| " + cells(line, columns).joined(separator: " | ") + " |")
            }
            output.append("")
        }
        output.append(contentsOf: legend.map { "- \($0)" })
        return output.joined(separator: "\n") + "\n"
    }

    // MARK: - Sections

    private struct Section {
        let title: String
        let question: String
        var lines: [ResultSummary]
    }

    /// Lines of one workload and one setting of its further axes.
    ///
    /// A system that ignores an axis has no setting of it, and would stand in a section of its own,
    /// away from what it is compared with: its lines are repeated in every section they agree with.
    private var sections: [Section] {
        var sections: [Section] = []
        for heading in workloads {
            let lines = summaries.lines.filter { $0.workload == heading.workload }
            let names = Set(lines.flatMap(\.settings.keys))
            var full = Self.unique(lines.map(\.settings).filter { $0.count == names.count })
            // No line knows all axes: then each setting is a section.
            if full.isEmpty { full = Self.unique(lines.map(\.settings)) }
            var placed: Set<Int> = []
            for settings in full {
                let members = lines.indices.filter { Self.agrees(lines[$0].settings, settings) }
                placed.formUnion(members)
                sections.append(section(heading, settings, members.map { lines[$0] }))
            }
            let rest = lines.indices.filter { !placed.contains($0) }
            for settings in Self.unique(rest.map { lines[$0].settings }) {
                let members = rest.filter { lines[$0].settings == settings }
                sections.append(section(heading, settings, members.map { lines[$0] }))
            }
        }
        return sections
    }

    private func section(
        _ heading: Heading, _ settings: [String: String], _ lines: [ResultSummary]
    ) -> Section {
        let settings = settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let title = ([heading.workload] + settings).joined(separator: " · ")
        let question = heading.question.isEmpty ? "" : ": \(heading.question)"
        return Section(title: title, question: question, lines: lines)
    }

    /// The workloads in the order of the headings, others after them.
    private var workloads: [Heading] {
        let present = Self.unique(summaries.lines.map(\.workload))
        let known = headings.filter { present.contains($0.workload) }
        let others = present.filter { name in !known.contains { $0.workload == name } }
        return known + others.map { Heading(workload: $0, question: "") }
    }

    private static func agrees(_ part: [String: String], _ whole: [String: String]) -> Bool {
        part.allSatisfy { whole[$0.key] == $0.value }
    }

    private static func unique<Value: Equatable>(_ values: [Value]) -> [Value] {
        var result: [Value] = []
        for value in values where !result.contains(value) { result.append(value) }
        return result
    }

    // MARK: - Cells

    /// A column of the table. Which there are depends on whether anything had a journal.
    private enum Column: String, CaseIterable {
        case system, guarantee, atom, workers, cores
        case rate = "M events/s"
        case range = "min–max"
        case ratio, interval
        case overInMemory = "time/mem"
        case p50 = "p50 µs"
        case p99 = "p99 µs"
        case synchronization = "sync µs"
        case goodput = "M good/s"
        case undoP50 = "undo p50"
        case undoP99 = "undo p99"
        case dirtyReads = "dirty/k"
        case overOffline = "of offline"
        case accuracy
        case allocations = "alloc/ev"
        case trials

        /// Names and words stand left, figures right.
        var isLeft: Bool {
            switch self {
            case .system, .guarantee, .cores, .trials: true
            default: false
            }
        }
    }

    private var hasJournals: Bool {
        summaries.lines.contains { line in
            !line.guarantee.isEmpty && line.guarantee != Guarantee.inMemory.rawValue
        }
    }

    /// Columns of a table of at most 120: beside journals, what stands in the results file anyway
    /// gives way; so it does beside what only sagas have.
    private func columns(_ section: Section) -> [Column] {
        let hasSagas = section.lines.contains { $0.goodputPerSecond != nil }
        let hasServing = section.lines.contains { $0.accuracy != nil }
        var others: Set<Column> =
            hasJournals
            ? [.range, .interval, .allocations] : [.guarantee, .overInMemory, .synchronization]
        others.formUnion(
            hasSagas
                ? [.range, .interval, .overInMemory, .p50, .p99, .synchronization, .allocations]
                : [.goodput, .undoP50, .undoP99, .dirtyReads])
        if hasSagas && hasJournals { others.insert(.ratio) }
        others.formUnion(
            hasServing
                ? [.range, .interval, .overInMemory, .synchronization, .allocations]
                : [.overOffline, .accuracy])
        return Column.allCases.filter { !others.contains($0) }
    }

    private func cells(_ line: ResultSummary, _ columns: [Column]) -> [String] {
        let million = { (rate: Double?) in rate.map { Figure.text($0 / 1e6) } ?? "-" }
        let range =
            line.eventsPerSecondMin == nil
            ? "-" : "\(million(line.eventsPerSecondMin))–\(million(line.eventsPerSecondMax))"
        let isReference = line.system == summaries.reference && line.workers == 1
        return columns.map { column in
            switch column {
            case .system: line.system
            case .guarantee: line.guarantee.isEmpty ? "-" : line.guarantee
            case .atom: line.atomSize.map { Figure.grouped(UInt64(max(0, $0))) } ?? "-"
            case .workers: String(line.workers)
            case .cores: line.regime?.rawValue ?? "-"
            case .rate: million(line.eventsPerSecond)
            case .range: range
            case .ratio:
                line.ratio.map { Figure.text($0.ratio) }
                    ?? (isReference && line.eventsPerSecond != nil ? "1" : "-")
            case .interval:
                line.ratio?.interval.map {
                    "\(Figure.text($0.lowerBound))–\(Figure.text($0.upperBound))"
                } ?? "-"
            case .overInMemory: line.timeOverInMemory.map { Figure.text($0.ratio) } ?? "-"
            case .p50: latency(line.latencyNanosecondsP50, tooFew: line.hasTooFewSamplesP50)
            case .p99: latency(line.latencyNanosecondsP99, tooFew: line.hasTooFewSamplesP99)
            case .synchronization:
                latency(line.synchronizationNanosecondsP50, tooFew: false)
            case .goodput: million(line.goodputPerSecond)
            case .undoP50: latency(line.compensationNanosecondsP50, tooFew: false)
            case .undoP99: latency(line.compensationNanosecondsP99, tooFew: false)
            case .dirtyReads: line.dirtyReadsPerThousand.map(Figure.text) ?? "-"
            case .overOffline: line.overOffline.map(Figure.text) ?? "-"
            case .accuracy: line.accuracy.map(Figure.text) ?? "-"
            case .allocations: line.allocationsPerEvent.map(Figure.text) ?? "-"
            case .trials: trials(line)
            }
        }
    }

    private func latency(_ nanoseconds: Double?, tooFew: Bool) -> String {
        nanoseconds.map { Figure.text($0 / 1_000) } ?? (tooFew ? SampleSize.tooSmall : "-")
    }

    private func trials(_ line: ResultSummary) -> String {
        var parts: [String] = []
        let verified = line.trials - line.notVerifiable
        if verified > 0 { parts.append("\(verified) verified") }
        if line.notVerifiable > 0 { parts.append("\(line.notVerifiable) unchecked") }
        if line.wrong > 0 { parts.append("\(line.wrong) WRONG") }
        if line.failed > 0 { parts.append("\(line.failed) FAILED") }
        return parts.joined(separator: ", ")
    }

    // MARK: - Legend

    private var legend: [String] {
        var legend: [String] = []
        if !summaries.commonSettings.isEmpty {
            let settings = summaries.commonSettings.sorted { $0.key < $1.key }
                .map { "\($0.key) \($0.value)" }
            legend.append(
                "In all rows, for the systems that know them: "
                    + settings.joined(separator: ", ") + ".")
        }
        let lines = summaries.lines
        legend.append(
            "M events/s: median of the trials, in million events a second; a bare dash means not "
                + "measured. atom: events that enter as one unit."
                + (hasJournals ? "" : " alloc/ev: heap allocations an event."))
        if hasJournals {
            legend.append(
                "guarantee: what survives a crash: nothing (in memory), all but the last moments "
                    + "(bounded loss), everything, shown once (exactly-once). time/mem: how many "
                    + "times as long the same work takes as in memory. sync: what one fdatasync "
                    + "of the device takes, the median of 2,800 beside each trial.")
        } else if lines.contains(where: { $0.guarantee == Guarantee.inMemory.rawValue }) {
            legend.append("Guarantee in all rows: in memory, so nothing survives a crash.")
        }
        if lines.contains(where: { $0.ratio != nil }) {
            legend.append(
                "ratio: how many times as fast as \(summaries.reference), a plain loop on one core "
                    + "doing the same work"
                    + (hasJournals
                        ? " in memory, whatever the guarantee of the row."
                        : "; interval: where that lies with 95 % confidence."))
        }
        if lines.contains(where: { $0.latencyNanosecondsP50 != nil || $0.hasTooFewSamplesP50 }) {
            var text =
                "p50, p99: half, and 99 % of the atoms took at most this long from their intended "
                + "entry."
            if lines.contains(where: { $0.hasTooFewSamplesP50 || $0.hasTooFewSamplesP99 }) {
                text +=
                    " \(SampleSize.tooSmall): too few atoms for that percentile (p50 needs "
                    + "\(Figure.grouped(SampleSize.needed(forQuantile: 0.5))), p99 "
                    + "\(Figure.grouped(SampleSize.needed(forQuantile: 0.99))) a trial)."
            }
            legend.append(text)
        }
        if lines.contains(where: { $0.goodputPerSecond != nil }) {
            legend.append(
                "good: orders of which all steps took effect. undo: µs from the reply that a step "
                    + "failed to the outcome of its order, all steps before it undone. dirty/k: "
                    + "reads of what was undone later, for each thousand orders.")
        }
        if lines.contains(where: { $0.accuracy != nil }) {
            legend.append(
                "accuracy: the share of replies that named what the picture shows. of offline: "
                    + "requests a second over what the same process served just before of those "
                    + "that were all there; p50 and p99 of server and single-stream are of "
                    + "requests, from their intended arrival.")
        }
        if lines.contains(where: { $0.regime != nil }) {
            legend.append(
                "cores: near if a cache line went to the other core and back in at most "
                    + "\(Figure.text(Regime.nearNanosecondsMax)) ns, before and after the trial; "
                    + "far if in more; moved if that changed. Never compare a near row with a far.")
        }
        legend.append(
            "trials: how many, and what the workload's oracle said of their answers. A wrong or "
                + "failed trial has no figures.")
        return legend
    }

    // MARK: - Layout

    private func aligned(_ rows: [[String]], _ columns: [Column]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let fields = zip(row.indices, row).map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return columns[column].isLeft ? cell + padding : padding + cell
            }
            return Self.trimmed("  " + fields.joined(separator: "  "))
        }
    }

    private static func trimmed(_ line: String) -> String {
        guard let last = line.lastIndex(where: { $0 != " " }) else { return "" }
        return String(line[...last])
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > columnsMax {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}
