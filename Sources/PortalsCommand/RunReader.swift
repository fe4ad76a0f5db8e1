// Reading the folders of runs that the user names.
import ArgumentParser
import Foundation
import Report

/// Reads folders that `portals bench` wrote.
enum RunReader {
    /// Reads the folders; a folder of such folders stands for all of them, in the order of names.
    static func read(
        _ paths: [String], trialFiles: RecordedRun.TrialFiles
    ) throws -> [RecordedRun] {
        var runs: [RecordedRun] = []
        for path in paths {
            let folders = folders(path)
            guard !folders.isEmpty else {
                throw Exit.usage([
                    "\(path): no results.csv there or one folder below; "
                        + "name the folder that 'portals bench' printed"
                ])
            }
            for folder in folders {
                runs.append(try read(folder: folder, trialFiles: trialFiles))
            }
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

    /// Reads one folder, and warns of what is wrong in it without being fatal.
    static func read(
        folder: String, trialFiles: RecordedRun.TrialFiles
    ) throws -> RecordedRun {
        do {
            let run = try RecordedRun(folder: folder, trialFiles: trialFiles)
            for note in run.notes { Exit.say("warning: \(run.name): \(note)") }
            return run
        } catch {
            throw Exit.usage([error.description])
        }
    }

    /// What the run's environment says; nil if it is not there.
    static func environment(of run: RecordedRun) throws -> EnvironmentRecord? {
        do {
            return try run.environmentRecord()
        } catch {
            throw Exit.usage([error.description])
        }
    }
}
