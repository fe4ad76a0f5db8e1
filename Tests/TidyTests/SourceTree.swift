// The repository as the rules see it: every file of ours with its path and text. Rules read a tree
// that is given to them, so that a test can show each of them a bad one.

import Foundation

/// One file: its path from the root, with `/`, and its text.
struct SourceFile: Sendable {
    let path: String
    let text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var name: String { String(path.split(separator: "/").last ?? "") }
    var fileExtension: String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts.last!) : ""
    }
    var isSwift: Bool { fileExtension == "swift" }
    var isC: Bool { ["c", "h", "cc", "cpp", "hpp"].contains(fileExtension) }
    var isScript: Bool { text.hasPrefix("#!") || path.hasPrefix("scripts/lib/") }
    /// What the rules about code apply to.
    var isCode: Bool { isSwift || isC || isScript || fileExtension == "mjs" }

    func isBelow(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }
}

/// The files of the repository, or those of a test's fixture.
struct SourceTree: Sendable {
    let files: [SourceFile]

    init(_ files: [String: String]) {
        self.files = files.map { SourceFile(path: $0.key, text: $0.value) }
            .sorted { $0.path < $1.path }
    }

    func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

    /// True if a file or folder stands at `path`.
    func has(_ path: String) -> Bool {
        let folder = path.hasSuffix("/") ? path : path + "/"
        return files.contains { $0.path == path || $0.path.hasPrefix(folder) }
    }

    /// The folder this file was compiled from.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What is ours and text. Hidden folders (`.build…`, `.git`) are none of it, `.ci` is.
    static let repository: SourceTree = {
        var files: [String: String] = [:]
        let folders = [
            ".ci", "Benchmarks", "Results", "Sources", "Tests", "Workloads", "scripts",
        ]
        let manager = FileManager.default
        let top = (try? manager.contentsOfDirectory(atPath: root.path)) ?? []
        var paths = top.filter { $0.hasSuffix(".md") || $0.hasSuffix(".swift") || $0 == "LICENSE" }
        for folder in folders {
            let below = manager.enumerator(atPath: root.appending(path: folder).path)
            while let path = below?.nextObject() as? String {
                // Programs are written there out of README.md, which is checked itself.
                let isMade = path.hasPrefix("ClientPackage/Sources/")
                if isMade || path.split(separator: "/").contains(where: { $0.hasPrefix(".build") })
                {
                    continue
                }
                paths.append(folder + "/" + path)
            }
        }
        for path in paths {
            if let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) {
                files[path] = text
            }
        }
        return SourceTree(files)
    }()
}

/// A place that breaks a rule, and what to do about it.
struct Fault: Hashable, CustomStringConvertible {
    let path: String
    var line: Int?
    let cure: String

    var description: String { path + (line.map { ":\($0)" } ?? "") + ": " + cure }
}
