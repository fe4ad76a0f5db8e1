// What a profile's folder says of itself, so that it can be read and compared later.
import Foundation

/// What the weights of a profile count.
public enum ProfileUnit: String, Codable, Sendable {
    /// Nanoseconds of a processor, sampled.
    case nanoseconds
    /// Instructions, counted by callgrind.
    case instructions
    /// Bytes allocated, sampled by jemalloc.
    case bytes

    /// As it heads a column.
    public var perEvent: String {
        switch self {
        case .nanoseconds: "ns/event"
        case .instructions: "ins/event"
        case .bytes: "B/event"
        }
    }

    var column: String { rawValue }
}

/// How a profile came to be.
public struct ProfileRecord: Codable, Sendable, Equatable {
    /// The version of the folder's format; a reader refuses what it does not know.
    public var version = 1
    public var workload: String
    public var system: String
    /// The cell in words.
    public var cell: String
    public var unit: ProfileUnit
    /// Events of the measured window; nil where the trial gave no result.
    public var events: UInt64?
    public var seconds: Double?
    /// Samples taken, and the weight of each.
    public var samples: Int
    public var sampleWeight: UInt64?
    /// How stacks were taken and inlined functions told apart, and what else a reader must know.
    public var notes: [String] = []

    /// A record without figures of the trial yet.
    public init(workload: String, system: String, cell: String, unit: ProfileUnit, samples: Int) {
        self.workload = workload
        self.system = system
        self.cell = cell
        self.unit = unit
        self.samples = samples
    }

    /// Of a weight, what one event has of it; nil where the events are not known.
    public func perEvent(_ weight: UInt64) -> Double? {
        guard let events, events > 0 else { return nil }
        return Double(weight) / Double(events)
    }

    var headLines: [String] {
        var head = "\(cell): \(samples) samples"
        if let events { head += ", \(events) events" }
        if let seconds { head += " in \(Columns.fixed(seconds, 2)) s" }
        return [head] + notes
    }
}

/// The folder of a profile.
public struct ProfileFolder: Sendable {
    public let path: String

    /// A folder, whether it is there or not.
    public init(_ path: String) { self.path = path }

    /// Writes the flame graph, the tables, the folded stacks and the record.
    public func write(_ stacks: FoldedStacks, _ record: ProfileRecord) throws {
        let paths = HotPaths(stacks)
        try write("folded.txt", stacks.text)
        try write("hot-paths.txt", paths.text(record))
        try write("hot-paths.csv", paths.csv(record))
        try write("flame-graph.html", FlameGraphPage(stacks, record).html)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try write(
            "profile.json", String(decoding: encoder.encode(record), as: UTF8.self) + "\n")
    }

    /// Writes one file.
    public func write(_ name: String, _ text: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        } catch {
            throw ProfileFault(
                "\(path)/\(name) cannot be written (\(error.localizedDescription)); make room or "
                    + "give another folder with --output DIR")
        }
    }

    /// Reads stacks and record of an earlier profile.
    ///
    /// - Throws: `ProfileFault` if it is no folder of a profile, or of another version.
    public func read() throws(ProfileFault) -> (stacks: FoldedStacks, record: ProfileRecord) {
        let record: ProfileRecord
        let text: String
        do {
            record = try JSONDecoder().decode(
                ProfileRecord.self,
                from: Data(contentsOf: URL(fileURLWithPath: path + "/profile.json")))
            text = try String(contentsOfFile: path + "/folded.txt", encoding: .utf8)
        } catch {
            throw ProfileFault(
                "\(path) is no folder of a profile (\(error)); 'portals profile WORKLOAD --output "
                    + "DIR' makes one")
        }
        guard record.version == 1 else {
            throw ProfileFault(
                "\(path) is a profile of version \(record.version), and this program reads "
                    + "version 1: make it anew")
        }
        return (try FoldedStacks(text: text), record)
    }
}
