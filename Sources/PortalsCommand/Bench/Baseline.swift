// What `portals bench --against` names: a program, a commit that is built, or results.
import ArgumentParser
import Foundation
import Harness
import Report

/// The other side of `--against`.
enum Baseline {
    case program(String)
    case commit(String)
    case run(RecordedRun)

    /// What a run of two programs measures: the baseline twice, to know what equals differ by.
    static let builds = [
        ComparedBy.baseline, ComparedBy.baselineAgain, ComparedBy.candidate,
    ]

    /// A folder of results, an executable file, or a commit of the source folder.
    init(_ text: String) throws {
        if FileManager.default.fileExists(atPath: text + "/results.csv") {
            self = .run(try RunReader.read(folder: text, trialFiles: .series))
            return
        }
        if FileManager.default.fileExists(atPath: text) {
            let values = try? URL(fileURLWithPath: text).resourceValues(forKeys: [.isDirectoryKey])
            guard values?.isDirectory == false, FileManager.default.isExecutableFile(atPath: text)
            else {
                throw Exit.usage([
                    "--against: '\(text)' is neither a program nor a folder of results"
                ])
            }
            self = .program(URL(fileURLWithPath: text).standardizedFileURL.path)
            return
        }
        guard let source = SourceFolder.path,
            let hash = Command.output(
                of: ["git", "-C", source, "rev-parse", "--verify", "--quiet", "\(text)^{commit}"])
        else {
            throw Exit.usage([
                "--against: '\(text)' is no program, no folder of results and no commit of the "
                    + "source folder"
            ])
        }
        self = .commit(hash)
    }

    /// The plan with the cells of all programs that are to be measured.
    func plan(_ plan: Plan) -> Plan {
        if case .run = self { return plan }
        return plan.measuring(builds: Self.builds)
    }

    /// The programs of a run by the name of their build; none where results are compared with.
    func programs() throws -> [String: String] {
        let path: String
        switch self {
        case .run: return [:]
        case .program(let program): path = program
        case .commit(let hash): path = try Self.build(hash)
        }
        return [
            ComparedBy.baseline: path, ComparedBy.baselineAgain: path,
            ComparedBy.candidate: "/proc/self/exe",
        ]
    }

    /// Builds a commit in a work tree of its own, which stays for the next time.
    private static func build(_ hash: String) throws -> String {
        guard let source = SourceFolder.path else {
            throw Exit.usage(["--against: this is not run inside the source folder"])
        }
        let tree = "\(source)/.build-baseline/\(hash)"
        let program = "\(tree)/.build/release/portals"
        if FileManager.default.isExecutableFile(atPath: program) { return program }
        Exit.say("building \(hash.prefix(12)) in \(tree), some minutes the first time")
        if !FileManager.default.fileExists(atPath: tree) {
            guard
                Command.succeeds(
                    ["git", "-C", source, "worktree", "add", "--detach", tree, hash])
            else {
                throw Exit.usage(["--against: git could not check out \(hash) in \(tree)"])
            }
        }
        // As `scripts/bench` builds.
        guard
            Command.succeeds([
                "swift", "build", "--package-path", tree, "-c", "release", "--static-swift-stdlib",
                "--product", "portals",
            ]), FileManager.default.isExecutableFile(atPath: program)
        else {
            throw Exit.usage(["--against: \(hash) could not be built; its output is above"])
        }
        return program
    }
}

extension Command {
    /// What a command prints, without the last line end; nil if it fails.
    fileprivate static func output(of arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a command with its output on standard error.
    fileprivate static func succeeds(_ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.standardError
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
