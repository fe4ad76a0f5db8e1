// Reading the folders of runs that the user names.
import ArgumentParser
import Foundation
import Report

/// Reads folders that `portals bench` wrote.
enum RunReader {
    /// Reads the folders; a folder of such folders stands for all of them, in the order of names.
    static func read(_ paths: [String], trialFiles: Bool) throws -> [RecordedRun] {
        var runs: [RecordedRun] = []
        for path in paths {
            let folders = folders(path)
            guard !folders.isEmpty else {
                throw Exit.usage([
                    "\(path): no results.csv there or one folder below; "
                        + "name the folder that 'portals bench' printed"
                ])
            }
            for folder in folders { runs.append(try read(folder, trialFiles: trialFiles)) }
        }
        for run in runs {
            for note in run.notes { Exit.say("warning: \(run.name): \(note)") }
        }
        return runs
    }

    /// Refuses a reference that no trial ran.
    static func requireSystem(_ name: String?, in runs: [RecordedRun]) throws {
        let systems = Set(runs.flatMap(\.rows).map(\.system))
        guard let name, !systems.contains(name) else { return }
        throw Exit.usage([
            "--reference: no trial of '\(name)' there; the systems are "
                + systems.sorted().joined(separator: ", ")
        ])
    }

    private static func folders(_ path: String) -> [String] {
        if FileManager.default.fileExists(atPath: "\(path)/results.csv") { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().map { "\(path)/\($0)" }
            .filter { FileManager.default.fileExists(atPath: "\($0)/results.csv") }
    }

    private static func read(_ folder: String, trialFiles: Bool) throws -> RecordedRun {
        let results: String
        do {
            results = try String(contentsOfFile: "\(folder)/results.csv", encoding: .utf8)
        } catch {
            throw Exit.usage(["\(folder)/results.csv: \(error.localizedDescription)"])
        }
        var files: [String: String] = [:]
        if trialFiles {
            let trials = "\(folder)/trials"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: trials)) ?? []
            for name in names where name.hasSuffix(".series.csv") || name.hasSuffix(".hlog") {
                files[name] = try? String(contentsOfFile: "\(trials)/\(name)", encoding: .utf8)
            }
        }
        do throws(ResultFileError) {
            return try RecordedRun(
                name: URL(fileURLWithPath: folder).lastPathComponent, resultsText: results,
                environmentText: try? String(
                    contentsOfFile: "\(folder)/environment.json", encoding: .utf8),
                trialFiles: files)
        } catch {
            throw Exit.usage(["\(folder)/\(error)"])
        }
    }
}
