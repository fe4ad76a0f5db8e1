// A journal that a trial left is read, looked at and repeated, by nothing but its directory.
import Baselines
import Foundation
import Portals
import Report
import Testing

@testable import Harness

@Suite struct RecordedTrialTests {
    private let directory = NSTemporaryDirectory() + "portals-\(UUID().uuidString)"

    private func measure(_ configuration: TrialConfiguration) throws -> TrialMeasurement {
        let system = try #require(registryWithReplay.system(configuration.system))
        #expect(system.refusal(configuration) == nil)
        return try system.run(
            configuration,
            probe: TrialProbe(
                instruments: TrialInstruments(
                    allocationCount: { nil }, coreRoundTripNanoseconds: { nil })))
    }

    /// Runs a trial with a journal; returns what it was and the journal's directory.
    private func record(
        _ workload: String, _ parameters: [String: String], length: TrialConfiguration.Length,
        ratePerSecond: Double? = nil, workers: Int = 2
    ) throws -> (
        configuration: TrialConfiguration, measurement: TrialMeasurement, journal: String
    ) {
        var configuration = TrialConfiguration(workload: workload, system: "portals")
        configuration.workers = workers
        configuration.pinning = .off
        configuration.idle = .park
        // An atomic order is an atom of its own.
        configuration.atomSize = parameters["isolation"] == "atomic" ? 1 : 128
        configuration.warmUpSeconds = 0.01
        let known = try #require(registry.workload(workload))
        for axis in known.parameters { configuration.parameters[axis.name] = axis.defaultValue }
        configuration.parameters.merge(parameters) { $1 }
        configuration.length = length
        configuration.ratePerSecond = ratePerSecond
        configuration.seed = 7
        configuration.journal = .durable
        configuration.snapshots = .off
        configuration.journalDirectory = directory
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let measurement = try measure(configuration)
        #expect(measurement.verified == .verified)
        return (configuration, measurement, directory + "/site")
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    static let workloads: [(String, [String: String])] = [
        ("keyed-count", ["keys": "100"]), ("shopping-cart", ["mode": "conserving"]),
        ("integer-filter", ["predicate": "half"]), ("portal-ping-pong", ["outstanding": "8"]),
        ("saga", ["isolation": "saga", "items": "100"]),
        ("saga", ["isolation": "atomic", "items": "100"]),
        ("ml-serving", ["swaps": "1"]), ("ml-serving", ["scenario": "server", "swaps": "0"]),
        ("ml-serving", ["scenario": "single-stream", "swaps": "0"]),
        ("durable-append", ["outstanding": "1000"]),
        ("thread-ring", ["ring": "tasks", "length": "10", "tokens": "3"]),
        ("thread-ring", ["ring": "workflows", "length": "10"]),
        ("thread-ring", ["ring": "sequencers", "length": "4"]), ("ping-pong", ["tokens": "2"]),
        ("counting-actor", [:]), ("fork-join", ["workflows": "6"]), ("fibonacci", ["n": "20"]),
        ("data-parallel", ["load": "counting", "partitions": "4"]),
        ("data-parallel", ["load": "thread-ring", "partitions": "4"]),
        ("data-parallel", ["load": "ping-pong", "partitions": "4"]),
        ("atom-alignment", ["exchange": "none", "work": "3"]),
        ("atom-alignment", ["exchange": "every-rank"]), ("chain-of-tasks", ["length": "5"]),
        ("chain-of-workflows", ["length": "5", "work": "2"]),
    ]

    /// One actor runs on one worker, and one log.
    private func workersMax(_ workload: String) -> Int {
        ["counting-actor", "durable-append"].contains(workload) ? 1 : 2
    }

    @Test("a kept journal is a benchmark's input, judged by its oracle", arguments: workloads)
    func input(workload: String, parameters: [String: String]) throws {
        defer { remove() }
        // The oracle of the ML serving evaluates its network for each picture.
        let count: UInt64 = workload == "ml-serving" ? 500 : 5_000
        let (recorded, live, journal) = try record(
            workload, parameters, length: .events(count), workers: workersMax(workload))
        let trial = try RecordedTrial(directory: journal)
        #expect(trial.configuration.seed == 7 && trial.configuration.length == recorded.length)
        // A few less where the parts of members or keys are to be equal, or an end is to be met.
        #expect((count - count / 50...count + count / 50).contains(live.events))
        try repeats(trial, journal, live)
    }

    /// Of each way to come to a length; the pilots of the others are long in a debug build.
    static let timedWorkloads = [
        "keyed-count", "shopping-cart", "durable-echo", "saga", "thread-ring", "fork-join",
        "fibonacci", "ml-serving",
    ]

    @Test("a trial of a time, too, leaves a journal that says enough", arguments: timedWorkloads)
    func timed(workload: String) throws {
        defer { remove() }
        let (_, live, journal) = try record(workload, [:], length: .seconds(0.01))
        try repeats(try RecordedTrial(directory: journal), journal, live)
    }

    /// Those that have the axis.
    static let ratedWorkloads = [
        "keyed-count", "shopping-cart", "integer-filter", "durable-echo", "saga", "fork-join",
        "chain-of-workflows",
    ]

    @Test("a trial at a rate is repeated as fast as it goes", arguments: ratedWorkloads)
    func rated(workload: String) throws {
        defer { remove() }
        let (_, live, journal) = try record(
            workload, [:], length: .events(2_560), ratePerSecond: 50_000)
        try repeats(try RecordedTrial(directory: journal), journal, live)
    }

    /// Again on one worker and on two: where partitions run is not part of the record.
    private func repeats(
        _ trial: RecordedTrial, _ journal: String, _ live: TrialMeasurement
    ) throws {
        var configuration = trial.configuration
        configuration.system = "portals-replay"
        configuration.journal = .none
        configuration.snapshots = nil
        configuration.inputDirectory = journal
        for workers in [2, 1] {
            configuration.workers = workers
            let measurement = try measure(configuration)
            #expect(measurement.verified == .verified)
            // Live, an endless source is counted in a window; the record is of all.
            #expect(measurement.events >= live.events && measurement.events > 0)
            if case .events = trial.configuration.length {
                #expect(measurement.events == live.events)
            }
            #expect(measurement.notes.first?.contains("steps repeated") == true)
        }
    }

    @Test("every workload that Portals runs leaves a journal that can be an input")
    func all() {
        let tried = Set(Self.workloads.map(\.0) + Self.timedWorkloads)
        // Killed in the midst of it, in a process of its own; and what has no application.
        #expect(Set(registry.workloads.map(\.name)).subtracting(tried) == ["recovery", "queue"])
        for workload in registry.workloads where workload.name != "queue" {
            #expect(application(named: workload.name) != nil, "\(workload.name)")
        }
    }

    @Test("a kept journal is looked at by its directory alone")
    func replay() throws {
        defer { remove() }
        let (_, _, journal) = try record(
            "keyed-count", ["keys": "50"], length: .events(1_280), workers: 1)
        let recording = try Recording(journal)
        let application = try RecordedTrial(in: recording).application()
        var events = 0
        let replay = try Replay(recording, of: application, to: 3) { events += $0.events.count }
        try replay.run()
        // Atoms 0 to 3.
        #expect(events == 4 * 128)
        var sum = 0
        replay.engine.describeStates { sum += Int($0.value) ?? 0 }
        #expect(sum == 4 * 128)
    }

    @Test("a directory that no trial wrote is refused with a cure, a replay without one too")
    func refusals() throws {
        defer { remove() }
        let error = #expect(throws: TrialFault.self) { try RecordedTrial(directory: "/no/such") }
        #expect("\(try #require(error))".contains("--keep-journals"))
        let configuration = TrialConfiguration(workload: "keyed-count", system: "portals-replay")
        let refusal = registryWithReplay.system("portals-replay")?.refusal(configuration)
        #expect(refusal?.contains("--input") == true)
        #expect(registry.system("portals-replay") == nil)
        let (_, _, journal) = try record(
            "keyed-count", ["keys": "50"], length: .events(1_280))
        try Data("{}".utf8).write(to: URL(fileURLWithPath: journal + "/trial.json"))
        let other = #expect(throws: TrialFault.self) { try RecordedTrial(directory: journal) }
        #expect("\(try #require(other))".contains("is no trial of this version"))
    }
}
