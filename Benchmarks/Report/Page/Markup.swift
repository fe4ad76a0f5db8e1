// Text inside HTML and SVG: nothing that a result holds can become markup.
import Foundation

/// Building of HTML and SVG text.
enum Markup {
    /// `text` for an element or a quoted attribute.
    static func escaped(_ text: String) -> String {
        var output = ""
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            // HTML forbids other control characters even as references.
            case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t":
                output += "\u{FFFD}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    /// `text` for a `data:` link.
    static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// A number as an attribute: two decimals at most, the same on every machine.
    static func number(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded())
        let sign = hundredths < 0 ? "-" : ""
        let whole = hundredths.magnitude / 100
        let fraction = hundredths.magnitude % 100
        if fraction == 0 { return "\(sign)\(whole)" }
        if fraction % 10 == 0 { return "\(sign)\(whole).\(fraction / 10)" }
        return "\(sign)\(whole).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// A table in a container that scrolls by itself; the first cell of a row is its head.
    static func table(
        caption: String, head: [String], rows: [[String]], isLeft: [Bool], isWrapped: Bool = false,
        sortKeys: [[String]]? = nil
    ) -> String {
        var output = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
        output += "aria-label=\"\(escaped(caption))\"><table\(isWrapped ? "" : " class=\"whole\"")>"
        output += "<caption>\(escaped(caption))</caption><thead><tr>"
        for (index, name) in head.enumerated() {
            let side = isLeft[index] ? "" : " class=\"n\""
            output += "<th scope=\"col\"\(side)>\(escaped(name))</th>"
        }
        output += "</tr></thead><tbody>\n"
        for (number, row) in rows.enumerated() {
            output += "<tr>"
            for (index, cell) in row.enumerated() {
                let tag = index == 0 ? "th scope=\"row\"" : "td"
                let side = isLeft[index] ? "" : " class=\"n\""
                let key = sortKeys.map { " data-k=\"\(escaped($0[number][index]))\"" } ?? ""
                output += "<\(tag)\(side)\(key)>\(escaped(cell))</\(index == 0 ? "th" : "td")>"
            }
            output += "</tr>\n"
        }
        return output + "</tbody></table></div>\n"
    }
}

/// Figures on axes and in sentences, with units that fit their size.
enum ShortFigure {
    /// `12.3 M` for 12,300,000.
    static func scaled(_ value: Double) -> String {
        for (limit, letter) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= limit {
            return "\(Figure.text(value / limit)) \(letter)"
        }
        return Figure.text(value)
    }

    /// `1.5 ms` for 1,500,000 nanoseconds.
    static func duration(nanoseconds: Double) -> String {
        for (limit, unit) in [(1e9, "s"), (1e6, "ms"), (1e3, "µs")] where nanoseconds >= limit {
            return "\(Figure.text(nanoseconds / limit)) \(unit)"
        }
        return "\(Figure.text(nanoseconds)) ns"
    }

    /// Without decimals that are zero: `10 M`, `2.5 µs`.
    static func trimmed(_ text: String) -> String {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard let number = parts.first, number.contains(".") else { return text }
        var digits = String(number)
        while digits.hasSuffix("0") { digits.removeLast() }
        if digits.hasSuffix(".") { digits.removeLast() }
        return parts.count > 1 ? "\(digits) \(parts[1])" : digits
    }
}
