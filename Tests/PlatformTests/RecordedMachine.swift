// Unpacks a recording of /sys (Machines/*.sysfs, lines `path:content`) into a folder of its own.
import Foundation
import Platform

/// A tree with the layout of /sys, made from a recording; removed with the last reference.
final class RecordedMachine {
    static let names = ["laptop", "two-socket-server", "four-node", "virtual-machine"]

    let directory: String

    init(_ name: String) throws {
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("portals-\(name)-\(UUID().uuidString)").path
        let recording = Bundle.module.bundleURL.appendingPathComponent("Machines/\(name).sysfs")
        var files: [String: String] = [:]
        for line in try String(contentsOf: recording, encoding: .utf8).split(separator: "\n")
        where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1)
            files[String(parts[0]), default: ""] += parts[1] + "\n"
        }
        for (path, text) in files { try write(text, to: path) }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Puts `text` into a file of the tree, as a defect or an addition.
    func write(_ text: String, to path: String) throws {
        let file = URL(fileURLWithPath: directory).appendingPathComponent(path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: false, encoding: .utf8)
    }

    /// Takes a file or folder out of the tree.
    func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: directory + "/" + path)
    }

    func topology(allowed: String? = nil) throws -> Topology {
        try Topology.read(from: directory, allowed: allowed.flatMap { ProcessorSet(list: $0) })
    }
}
