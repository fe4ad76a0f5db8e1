// Rules about what may stand on what: targets, imports, and the language of the core.

import Testing

/// A Package.swift of two floors for the fixtures of rules.
let fixtureManifest = """
    // swift-tools-version: 6.2
    // A fixture.
    let package = Package(targets: [
        .target(
            name: "PortalsCore", dependencies: [], path: "Sources/PortalsCore"),
        .target(
            name: "Portals", dependencies: ["PortalsCore"], path: "Sources/Portals"),
        .target(
            name: "Harness",
            dependencies: [.product(name: "Yams", package: "Yams")], path: "Benchmarks/Harness"),
        .testTarget(name: "TidyTests", dependencies: ["Harness"], path: "Tests/TidyTests"),
    ])
    """

extension Rule {
    static let targetFloors = Rule(
        name: "a target depends on lower floors only",
        faults: { tree in
            tree.targets.filter { !$0.isTest }.flatMap { target -> [Fault] in
                guard let floor = Floors.of(target) else {
                    return [
                        Fault(
                            path: "Package.swift",
                            cure: "\(target.name) has no floor: give it a row in Floors.swift")
                    ]
                }
                return target.dependencies.compactMap { name in
                    let lower = tree.targets.first { $0.name == name }.flatMap(Floors.of)
                    if let lower, lower < floor { return nil }
                    return Fault(
                        path: "Package.swift",
                        cure: "\(target.name), floor \(floor), depends on \(name), floor "
                            + "\(lower.map(String.init) ?? "unknown"): move what it needs down")
                }
            }
        },
        badFiles: [
            "Package.swift": fixtureManifest.replacing(
                "dependencies: []", with: "dependencies: [\"Portals\"]"
            ).replacing("\"Harness\",\n", with: "\"Attic\",\n")
        ],
        expectedPaths: ["Package.swift", "Package.swift"])

    static let importFloors = Rule(
        name: "a file imports lower floors only",
        faults: { tree in
            let targets = tree.targets
            return tree.files.filter { $0.isSwift }.flatMap { file -> [Fault] in
                guard let target = tree.target(of: file, among: targets), !target.isTest,
                    let floor = Floors.of(target)
                else { return [] }
                return imports(of: file).compactMap { (line, name) in
                    guard let other = targets.first(where: { $0.name == name }),
                        let lower = Floors.of(other), lower >= floor
                    else { return nil }
                    return Fault(
                        path: file.path, line: line,
                        cure: "\(target.name), floor \(floor), imports \(name), floor \(lower): "
                            + "move what it needs down, or hand it in from above")
                }
            }
        },
        badFiles: [
            "Package.swift": fixtureManifest,
            "Sources/PortalsCore/Bad.swift": "// Bad.\n@_exported public import Portals\n",
            "Sources/PortalsCore/Worse.swift": "// Bad.\nimport struct Harness.Trial\n",
            "Sources/Portals/Good.swift": "// Good.\nimport PortalsCore\n// import Harness\n",
        ],
        expectedPaths: ["Sources/PortalsCore/Bad.swift", "Sources/PortalsCore/Worse.swift"])

    static let everyFileHasTarget = Rule(
        name: "every Swift file is compiled by a target",
        faults: { tree in
            let targets = tree.targets
            return tree.files.filter { file in
                file.isSwift && file.path.contains("/")
                    && !["Tests/Wasm", "Tests/ClientPackage"].contains(where: file.isBelow)
                    && tree.target(of: file, among: targets) == nil
            }
            .map { Fault(path: $0.path, cure: "give its folder a target in Package.swift") }
        },
        badFiles: [
            "Package.swift": fixtureManifest, "Sources/Attic/Old.swift": "",
            "Sources/Portals/Good.swift": "", "Tests/Wasm/Exerciser.swift": "",
        ],
        expectedPaths: ["Sources/Attic/Old.swift"])

    static let coreImports = Rule(
        name: "the core imports no operating system",
        faults: { tree in
            coreFiles(tree).flatMap { file in
                // `Swift` is the standard library, for the parts of it that must be asked for.
                let allowed = ["CPlatform", "Synchronization", "Swift"]
                return imports(of: file).filter { !allowed.contains($0.1) }.map {
                    Fault(
                        path: file.path, line: $0.0,
                        cure: "the core imports CPlatform and Synchronization only; what \($0.1) "
                            + "gives is handed in by the driver")
                }
            }
        },
        badFiles: [
            "Sources/PortalsCore/Bad.swift": "// Bad.\nimport Foundation\n",
            "Sources/PortalsCore/Worse.swift": "// Bad.\nprivate import Glibc\n",
            "Sources/PortalsCore/Good.swift":
                "// Good.\nimport CPlatform\nimport Synchronization\n",
            "Sources/Portals/Good.swift": "// Good.\nimport Dispatch\n",
        ],
        expectedPaths: ["Sources/PortalsCore/Bad.swift", "Sources/PortalsCore/Worse.swift"])

