// The floors of Sources/README.md as a table, and the targets of Package.swift as the rules read
// them: a module imports lower floors only.

/// What a module is allowed to stand on.
enum Floors {
    /// The floor of each module of ours. A new target gets its row here and in Sources/README.md.
    static let table: [String: Int] = [
        "CPlatform": 0, "CReferenceRing": 4, "CNuma": 0, "CJemalloc": 0,
        "CSQLite": 0, "COpenBLAS": 0,
        "PortalsCore": 1, "Platform": 1,
        "Portals": 2,
        "Report": 3, "SQLiteJournal": 3, "Sagas": 3, "AdaptiveBatching": 3, "Synthetic": 3,
        "Harness": 4, "Profile": 4,
        "Baselines": 5, "Micro": 5, "HotShapes": 5, "AdaptiveLatency": 5,
        "PortalsCommand": 6, "NumaCheck": 6,
    ]

    /// The floor of `target`; nil where the table has none.
    static func of(_ target: Target) -> Int? {
        table[target.name] ?? (target.path.hasPrefix("Workloads/") ? 4 : nil)
    }
}

/// A target of Package.swift.
struct Target: Equatable {
    let name: String
    /// From the root, without a slash at its end.
    let path: String
    /// Targets of ours; products of other packages are not among them.
    let dependencies: [String]
    /// Tests, and what only tests use, may stand on anything.
    let isTest: Bool

    /// The targets that the text of a Package.swift declares. Each must state its path.
    static func all(inManifest text: String) -> [Target] {
        // Strings are wanted here, comments are not.
        let manifest = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.drop(while: { $0 == " " }).hasPrefix("//") }
            .joined(separator: "\n")
        let kinds = [".target(", ".executableTarget(", ".systemLibrary(", ".testTarget("]
        return kinds.flatMap { kind in
            manifest.ranges(of: kind).compactMap { range in
                parse(balanced(manifest[range.upperBound...]), isTest: kind == ".testTarget(")
            }
        }
    }

    private static func parse(_ body: Substring, isTest: Bool) -> Target? {
        guard let name = body.firstMatch(of: /name:\s*"([^"]+)"/)?.1 else { return nil }
        let path = body.firstMatch(of: /path:\s*"([^"]+)"/)?.1 ?? "Sources/\(name)"
        var dependencies: [String] = []
        if let start = body.firstMatch(of: /dependencies:\s*\[/)?.range.upperBound {
            let list = balanced(body[start...], open: "[", close: "]")
                .replacing(/\.product\([^)]*\)/, with: "")
            dependencies = list.matches(of: /"([^"]+)"/).map { String($0.1) }
        }
        return Target(
            name: String(name), path: String(path),
            dependencies: dependencies, isTest: isTest || path.hasPrefix("Tests/"))
    }

    /// The text up to the bracket that closes the one right before `text`.
    private static func balanced(
        _ text: Substring, open: Character = "(", close: Character = ")"
    ) -> Substring {
        var depth = 1
        for index in text.indices {
            if text[index] == open { depth += 1 }
            if text[index] == close { depth -= 1 }
            if depth == 0 { return text[..<index] }
        }
        return text
    }
}

extension SourceTree {
    var targets: [Target] { Target.all(inManifest: file("Package.swift")?.text ?? "") }

    /// The target that compiles `file`: the one with the longest path above it.
    func target(of file: SourceFile, among targets: [Target]) -> Target? {
        targets.filter { file.isBelow($0.path) }.max { $0.path.count < $1.path.count }
    }
}
