// Ranked ratios with their intervals: a forest plot whose text is text, so it fits every width.

/// The ratios of one section of a comparison, from the largest down.
struct ForestSection {
    let section: SystemComparison.Section
    let reference: String

    /// Per cent of the width on each side, so that a dot at the end is whole.
    private static let margin = 2.0

    /// Lines that have a ratio, ranked; the reference with its own line at one.
    private var ranked: [(line: SystemComparison.Line, ratio: Double)] {
        section.lines.compactMap { line in
            if let ratio = line.ratio { return (line, ratio.value.ratio) }
            return line.isReference && line.eventsPerSecond != nil ? (line, 1) : nil
        }.filter { $0.ratio > 0 }.sorted { $0.ratio > $1.ratio }
    }

    /// The plot; empty if nothing is compared.
    var html: String {
        let ranked = self.ranked
        guard ranked.contains(where: { $0.line.ratio != nil }) else { return "" }
        let ends = ranked.flatMap { entry -> [Double] in
            guard let interval = entry.line.ratio?.value.interval else { return [entry.ratio] }
            return [interval.lowerBound, interval.upperBound, entry.ratio]
        }.filter { $0 > 0 }
        let scale = PlotScale.logarithmic(ends + [1]) {
            ShortFigure.trimmed(Figure.text($0)) + "×"
        }
        var html = "<section class=\"forest\"><h3>\(Markup.escaped(section.title))</h3>\n"
        html += "<ol aria-label=\"Ratios over \(Markup.escaped(reference)), largest first\">\n"
        for (line, ratio) in ranked { html += row(line, ratio, scale) }
        html += "</ol>\n<div class=\"ticks\" aria-hidden=\"true\">"
        // Labels too close to each other would run together on a phone.
        let labels =
            scale.ticks.count > 5
            ? scale.ticks.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) : scale.ticks
        for tick in labels {
            let at = Markup.number(Self.margin + (100 - 2 * Self.margin) * scale.share(tick.value))
            html += "<span style=\"left:\(at)%\">\(Markup.escaped(tick.label))</span>"
        }
        return html + "</div></section>\n"
    }

    private func row(
        _ line: SystemComparison.Line, _ ratio: Double, _ scale: PlotScale
    ) -> String {
        var facts = [line.cell.guarantee]
        facts.append(line.cell.workers == 1 ? "1 worker" : "\(line.cell.workers) workers")
        if let regime = line.regime { facts.append("\(regime.rawValue) cores") }
        if let atom = line.cell.atomSize {
            facts.append("atom \(Figure.grouped(UInt64(max(0, atom))))")
        }
        if let rate = line.eventsPerSecond { facts.append("\(ShortFigure.scaled(rate))/s") }
        let isAcross = line.ratio?.isAcrossGuarantees ?? false
        var figure = Figure.text(ratio) + "×"
        if let interval = line.ratio?.value.interval {
            figure += " <small>\(Figure.text(interval.lowerBound))–"
            figure += "\(Figure.text(interval.upperBound))</small>"
        }
        if isAcross { figure += " <abbr title=\"different guarantees\">†</abbr>" }
        let kind = line.isReference ? "reference" : Self.style(line.cell.guarantee)
        var html = "<li class=\"\(kind)\"><b>\(Markup.escaped(line.cell.system))</b>"
        html += "<div class=\"value\">\(figure)</div><span class=\"facts\">"
        // A fact stays on one line: it breaks between them only.
        html += Markup.escaped(
            facts.filter { !$0.isEmpty }.map { $0.replacing(" ", with: "\u{A0}") }
                .joined(separator: " · "))
        html += "</span>"
        return html + track(line, ratio, scale) + "</li>\n"
    }

    /// The dot and its interval over the whole width; what it shows stands as text beside it.
    private func track(
        _ line: SystemComparison.Line, _ ratio: Double, _ scale: PlotScale
    ) -> String {
        let at = { (value: Double) in
            Markup.number(
                10 * Self.margin
                    + (1_000 - 20 * Self.margin) * min(1, max(0, scale.share(value))))
        }
        var svg = "<svg class=\"track\" viewBox=\"0 0 1000 16\" preserveAspectRatio=\"none\" "
        svg += "aria-hidden=\"true\">"
        for tick in scale.ticks {
            svg += "<line class=\"grid\" x1=\"\(at(tick.value))\" x2=\"\(at(tick.value))\" "
            svg += "y1=\"0\" y2=\"16\"/>"
        }
        svg += "<line class=\"one\" x1=\"\(at(1))\" x2=\"\(at(1))\" y1=\"0\" y2=\"16\"/>"
        if let interval = line.ratio?.value.interval {
            svg += "<line class=\"interval\" x1=\"\(at(interval.lowerBound))\" "
            svg += "x2=\"\(at(interval.upperBound))\" y1=\"8\" y2=\"8\"/>"
        }
        // A line without length and with round ends is a dot, however the drawing is stretched.
        svg += "<path class=\"dot\" d=\"M\(at(ratio)) 8h0.001\"/>"
        return svg + "</svg>"
    }

    /// A colour for each guarantee, the same on the whole page.
    static func style(_ guarantee: String) -> String {
        switch guarantee {
        case "in memory": "g0"
        case "bounded loss", "at-most-once": "g1"
        case "at-least-once": "g2"
        case "exactly-once": "g3"
        default: "g4"
        }
    }
}
