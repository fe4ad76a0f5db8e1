// A plot of lines as SVG text: deterministic, readable without scripts, sized by its container.

/// Lines over two axes, with marks.
struct LinePlot {
    /// One line, or points without one.
    struct Series {
        var name: String
        /// Which of the page's colours and dashes, from 0.
        var style: Int
        var points: [Point]
        /// Whether the points are joined.
        var isJoined = true
        /// Whether each point has a dot.
        var hasDots = true
        /// Faint, behind the others.
        var isFaint = false
        /// Dashed whatever the style: what is drawn beyond what is known.
        var isUncertain = false
    }

    struct Point {
        var x: Double
        var y: Double
        /// The ends of a whisker.
        var spread: ClosedRange<Double>?
        /// What a pointer that rests on the dot is told.
        var note: String?
    }

    /// A line across the plot.
    struct Rule {
        enum Place {
            case x(Double)
            case y(Double)
        }
        var place: Place
        var name: String
        var style: Int
    }

    var title: String
    /// What is seen, in a sentence, for those who do not see it.
    var description: String
    var x: PlotScale
    var y: PlotScale
    var xLabel: String
    var yLabel: String
    var series: [Series]
    var rules: [Rule] = []
    /// Shares of 0...1 over x, drawn as a strip at the foot: commits.
    var strip: [(from: Double, to: Double, share: Double)] = []
    var stripName = ""

    /// Units of the drawing; some 460 pixels are what a column of the page has.
    static let width = 460.0
    private static let left = 58.0
    private static let right = 14.0
    private static let top = 12.0
    private static let bottom = 44.0
    private static let plotHeight = 214.0

    private func px(_ value: Double) -> Double {
        Self.left + min(1, max(0, x.share(value))) * (Self.width - Self.left - Self.right)
    }

    private func py(_ value: Double) -> Double {
        Self.top + (1 - min(1, max(0, y.share(value)))) * Self.plotHeight
    }

    /// The figure: SVG, and its legend below. `id` is unique on the page.
    func figure(id: String) -> String {
        let height = Self.top + Self.plotHeight + Self.bottom
        var svg = "<figure class=\"plot\"><figcaption>\(Markup.escaped(title))</figcaption>\n"
        svg += "<svg viewBox=\"0 0 \(Markup.number(Self.width)) \(Markup.number(height))\" "
        svg += "role=\"img\" aria-labelledby=\"\(id)-t \(id)-d\">"
        svg += "<title id=\"\(id)-t\">\(Markup.escaped(title))</title>"
        svg += "<desc id=\"\(id)-d\">\(Markup.escaped(description))</desc>\n"
        svg += axes
        for rule in rules { svg += drawn(rule) }
        for (from, to, share) in strip where share > 0 {
            let (start, end) = (px(from), px(to))
            let size = 2 + 8 * share
            svg += "<rect class=\"strip\" x=\"\(Markup.number(start))\" y=\""
            svg += "\(Markup.number(Self.top + Self.plotHeight - size))\" width=\""
            svg += "\(Markup.number(max(0.5, end - start - 0.5)))\" height=\""
            svg += "\(Markup.number(size))\"/>"
        }
        for line in series.filter(\.isFaint) + series.filter({ !$0.isFaint }) {
            svg += drawn(line)
        }
        return svg + "</svg>\n" + legend + "</figure>\n"
    }

