// The flame graph as one HTML file that needs nothing else: drawn as SVG, so it can be read without
// scripts; with them, a click widens a frame, and a search marks what it finds.

/// The page of a flame graph.
public struct FlameGraphPage {
    private let tree: FlameTree
    private let title: String
    private let remarks: [String]
    private let record: ProfileRecord

    /// The page of one profile; colours tell the stage.
    public init(_ stacks: FoldedStacks, _ record: ProfileRecord) {
        tree = FlameTree(stacks)
        title = record.cell
        remarks = record.headLines
        self.record = record
    }

    /// The page of a difference: widths are the second profile's, colours the change.
    public init(_ difference: ProfileDifference) {
        tree = FlameTree(difference.afterStacks, changes: difference.changes)
        title = "difference: \(difference.before.cell) → \(difference.after.cell)"
        remarks =
            [
                "Widths are those of the second profile; red is more for each event than in the "
                    + "first, blue is less."
            ] + difference.headLines
        record = difference.after
    }

    private static let rowHeight = 18

    /// The whole file.
    public var html: String {
        let title = Markup.escaped(title)
        let height = tree.depth * Self.rowHeight
        var text = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>\(FlameGraphStyle.css)</style></head><body>
            <h1>\(title)</h1>
            <p>\(remarks.map(Markup.escaped).joined(separator: "<br>"))</p>
            <p class="tools" hidden><button id="reset">Reset</button>
            <input id="search" type="search" placeholder="Search (regular expression)" \
            aria-label="Search"> <span id="found"></span></p>
            <p id="detail">\(Self.hint)</p>
            \(legend)
            <svg id="graph" width="100%" height="\(height)" role="img" aria-label="\(title)">

            """
        for frame in tree.frames { text += rectangle(frame) }
        text += "</svg>\n"
        if tree.omitted > 0 {
            text += "<p>\(tree.omitted) frames narrower than 0.01 % are not drawn.</p>\n"
        }
        text += "<script>\(FlameGraphStyle.script)</script></body></html>\n"
        return text
    }

    private static let hint = "Callers are above what they call; widths are shares of all samples."

    private var legend: String {
        if tree.frames.contains(where: { $0.change != nil }) { return "" }
        let used = Set(tree.frames.map(\.stage))
        let entries = Stage.allCases.enumerated().filter { used.contains($0.element) }.map {
            "<span class=\"s\($0.offset)\">\(Markup.escaped($0.element.rawValue))</span>"
        }
        return "<p class=\"legend\">" + entries.joined(separator: " ") + "</p>"
    }

    /// One frame: a nested `svg` cuts its text off at its edge without any script.
    private func rectangle(_ frame: FlameTree.Frame) -> String {
        let name = Markup.escaped(frame.name)
        let x = Columns.fixed(frame.start * 100, 4)
        let width = Columns.fixed(frame.width * 100, 4)
        let y = frame.depth * Self.rowHeight
        let colour: String
        if let change = frame.change {
            colour = "style=\"fill:\(Self.colour(change, before: frame.before ?? 0))\""
        } else {
            let number = Stage.allCases.firstIndex(of: frame.stage) ?? 0
            colour = "class=\"s\(number)\""
        }
        return """
            <svg class="f" x="\(x)%" y="\(y)" width="\(width)%" height="\(Self.rowHeight - 1)" \
            data-x="\(x)" data-w="\(width)"><title>\(name) · \(Markup.escaped(detail(frame)))\
            </title><rect width="100%" height="100%" \(colour)/><text x="3" y="13">\(name)</text>\
            </svg>

            """
    }

    private func detail(_ frame: FlameTree.Frame) -> String {
        var parts = [Columns.percent(frame.width)]
        if let each = record.perEvent(frame.weight) {
            parts.append("\(Columns.number(each)) \(record.unit.perEvent)")
        }
        if let change = frame.change {
            parts.append(
                (change >= 0 ? "+" : "") + Columns.number(change) + " \(record.unit.perEvent)")
        } else {
            parts.append(frame.stage.rawValue)
        }
        return parts.joined(separator: " · ")
    }

    /// White where nothing changed, full colour from a change by half on.
    private static func colour(_ change: Double, before: Double) -> String {
        let whole = max(before, before + change)
        let share = whole > 0 ? min(1, abs(change) / whole * 2) : 0
        let rest = Int(235 - share * 165)
        return change >= 0 ? "rgb(240,\(rest),\(rest))" : "rgb(\(rest),\(rest),240)"
    }
}

/// Text inside markup.
enum Markup {
    /// With what would be markup written as entities, in attributes too.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
        return result
    }
}
