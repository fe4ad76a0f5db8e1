// Rules about names: unique files within a module, no names that tell nothing.

import Testing

extension Rule {
    static let uniqueFileNames = Rule(
        name: "file names are unique within a module",
        faults: { tree in
            let targets = tree.targets
            let sources = tree.files.filter { $0.isSwift || $0.isC }
            let byModule = Dictionary(grouping: sources) { file in
                (tree.target(of: file, among: targets)?.name ?? "") + "/" + file.name
            }
            return byModule.values.filter { files in
                files.count > 1 && tree.target(of: files[0], among: targets) != nil
            }
            .flatMap { files in
                files.map {
                    Fault(
                        path: $0.path,
                        cure: "name it for what only it holds; its twins: \(files.map(\.path))")
                }
            }
        },
        badFiles: [
            "Package.swift": fixtureManifest,
            "Sources/Portals/Source/Plan.swift": "", "Sources/Portals/Sink/Plan.swift": "",
            "Sources/PortalsCore/Plan.swift": "", "Sources/PortalsCore/Ring.swift": "",
        ],
        expectedPaths: ["Sources/Portals/Sink/Plan.swift", "Sources/Portals/Source/Plan.swift"])

    static let tellingNames = Rule(
        name: "no file, folder or type has a name that tells nothing",
        faults: { tree in
            tree.files.filter { $0.isCode }.flatMap { file in
                emptyPathNames(file) + emptyTypeNames(file)
            }
        },
        badFiles: [
            "Sources/Portals/Utils/Clock.swift": "", "Sources/Portals/RingHelpers.swift": "",
            "Sources/Portals/WorkerManager.swift": "", "Sources/Portals/Ring+Common.swift": "",
            "Sources/Portals/Types.swift": "struct RingImpl {}\n// class RingBase\n",
            "Sources/Portals/Database.swift": "struct Database { var baseAddress = 1 }\n",
        ],
        expectedPaths: [
            "Sources/Portals/Ring+Common.swift", "Sources/Portals/RingHelpers.swift",
            "Sources/Portals/Types.swift", "Sources/Portals/Utils/Clock.swift",
            "Sources/Portals/WorkerManager.swift",
        ])

    /// What a name may not begin or end with, and what to write instead.
    private static let emptyWords = [
        "util", "utils", "utility", "utilities", "common", "helper", "helpers", "manager",
        "managers", "base", "impl",
    ]
    private static let nameCure =
        "tells nothing and attracts everything: use the field's own word for what it does"

    private static func emptyWord(in name: String) -> String? {
        let words = camelWords(name)
        return [words.first, words.last].compactMap { $0 }.first { emptyWords.contains($0) }
    }

    private static func emptyPathNames(_ file: SourceFile) -> [Fault] {
        file.path.split(separator: "/").compactMap { emptyWord(in: stem($0)) }
            .map { Fault(path: file.path, cure: "'\($0)' in its path \(nameCure)") }
    }

    private static func stem(_ component: Substring) -> String {
        component.hasPrefix(".")
            ? String(component) : String(component.split(separator: ".").first ?? component)
    }

    private static func emptyTypeNames(_ file: SourceFile) -> [Fault] {
        guard file.isSwift else { return [] }
        return codeOnly(file.text).enumerated().flatMap { line in
            line.element.matches(of: /\b(?:struct|class|enum|protocol|actor|typealias)\s+(\w+)/)
                .filter { emptyWord(in: String($0.1)) != nil }
                .map { Fault(path: file.path, line: line.offset + 1, cure: "\($0.1) \(nameCure)") }
        }
    }

    /// The words of `RingLayout`, `ring-layout` or `Ring+Layout`, in lower case.
    static func camelWords(_ name: String) -> [String] {
        var words: [String] = []
        var previous: Character = "-"
        for character in name {
            if !character.isLetter && !character.isNumber {
                previous = character
                continue
            }
            let startsWord =
                !(previous.isLetter || previous.isNumber)
                || (character.isUppercase && !previous.isUppercase)
            if startsWord { words.append("") }
            words[words.count - 1].append(contentsOf: character.lowercased())
            previous = character
        }
        return words
    }
}

@Suite("Names")
struct NameRuleTests {
    static let rules = [Rule.uniqueFileNames, .tellingNames]

    @Test("the tree keeps the rule", arguments: rules)
    func keeps(rule: Rule) { rule.expectKept() }

    @Test("the rule finds its fixture's faults and no others", arguments: rules)
    func canFail(rule: Rule) { rule.expectFixtureFound() }

    @Test("names fall into their words")
    func words() {
        #expect(Rule.camelWords("RingLayout") == ["ring", "layout"])
        #expect(Rule.camelWords("test-numa+SPSCRing") == ["test", "numa", "spscring"])
        #expect(Rule.camelWords("Database") == ["database"])
    }
}
