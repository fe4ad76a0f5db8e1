// Rules about single files: how they open, how wide they are, what they may not hold.

import Testing

extension Rule {
    static let opening = Rule(
        name: "every file opens with a comment that says what it holds",
        faults: { tree in
            tree.files.filter { $0.isCode || ["yaml", "yml"].contains($0.fileExtension) }
                .filter { !opensWithComment($0) }
                .map {
                    Fault(path: $0.path, cure: "open it with one or two sentences as a comment")
                }
        },
        badFiles: [
            "Sources/Portals/Bad.swift": "import Portals\n",
            "Sources/Portals/Good.swift": "// What it holds.\n",
            "Package.swift": "// swift-tools-version: 6.2\nimport PackageDescription\n",
            "scripts/bad": "#!/usr/bin/env bash\nset -e\n",
            "scripts/good": "#!/usr/bin/env bash\n# What it does.\n",
            "scripts/lib/bad.sh": "set -e\n",
        ],
        expectedPaths: [
            "Package.swift", "Sources/Portals/Bad.swift", "scripts/bad", "scripts/lib/bad.sh",
        ])

    private static func opensWithComment(_ file: SourceFile) -> Bool {
        let lines = file.lines
        // A line that a tool wants first is not the comment: the tools version, the interpreter.
        let first = file.name == "Package.swift" || file.text.hasPrefix("#!") ? 1 : 0
        guard lines.count > first else { return false }
        let marks = file.isSwift || file.isC || file.fileExtension == "mjs" ? ["//", "/*"] : ["#"]
        return marks.contains { mark in
            lines[first].hasPrefix(mark) && lines[first].contains(where: \.isLetter)
        }
    }

    static let width = Rule(
        name: "no line is wider than 100 columns",
        faults: { tree in
            tree.files.filter { $0.isCode }.flatMap { file in
                file.lines.enumerated().filter { $0.element.count > 100 }.map {
                    Fault(
                        path: file.path, line: $0.offset + 1,
                        cure: "\($0.element.count) columns: break it (scripts/format breaks code)")
                }
            }
        },
        badFiles: [
            "Sources/Portals/Bad.swift": "// \(String(repeating: "x", count: 98))\n",
            "Sources/Portals/Good.swift": "// \(String(repeating: "x", count: 97))\n",
        ],
        expectedPaths: ["Sources/Portals/Bad.swift"])

    static let unfinished = Rule(
        name: "no note of unfinished work is left in code",
        faults: { tree in
            tree.files.filter { $0.isCode }.flatMap { file in
                file.lines.enumerated().filter { line in
                    unfinishedWords.contains { isWord($0, in: line.element) }
                }
                .map {
                    Fault(
                        path: file.path, line: $0.offset + 1,
                        cure: "do it, or refuse the input by name, or open an issue")
                }
            }
        },
        badFiles: [
            "Sources/Portals/Bad.swift": "// \(unfinishedWords[0]): later\n",
            "scripts/bad": "#!/bin/sh\n# \(unfinishedWords[1])\n",
            "Sources/Portals/Good.swift": "// A \(unfinishedWords[0])NE is a word of its own.\n",
        ],
        expectedPaths: ["Sources/Portals/Bad.swift", "scripts/bad"])

    /// In two parts, or this file would break its own rule.
    private static let unfinishedWords = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]

    private static func isWord(_ word: String, in line: Substring) -> Bool {
        line.ranges(of: word).contains { range in
            let before =
                range.lowerBound == line.startIndex
                ? nil : line[line.index(before: range.lowerBound)]
            let after = range.upperBound == line.endIndex ? nil : line[range.upperBound]
            return ![before, after].contains { $0.map { $0.isLetter || $0.isNumber } ?? false }
        }
    }

    static let uncheckedReason = Rule(
        name: "every @unchecked Sendable and nonisolated(unsafe) says why it is safe",
        faults: { tree in
            tree.files.filter { $0.isSwift }.flatMap { file in
                let raw = file.lines
                return codeOnly(file.text).enumerated()
                    .filter { line in
                        ["@unchecked Sendable", "nonisolated(unsafe)"]
                            .contains { line.element.contains($0) }
                            && !hasReason(raw, at: line.offset)
                    }
                    .map {
                        Fault(
                            path: file.path, line: $0.offset + 1,
                            cure: "say in a comment right above who guarantees what")
                    }
            }
        },
        badFiles: [
            "Sources/Portals/Bad.swift": "// Held.\n\nfinal class A: @unchecked Sendable {}\n",
            "Sources/Portals/Worse.swift": "// Held.\nimport B\nnonisolated(unsafe) var a = 1\n",
            "Sources/Portals/Good.swift": """
            // Held.

            // Written by one worker only.
            @safe
            final class A: @unchecked Sendable {}
            let text = "@unchecked Sendable"
            nonisolated(unsafe) var a = 1  // Set before the first thread starts.
            """,
        ],
        expectedPaths: ["Sources/Portals/Bad.swift", "Sources/Portals/Worse.swift"])

    /// True if the line at `index` or the one above it, attributes aside, holds a comment.
    private static func hasReason(_ lines: [Substring], at index: Int) -> Bool {
        if lines[index].contains("//") { return true }
        var above = index - 1
        while above >= 0 {
            let line = lines[above].drop(while: { $0 == " " })
            if !line.hasPrefix("@") { return line.hasPrefix("//") }
            above -= 1
        }
        return false
    }
}

@Suite("Files")
struct FileRuleTests {
    static let rules = [Rule.opening, .width, .unfinished, .uncheckedReason]

    @Test("the tree keeps the rule", arguments: rules)
    func keeps(rule: Rule) { rule.expectKept() }

    @Test("the rule finds its fixture's faults and no others", arguments: rules)
    func canFail(rule: Rule) { rule.expectFixtureFound() }
}
