// Where a run took place: every fact that environment.json has, and what about it deserves doubt.

/// The environment of one run.
struct EnvironmentSection {
    let run: RecordedRun

    /// What makes the figures less certain: the record's own warnings, and what follows from it.
    var warnings: [String] {
        var warnings: [String] = []
        for place in [run.environment, run.environment?["machine"]] {
            if case .array(let values) = place?["warnings"] {
                warnings += values.compactMap { $0.plainText ?? $0["text"]?.plainText }
            }
        }
        let machine = run.environment?["machine"]
        let build = run.environment?["build"]
        if build?["configuration"]?.plainText == "debug" {
            warnings.append("A debug build, whose figures mean nothing.")
        }
        if build?["isDirty"] == .bool(true) {
            warnings.append("The sources differed from the commit that is named.")
        }
        if machine?["isVirtual"] == .bool(true) {
            warnings.append(
                "A virtual machine: its cores may move, and neighbours are not seen.")
        }
        if let governor = machine?["governor"]?.plainText, governor != "performance" {
            warnings.append("The frequency governor is \(governor).")
        }
        if case .array(let loads) = machine?["loadAverage"], case .number(let load)? = loads.first,
            let processors = machine?["processorsUsable"]?.plainText.flatMap({ Double($0) }),
            load > processors / 2
        {
            warnings.append("Other work kept the machine busy: load \(Figure.text(load)).")
        }
        return warnings + run.notes
    }

    var html: String {
        var html = ""
        let warnings = self.warnings
        if !warnings.isEmpty {
            html += "<ul class=\"warnings\" aria-label=\"Warnings\">"
            for warning in warnings { html += "<li>\(Markup.escaped(warning))</li>" }
            html += "</ul>\n"
        }
        let facts = self.facts
        if !facts.isEmpty {
            html += Markup.table(
                caption: "Environment of \(run.name)", head: ["what", "value"],
                rows: facts.map { [$0.name, $0.value] }, isLeft: [true, true], isWrapped: true)
        }
        for name in ["cells", "leftOut"] {
            guard case .array(let values) = run.environment?["matrix"]?[name], !values.isEmpty
            else { continue }
            let title = name == "cells" ? "Cells of the matrix" : "Left out, with the reason"
            html += "<details><summary>\(title) (\(values.count))</summary><ul class=\"cells\">"
            for value in values {
                html += "<li>\(Markup.escaped(value.plainText ?? ""))</li>"
            }
            html += "</ul></details>\n"
        }
        return html
    }

    /// Every value that has no members, by its path; lists of words in one line.
    private var facts: [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = []
        func visit(_ value: JSONValue, _ path: [String]) {
            if ["cells", "leftOut", "warnings"].contains(path.last ?? "") { return }
            switch value {
            case .object(let members):
                for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                    visit(member, path + [name])
                }
            case .array(let values):
                let words = values.compactMap(\.plainText)
                let separator = path.last == "command" ? " " : ", "
                if !words.isEmpty {
                    facts.append((Self.words(path), words.joined(separator: separator)))
                }
            default:
                if let text = value.plainText {
                    facts.append((Self.words(path), Self.readable(path.last ?? "", text)))
                }
            }
        }
        if let environment = run.environment { visit(environment, []) }
        return facts
    }

    /// `machine` · `processorModel` as `machine: processor model`.
    private static func words(_ path: [String]) -> String {
        let words = path.map { name in
            name.reduce(into: "") { text, character in
                if character.isUppercase, text.last?.isUppercase != true, !text.isEmpty {
                    text += " "
                }
                text += character.isUppercase ? character.lowercased() : String(character)
            }
        }
        return words.joined(separator: ": ")
    }

    private static func readable(_ name: String, _ text: String) -> String {
        guard name.hasSuffix("Bytes"), let bytes = Double(text), bytes >= 1_048_576 else {
            return text
        }
        return "\(Figure.text(bytes / 1_073_741_824)) GiB"
    }
}
