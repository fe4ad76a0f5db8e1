// The durable append: what a log acknowledged is what it gives back, on Portals and by hand.
import DurableAppend
import Foundation
import Testing

@testable import Baselines
@testable import Harness

@Suite struct DurableAppendTests {
    static let journals: [TrialConfiguration.Journal] = [.none, .asynchronous, .durable]

    private func append(
        _ system: String, _ journal: TrialConfiguration.Journal, outstanding: Int,
        length: TrialConfiguration.Length
    ) async throws -> TrialMeasurement {
        var configuration = try trial(
            "durable-append", system, ["outstanding": "\(outstanding)"], workers: 1,
            length: length)
        configuration.idle = .park
        configuration.journal = journal
        let directory = NSTemporaryDirectory() + "portals-\(UUID().uuidString)"
        if journal != .none {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            configuration.journalDirectory = directory
        }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await measure(configuration)
    }

    @Test(
        "a log gives back what it acknowledged", arguments: ["portals", "hand-written"], journals)
    func readsBack(system: String, journal: TrialConfiguration.Journal) async throws {
        for (outstanding, records) in [(1, 50), (7, 100), (500, 3_333)] as [(Int, UInt64)] {
            let measurement = try await append(
                system, journal, outstanding: outstanding, length: .events(records))
            #expect(measurement.verified == .verified)
            #expect(measurement.events == records)
            #expect(measurement.latencySamples == records)
        }
    }

    @Test("a run by time reads back what it appended", arguments: ["portals", "hand-written"])
    func timed(system: String) async throws {
        var seconds = 0.05
        var measurement = try await append(
            system, .durable, outstanding: 100, length: .seconds(seconds))
        // Beside all the other tests a window may pass before the disk has answered once.
        while measurement.events == 0 && seconds < 60 {
            seconds *= 4
            measurement = try await append(
                system, .durable, outstanding: 100, length: .seconds(seconds))
        }
        #expect(measurement.verified == .verified)
        #expect(measurement.events > 0)
        #expect(measurement.latencySamples == measurement.events)
    }

    @Test("records of another seed, of another order or missing are found")
    func wrong() throws {
        let definition = DurableAppend.Definition(records: 100, outstanding: 8)
        let path = NSTemporaryDirectory() + "portals-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let answer = try DurableAppend.HandWritten.run(
            definition, .disk, path: path, clock: { 0 }, acknowledged: { _, _ in }, finished: {})
        #expect(DurableAppend.Oracle(definition).check(answer) == nil)
        var other = definition
        other.seed = 2
        #expect(DurableAppend.Oracle(other).check(answer)?.contains("others") == true)
        other = definition
        other.records = 101
        #expect(DurableAppend.Oracle(other).check(answer)?.contains("100 records") == true)
        // The same records, two of them in each other's place.
        var swapped = DurableAppend.Answer()
        let record = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8)
        defer { record.deallocate() }
        for index in [1, 0] + Array(2..<100) as [UInt64] {
            definition.generator.write(index, to: record)
            swapped.take(record)
        }
        #expect(DurableAppend.Oracle(definition).check(swapped)?.contains("order") == true)
    }

    @Test("records are random bytes of the seed and the index, as other languages make them")
    func records() {
        let record = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8)
        defer { record.deallocate() }
        DurableAppend.Generator(seed: 0).write(0, to: record)
        // The first number of splitmix64 of seed 0, as Vigna's program prints it.
        #expect(record.load(as: UInt64.self) == 0xE220_A839_7B1D_CDAF)
    }
}
