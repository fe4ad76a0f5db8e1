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
        _ workload: String, _ parameters: [String: String], events: UInt64 = 20_000,
        workers: Int = 2
    ) throws -> (configuration: TrialConfiguration, journal: String) {
        var configuration = TrialConfiguration(workload: workload, system: "portals")
        configuration.workers = workers
        configuration.pinning = .off
        configuration.idle = .park
        configuration.atomSize = 128
        configuration.parameters = parameters
        configuration.length = .events(events)
        configuration.seed = 7
        configuration.journal = .durable
        configuration.snapshots = .off
        configuration.journalDirectory = directory
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        #expect(try measure(configuration).verified == .verified)
        return (configuration, directory + "/site")
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    static let workloads: [(String, [String: String])] = [
        ("keyed-count", ["keys": "100"]), ("shopping-cart", ["mode": "conserving"]),
        ("integer-filter", ["predicate": "half"]), ("portal-ping-pong", ["outstanding": "8"]),
    ]

    @Test("a kept journal is a benchmark's input, judged by its oracle", arguments: workloads)
    func input(workload: String, parameters: [String: String]) throws {
        defer { remove() }
        let (recorded, journal) = try record(workload, parameters)
        let trial = try RecordedTrial(directory: journal)
        #expect(trial.configuration.seed == 7 && trial.configuration.length == recorded.length)
        var configuration = trial.configuration
        configuration.system = "portals-replay"
        configuration.journal = .none
        configuration.snapshots = nil
        configuration.inputDirectory = journal
        // Again on one worker: where partitions run is not part of the record.
        for workers in [2, 1] {
            configuration.workers = workers
            let measurement = try measure(configuration)
            #expect(measurement.verified == .verified)
            #expect(measurement.events == 20_000)
            #expect(measurement.notes.first?.contains("steps repeated") == true)
        }
    }

    @Test("a kept journal is looked at by its directory alone")
    func replay() throws {
        defer { remove() }
        let (_, journal) = try record("keyed-count", ["keys": "50"], events: 1_280, workers: 1)
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
        let (_, journal) = try record("keyed-count", ["keys": "50"], events: 1_280)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: journal + "/trial.json"))
        let other = #expect(throws: TrialFault.self) { try RecordedTrial(directory: journal) }
        #expect("\(try #require(other))".contains("is no trial of this version"))
    }
}