    static let coreLanguage = Rule(
        name: "the core has no existential, no untyped throws and no async",
        faults: { tree in
            coreFiles(tree).flatMap { file in
                codeOnly(file.text).enumerated().flatMap { line -> [Fault] in
                    coreBans(line.element).map {
                        Fault(path: file.path, line: line.offset + 1, cure: $0)
                    }
                }
            }
        },
        badFiles: [
            "Sources/PortalsCore/A.swift": "func a(_ task: any Task) {}\n",
            "Sources/PortalsCore/B.swift": "func b() throws {}\n",
            "Sources/PortalsCore/C.swift": "func c() async {}\n",
            "Sources/PortalsCore/D.swift": """
            // any Task that throws or is async
            func d<T>(_ rethrown: T) throws(Fault) -> String { "any Task throws, async" }
            /* func e() throws */ let many = 1
            func f<T>(_: T.Type) -> Bool { T.self is any Task.Type }
            """,
        ],
        expectedPaths: [
            "Sources/PortalsCore/A.swift", "Sources/PortalsCore/B.swift",
            "Sources/PortalsCore/C.swift",
        ])

    private static func coreFiles(_ tree: SourceTree) -> [SourceFile] {
        tree.files.filter { $0.isSwift && $0.isBelow("Sources/PortalsCore") }
    }

    /// What to write instead of each thing in `code` that Embedded Swift or the hot path forbids.
    private static func coreBans(_ code: String) -> [String] {
        var cures: [String] = []
        if code.contains(/\bany\s+[A-Z(](?![\w.]*\.Type\b)/) {
            cures.append("an existential costs 100 ns a call: erase with a closure, or be generic")
        }
        if code.contains(/\bthrows\b(?!\s*\()/) {
            cures.append("untyped throws allocates an existential: say throws(SomeError)")
        }
        if code.contains(/\basync\b/) {
            cures.append("async needs a run-time: return, and let the driver call again")
        }
        return cures
    }

    /// The line and module of each import in `file`.
    private static func imports(of file: SourceFile) -> [(Int, String)] {
        codeOnly(file.text).enumerated().compactMap { line in
            line.element.prefixMatch(
                of: /\s*(?:[@\w]+(?:\([^)]*\))?\s+)*?import\s+(?:[a-z]+\s+)?(\w+)/
            ).map { (line.offset + 1, String($0.1)) }
        }
    }
}

@Suite("Floors")
struct FloorRuleTests {
    static let rules = [
        Rule.targetFloors, .importFloors, .everyFileHasTarget, .coreImports, .coreLanguage,
    ]

    @Test("the tree keeps the rule", arguments: rules)
    func keeps(rule: Rule) { rule.expectKept() }

    @Test("the rule finds its fixture's faults and no others", arguments: rules)
    func canFail(rule: Rule) { rule.expectFixtureFound() }

    @Test("the manifest's targets are read with their paths and dependencies")
    func manifest() throws {
        let targets = SourceTree.repository.targets
        let core = try #require(targets.first { $0.name == "PortalsCore" })
        #expect(core.path == "Sources/PortalsCore")
        #expect(core.dependencies.contains("CPlatform"))
        let harness = try #require(targets.first { $0.name == "Harness" })
        #expect(harness.dependencies.contains("Report"))
        #expect(!harness.dependencies.contains("Yams"))
        #expect(targets.contains { $0.name == "TidyTests" && $0.isTest })
    }

    @Test("code is seen without comments and the contents of strings, line for line")
    func code() {
        let text = #"""
            let a = "any \" throws" // async
            /* any /* nested */ throws
            */ let b = """
              async
              """; let c = 1
            """#
        let lines = codeOnly(text)
        #expect(lines.count == 5)
        #expect(lines[0] == #"let a = "" "#)
        #expect(lines[1] == "")
        #expect(lines[2] == #" let b = ""#)
        #expect(lines[4] == #""; let c = 1"#)
    }
}