    private var axes: String {
        let number = Markup.number
        let (x0, x1) = (Self.left, Self.width - Self.right)
        let base = Self.top + Self.plotHeight
        var svg = "<g class=\"axis\">"
        for tick in y.ticks {
            let at = number(py(tick.value))
            svg += "<line class=\"grid\" x1=\"\(number(x0))\" x2=\"\(number(x1))\" y1=\"\(at)\" "
            svg += "y2=\"\(at)\"/>"
            svg += "<text class=\"end\" x=\"\(number(x0 - 6))\" y=\"\(at)\" dy=\".32em\">"
            svg += "\(Markup.escaped(tick.label))</text>"
        }
        for tick in x.ticks {
            let at = number(px(tick.value))
            svg += "<line x1=\"\(at)\" x2=\"\(at)\" y1=\"\(number(base))\" "
            svg += "y2=\"\(number(base + 4))\"/>"
            svg += "<text class=\"mid\" x=\"\(at)\" y=\"\(number(base + 16))\">"
            svg += "\(Markup.escaped(tick.label))</text>"
        }
        svg += "<line x1=\"\(number(x0))\" x2=\"\(number(x1))\" y1=\"\(number(base))\" "
        svg += "y2=\"\(number(base))\"/>"
        svg += "<text class=\"mid name\" x=\"\(number((x0 + x1) / 2))\" "
        svg += "y=\"\(number(base + 36))\">\(Markup.escaped(xLabel))</text></g>\n"
        return svg
    }

    private func drawn(_ rule: Rule) -> String {
        let number = Markup.number
        let base = Self.top + Self.plotHeight
        let ends: String
        switch rule.place {
        case .x(let value):
            let at = number(px(value))
            ends = "x1=\"\(at)\" x2=\"\(at)\" y1=\"\(number(Self.top))\" y2=\"\(number(base))\""
        case .y(let value):
            let at = number(py(value))
            ends =
                "x1=\"\(number(Self.left))\" x2=\"\(number(Self.width - Self.right))\" "
                + "y1=\"\(at)\" y2=\"\(at)\""
        }
        return "<line class=\"rule \(Self.style(rule.style))\" \(ends)>"
            + "<title>\(Markup.escaped(rule.name))</title></line>"
    }

    private func drawn(_ line: Series) -> String {
        let number = Markup.number
        var svg = "<g class=\"\(Self.style(line.style))\(line.isFaint ? " faint" : "")"
        svg += "\(line.isUncertain ? " uncertain" : "")\">"
        if line.isJoined, line.points.count > 1 {
            let path = line.points.enumerated().map { index, point in
                "\(index == 0 ? "M" : "L")\(number(px(point.x))) \(number(py(point.y)))"
            }
            svg += "<path d=\"\(path.joined(separator: " "))\"/>"
        }
        for point in line.points {
            let at = number(px(point.x))
            if let spread = point.spread {
                svg += "<line class=\"whisker\" x1=\"\(at)\" x2=\"\(at)\" "
                svg += "y1=\"\(number(py(spread.lowerBound)))\" "
                svg += "y2=\"\(number(py(spread.upperBound)))\"/>"
            }
            if line.hasDots || line.points.count == 1 {
                svg += "<circle cx=\"\(at)\" cy=\"\(number(py(point.y)))\" r=\"3.4\">"
                let note = point.note.map { "\(line.name): \($0)" } ?? line.name
                svg += "<title>\(Markup.escaped(note))</title></circle>"
            }
        }
        return svg + "</g>\n"
    }

    /// Styles of the page's sheet.
    static let styleCount = 8

    static func style(_ index: Int) -> String { "s\(index % styleCount)" }

    private var legend: String {
        var entries: [String] = []
        var seen: Set<String> = []
        for line in series where !line.isFaint && !line.isUncertain {
            guard seen.insert(line.name).inserted else { continue }
            entries.append(Self.entry(line.name, Self.style(line.style)))
        }
        for rule in rules where seen.insert(rule.name).inserted {
            entries.append(Self.entry(rule.name, "rule \(Self.style(rule.style))"))
        }
        if strip.contains(where: { $0.share > 0 }), !stripName.isEmpty {
            entries.append(
                "<li><span class=\"swatch strip\"></span>\(Markup.escaped(stripName))</li>")
        }
        let axis = "<li class=\"axisname\">↑ \(Markup.escaped(yLabel))</li>"
        return "<ul class=\"legend\">\(axis)\(entries.joined())</ul>"
    }

    private static func entry(_ name: String, _ style: String) -> String {
        "<li><svg class=\"swatch\" viewBox=\"0 0 26 10\" aria-hidden=\"true\">"
            + "<g class=\"\(style)\"><path d=\"M1 5H25\"/></g></svg>\(Markup.escaped(name))</li>"
    }
}
