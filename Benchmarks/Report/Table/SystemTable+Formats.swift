// The formats of the comparison table.

extension SystemTable {
    /// As Markdown: a section for each workload and setting.
    public var markdown: String {
        var output: [String] = []
        for run in runs {
            if runs.count > 1 { output.append("## \(Self.escapedMarkdown(run.name))\n") }
            if !run.origin.isEmpty { output.append("\(Self.escapedMarkdown(run.origin))\n") }
            for section in run.comparison.sections {
                output.append("**\(Self.escapedMarkdown(section.title))**\n")
                let columns = Self.columns(section)
                output += Self.markdown(
                    rows: [columns.map(\.rawValue)]
                        + section.lines.map { line in columns.map { Self.cell(line, $0) } },
                    isLeft: columns.map(\.isLeft))
                if let note = Self.scalabilityNote(section) {
                    output.append(Self.escapedMarkdown(note) + "\n")
                }
            }
            if let means = Self.means(run.comparison) {
                output.append("**\(Self.meansTitle)**\n")
                output += Self.markdown(
                    rows: means, isLeft: [true, true, false, true, false, false])
            }
            output += legend(run.comparison).map { "- \(Self.escapedMarkdown($0))" }
            output.append("")
        }
        return output.joined(separator: "\n")
    }

    private static func markdown(rows: [[String]], isLeft: [Bool]) -> [String] {
        var lines = rows.map { row in
            "| " + row.map(escapedMarkdown).joined(separator: " | ") + " |"
        }
        lines.insert(
            "| " + isLeft.map { $0 ? "---" : "---:" }.joined(separator: " | ") + " |", at: 1)
        return lines + [""]
    }

    /// Text that Markdown would take for more than text, with a backslash before it.
    static func escapedMarkdown(_ text: String) -> String {
        var escaped = ""
        for character in text {
            if "\\|*_`<>[]".contains(character) { escaped.append("\\") }
            escaped.append(character == "\n" ? " " : character)
        }
        return escaped
    }

    /// As LaTeX: a table with rules of the package booktabs for each workload and setting.
    public var latex: String {
        var output = [
            "% Needs \\usepackage{booktabs}. Written by `portals table --format latex`."
        ]
        for run in runs {
            let origin = "\(run.name). \(run.origin)".replacing("\n", with: " ")
            output.append("% \(origin)")
            for section in run.comparison.sections {
                let columns = Self.columns(section)
                output += Self.latex(
                    rows: [columns.map(\.rawValue)]
                        + section.lines.map { line in columns.map { Self.cell(line, $0) } },
                    isLeft: columns.map(\.isLeft),
                    caption: [section.title, Self.scalabilityNote(section)].compactMap { $0 }
                        .joined(separator: ". "))
            }
            if let means = Self.means(run.comparison) {
                output += Self.latex(
                    rows: means, isLeft: [true, true, false, true, false, false],
                    caption: Self.meansTitle)
            }
            output += legend(run.comparison).map { "% \($0)" }
        }
        return output.joined(separator: "\n") + "\n"
    }

    private static func latex(rows: [[String]], isLeft: [Bool], caption: String) -> [String] {
        let body = rows.map { row in
            "    " + row.map(escapedLaTeX).joined(separator: " & ") + " \\\\"
        }
        return [
            "\\begin{table}", "  \\caption{\(escapedLaTeX(caption))}", "  \\centering",
            "  \\begin{tabular}{\(isLeft.map { $0 ? "l" : "r" }.joined())}", "    \\toprule",
            body[0], "    \\midrule",
        ] + body.dropFirst() + ["    \\bottomrule", "  \\end{tabular}", "\\end{table}"]
    }

    /// Text with LaTeX's own characters, and ours that its fonts lack, written out.
    static func escapedLaTeX(_ text: String) -> String {
        let replacements: [Character: String] = [
            "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#",
            "%": "\\%", "_": "\\_", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
            "<": "\\textless{}", ">": "\\textgreater{}", "σ": "$\\sigma$", "κ": "$\\kappa$",
            "∞": "$\\infty$", "–": "--", "†": "$^\\dagger$", "·": "$\\cdot$", "\n": " ",
        ]
        return text.map { replacements[$0] ?? String($0) }.joined()
    }

    /// The columns of the comma-separated form; `Benchmarks/Report/README.md` explains them.
    public static let csvColumns = [
        "run", "workload", "settings", "atom_size", "system", "version", "guarantee", "workers",
        "cores", "trials", "not_verifiable", "wrong", "failed", "events_per_second",
        "events_per_second_min", "events_per_second_max", "reference", "reference_workers",
        "reference_guarantee", "ratio", "ratio_low", "ratio_high", "across_guarantees",
        "scaling_cores", "cost_workers", "cost_none_up_to", "usl_events_per_second",
        "usl_contention",
        "usl_contention_low", "usl_contention_high", "usl_coherency", "usl_coherency_low",
        "usl_coherency_high", "usl_peak_workers", "usl_peak_low", "usl_peak_high", "usl_note",
    ]

    /// As comma-separated values: a line for each cell and regime, figures in full. A cell
    /// of one worker has a line for each regime of the system's cells of several, `scaling_cores`,
    /// which its COST and its law are of.
    public var csv: String {
        var output = CSV.line(Self.csvColumns)
        for run in runs {
            for line in run.comparison.lines {
                let scalings: [SystemComparison.Scaling?] =
                    line.scaling.isEmpty ? [nil] : line.scaling.map { $0 }
                for scaling in scalings {
                    output += CSV.line(Self.fields(run, line, scaling))
                }
            }
        }
        return output
    }

    private static func fields(
        _ run: Run, _ line: SystemComparison.Line, _ scaling: SystemComparison.Scaling?
    ) -> [String] {
        let text = { (value: (any CustomStringConvertible)?) in value?.description ?? "" }
        var costWorkers: Int?
        var costNone: Int?
        switch scaling?.outperforming {
        case .workers(let count): costWorkers = count
        case .unreached(let largest): costNone = largest
        case nil: break
        }
        var law: UniversalScalability?
        var note = ""
        switch scaling?.law {
        case .success(let fit): law = fit
        case .failure(let refusal): note = refusal.description
        case nil: break
        }
        let settings = line.cell.settings.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        let ratio = line.ratio
        return [
            run.name, line.cell.workload, settings, text(line.cell.atomSize), line.cell.system,
            line.cell.version, line.cell.guarantee, "\(line.cell.workers)",
            line.regime?.rawValue ?? "", "\(line.trials.count)",
            "\(line.notVerifiable)", "\(line.wrong)", "\(line.failed)",
            text(line.eventsPerSecond), text(line.eventsPerSecondRange?.lowerBound),
            text(line.eventsPerSecondRange?.upperBound),
            ratio == nil ? "" : run.comparison.references[line.cell.workload] ?? "",
            text(ratio?.referenceWorkers),
            ratio?.referenceGuarantee ?? "", text(ratio?.value.ratio),
            text(ratio?.value.interval?.lowerBound), text(ratio?.value.interval?.upperBound),
            text(ratio?.isAcrossGuarantees), scaling?.regime?.rawValue ?? "", text(costWorkers),
            text(costNone),
            text(law?.eventsPerSecondOfOne), text(law?.contention),
            text(law?.contentionInterval?.lowerBound), text(law?.contentionInterval?.upperBound),
            text(law?.coherency), text(law?.coherencyInterval?.lowerBound),
            text(law?.coherencyInterval?.upperBound), text(law?.peakWorkers),
            text(law?.peakInterval?.lowerBound), text(law?.peakInterval?.upperBound), note,
        ]
    }
}
