// The program of a library's README, as its tests compile and run it.
import Foundation

/// The program between a README's marks of its example, and what the README says it prints.
package struct ReadmeExample {
    private let example: String

    /// The example of a README, by its path from the root of the package.
    ///
    /// - Parameter test: the file of the test, which lies in a folder of `Tests`.
    package init(_ path: String, test: String) throws {
        let readme = URL(filePath: test).deletingLastPathComponent()
            .appending(path: "../../" + path).standardized
        let text = try String(contentsOf: readme, encoding: .utf8)
        example =
            text.components(separatedBy: "<!-- example: begin")[1]
            .components(separatedBy: "<!-- example: end -->")[0]
    }

    /// What it prints.
    package var output: String { block("text") }

    /// The lines of the program, from their first word on and without imports.
    package var program: [Substring] {
        block("swift").split(separator: "\n").map { $0.drop { $0 == " " } }
            .filter { !$0.hasPrefix("import ") }
    }

    /// The lines between the marks `// begin` and `// end` of the test's file, likewise, without
    /// the function around its statements.
    package static func compiled(in test: String) throws -> [Substring] {
        let here = try String(contentsOf: URL(filePath: test), encoding: .utf8)
        let compiled = here.components(separatedBy: "    // begin\n")[1]
            .components(separatedBy: "    // end\n")[0]
        return compiled.split(separator: "\n").map { $0.drop { $0 == " " } }
            .filter { !$0.hasPrefix("static func run(") }.dropLast()
    }

    /// The first block of a language.
    private func block(_ language: String) -> String {
        example.components(separatedBy: "```\(language)\n")[1]
            .components(separatedBy: "\n```")[0]
    }
}
