// `portals compare`: two runs, two systems of a run, or the two programs that a run measured.
import ArgumentParser
import Foundation
import Harness
import Report

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Say which of two is faster, and how sure that is.",
        discussion: """
            portals compare A B                two runs of the same cells
            portals compare RUN --systems A,B  two systems of one run
            portals compare RUN                the programs of a run with --against, or what each \
            setting gives of a matrix that varies one at a time

            A run is a folder that 'portals bench' wrote. Ratios are B over A.

            Exit status: 0 all equal, 2 something is slower, 3 an answer was wrong, 4 something is \
            faster and nothing slower, 5 too noisy to say, 64 usage.
            """)

    @Argument(help: "One run, or two.") var runs: [String]
    @Option(help: "Two systems of one run: A,B.") var systems: String?
    @Option(help: "Differences up to this share count as none, such as 0.02.")
    var delta: Double = Comparison.deltaDefault
    @Option(help: "text, json.") var format: Format = .text

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    func run() throws {
        let comparison: Comparison
        do {
            comparison = try compare()
        } catch let fault as Comparison.Fault {
            throw Exit.usage([fault.description])
        }
        switch format {
        case .text: print(comparison.text, terminator: "")
        case .json: print(try comparison.json, terminator: "")
        }
        if comparison.exitStatus != 0 { throw ExitCode(comparison.exitStatus) }
    }

    private func compare() throws -> Comparison {
        guard delta >= 0, delta < 1 else {
            throw Exit.usage(["--delta: \(delta) is no share; write such as 0.02"])
        }
        guard let first = runs.first, runs.count <= 2 else {
            throw Exit.usage(["name one run, or two: portals compare A B"])
        }
        let a = try RunReader.read(folder: first, trialFiles: .series)
        if runs.count == 2 {
            if systems != nil {
                throw Exit.usage(["--systems: compares two systems of one run: name one run"])
            }
            let b = try RunReader.read(folder: runs[1], trialFiles: .series)
            return try Comparison(a, b, by: .runs, delta: delta)
        }
        if let systems {
            let names = systems.split(separator: ",").map(String.init)
            let known = Set(a.rows.map(\.system)).sorted()
            guard names.count == 2, names.allSatisfy(known.contains) else {
                throw Exit.usage([
                    "--systems: '\(systems)' are not two systems of \(first); it has "
                        + known.joined(separator: ", ")
                ])
            }
            return try Comparison(a, a, by: .systems(a: names[0], b: names[1]), delta: delta)
        }
        let settings = try RunReader.environment(of: a)?.matrix.settings ?? [:]
        if let varied = settings["one-at-a-time"] {
            let firsts = varied.map { (Self.column($0), settings[$0]?.first ?? "") }
            return try Comparison(
                a, a, by: .settings(Dictionary(firsts, uniquingKeysWith: { $1 })), delta: delta)
        }
        guard a.rows.contains(where: { $0.axes[ComparedBy.column] != nil }) else {
            throw Exit.usage([
                "\(first) measured one program: name a second run, or --systems A,B, or measure "
                    + "with 'portals bench --against'"
            ])
        }
        return try Comparison(a, a, by: .builds, delta: delta)
    }

    /// The name of an axis as a comparison has it.
    private static func column(_ name: String) -> String {
        name == Axis.atomSize.name
            ? "atom" : Axis(rawValue: name)?.column ?? name.replacing("-", with: "_")
    }
}
