// Rules about the documents that lead through the tree: every folder of Sources is on the map, and
// what a document names exists.

import Testing

extension Rule {
    static let foldersOnMap = Rule(
        name: "every folder under Sources has a line in Sources/README.md",
        faults: { tree in
            let map = tree.file("Sources/README.md")?.text ?? ""
            return sourceFolders(tree).filter { folder in
                let name = String(folder.split(separator: "/").last!)
                return ![folder, name].contains {
                    map.contains("`\($0)`") || map.contains("`\($0)/`")
                }
            }
            .map {
                Fault(path: "Sources/\($0)", cure: "give it one line in Sources/README.md: `\($0)`")
            }
        },
        badFiles: [
            "Sources/README.md": "| `PortalsCore` | the core |\n| `Ring/` | rings |\n",
            "Sources/PortalsCore/Ring/Ring.swift": "", "Sources/PortalsCore/Attic/Old.swift": "",
            "Sources/PortalsCore/include/Shim.h": "",
        ],
        expectedPaths: ["Sources/PortalsCore/Attic"])

    /// Folders of code below Sources, from there; a C target's `include` is part of its target.
    private static func sourceFolders(_ tree: SourceTree) -> [String] {
        var folders: Set<String> = []
        for file in tree.files where file.isBelow("Sources") {
            var parts = file.path.split(separator: "/").dropFirst().dropLast()
            while !parts.isEmpty {
                if parts.last != "include" { folders.insert(parts.joined(separator: "/")) }
                parts = parts.dropLast()
            }
        }
        return folders.sorted()
    }

    static let namedPathsExist = Rule(
        name: "every path and link in a document leads somewhere",
        faults: { tree in
            tree.files.filter { $0.fileExtension == "md" && $0.name != "CHANGELOG.md" }
                .flatMap { file in
                    file.lines.enumerated().flatMap { line in
                        (namedPaths(line.element) + links(line.element, from: file))
                            .filter { !tree.has($0) }
                            .map {
                                Fault(
                                    path: file.path, line: line.offset + 1,
                                    cure: "'\($0)' does not exist: correct the name, or add it")
                            }
                    }
                }
        },
        badFiles: [
            "README.md": "Run `Benchmarks/Matrices/gone.yaml`, see Results/2026-gone.\n",
            "Sources/README.md": "[how](../Gone.md), [fine](../README.md), [web](https://x.y)\n",
            "Tests/README.md": "Writes Results/<time>-<host>/ by `Sources/README.md`.\n",
        ],
        expectedPaths: ["README.md", "README.md", "Sources/README.md"])

    /// The words of `line` that are paths from the root; patterns (`<time>`, `*`, `…`) are none.
    private static func namedPaths(_ line: Substring) -> [String] {
        let tops = ["Sources", "Tests", "Benchmarks", "Workloads", "Results", "scripts", ".ci"]
        return line.split(whereSeparator: { " `()[]|\"',;".contains($0) })
            .map { word in String(word.reversed().drop { ".:".contains($0) }.reversed()) }
            // A run makes the folder of results: it need not be there yet.
            .filter { $0 != "Results/" }
            .filter { word in
                tops.contains { word.hasPrefix($0 + "/") }
                    && !word.contains(where: { "<>*…{}".contains($0) })
            }
    }

    /// The targets of Markdown links in `line` that stay in the repository, from the root.
    private static func links(_ line: Substring, from file: SourceFile) -> [String] {
        line.matches(of: /\]\(([^)#]+)/).map { String($0.1) }
            .filter { !$0.contains(":") }
            .map { link in
                var parts = file.path.split(separator: "/").dropLast().map(String.init)
                for part in link.split(separator: "/") {
                    if part == ".." { parts = parts.dropLast() } else { parts.append(String(part)) }
                }
                return parts.joined(separator: "/")
            }
    }
}

@Suite("Maps")
struct MapRuleTests {
    static let rules = [Rule.foldersOnMap, .namedPathsExist]

    @Test("the tree keeps the rule", arguments: rules)
    func keeps(rule: Rule) { rule.expectKept() }

    @Test("the rule finds its fixture's faults and no others", arguments: rules)
    func canFail(rule: Rule) { rule.expectFixtureFound() }
}
