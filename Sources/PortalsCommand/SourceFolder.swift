// Where the sources of this program lie: its matrices are there, and its commit.
import Foundation
import Harness

/// The checked-out package that this program was built from.
enum SourceFolder {
    private static let matrices = "/Benchmarks/Matrices"

    /// The nearest folder above the working directory, or above the program, that has matrices.
    static let path: String? = {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let starts = [FileManager.default.currentDirectoryPath, program.path]
        for start in starts {
            var folder = URL(fileURLWithPath: start)
            while folder.path != "/" {
                if FileManager.default.fileExists(atPath: folder.path + matrices) {
                    return folder.path
                }
                folder.deleteLastPathComponent()
            }
        }
        return nil
    }()

    /// The file of a matrix: a path, or the name of one of ours.
    static func matrixPath(_ name: String) throws -> String {
        if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return name }
        guard let path else {
            throw Exit.usage([
                "--matrix: '\(name)' is the name of a matrix of the source folder, and this is not "
                    + "run inside one; give a path to a file"
            ])
        }
        let file = "\(path)\(matrices)/\(name).yaml"
        guard FileManager.default.fileExists(atPath: file) else {
            let known =
                (try? FileManager.default.contentsOfDirectory(atPath: path + matrices)) ?? []
            let names = known.filter { $0.hasSuffix(".yaml") }.map { $0.dropLast(5) }.sorted()
            throw Exit.usage([
                "--matrix: there is no matrix '\(name)'; known are: "
                    + names.joined(separator: ", ") + "; or give a path"
            ])
        }
        return file
    }
}
