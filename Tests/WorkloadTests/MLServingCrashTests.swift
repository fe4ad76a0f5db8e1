// A model that is trained and served by a durable site that crashes: what was learned is not lost,
// and no version is published twice as something else.
import AdaptiveBatching
import Portals
import Testing

@testable import MLServing

@Suite struct MLServingCrashTests {
    /// One site's life: runs on one disk, each but the last ended by a failure of the power after
    /// so many steps. Returns what each run's sinks were given.
    private func live(
        _ definition: MLServing.Definition, seed: UInt64, crashesAt instants: [Int],
        arrives: Bool, takesSnapshots: Bool
    ) throws -> (
        answers: [MLServing.Answer], results: MLServing.Results, restored: Int, steps: Int
    ) {
        let disk = SimulatedDisk(seed: seed)
        var storage = disk.storage()
        var options = EngineOptions()
        options.workers = 2
        options.commit = .durable
        var files = JournalOptions()
        files.segmentBytes = 1 << 16
        files.salt = seed
        var answers: [MLServing.Answer] = []
        var restored = 0
        while true {
            let results = try MLServing.Results(definition)
            let load: MLServing.Definition.Load =
                arrives
                ? .arriving(
                    AdaptiveBatches(
                        RequestArrivals(definition, .poisson(perSecond: 1e6)),
                        objectiveNanoseconds: 10_000_000, sizes: 1...64)) : .offline
            let journal = try SegmentJournal(
                opening: storage, application: JournalApplication(name: "ml"), options: files)
            try journal.fence()
            let site = try SimulatedSite(
                options, seed: seed &+ UInt64(answers.count), journal: journal,
                blockByteCountMax: 4_096, snapshotsIn: storage,
                applications: [definition.application(results, load)])
            if site.restoredSnapshot != nil { restored += 1 }
            let stepsMax = answers.count < instants.count ? instants[answers.count] : .max
            var isOver = false
            var steps = 0
            while steps < stepsMax && !isOver {
                if takesSnapshots && steps % 40 == 39 { site.snapshot() }
                isOver = try !site.step()
                steps += 1
            }
            #expect(site.snapshotFailures.isEmpty)
            answers.append(results.answer)
            if isOver { return (answers, results, restored, steps) }
            storage = disk.crash(seed: seed ^ UInt64(answers.count))
        }
    }

    private func definition(_ seed: UInt64) -> MLServing.Definition {
        MLServing.Definition(
            images: .generated, pictures: 40, requests: 401, clients: 7, atomSize: 16,
            trainingAtoms: 103, seed: seed)
    }

    @Test(
        "after crashes all requests are answered by the right versions", arguments: [false, true])
    func crashes(arrives: Bool) throws {
        for seed in UInt64(0)..<3 {
            let calm = try live(
                definition(seed), seed: seed, crashesAt: [], arrives: arrives,
                takesSnapshots: false
            ).steps
            let (answers, results, _, _) = try live(
                definition(seed), seed: seed, crashesAt: [calm / 3, calm / 2], arrives: arrives,
                takesSnapshots: false)
            try #require(answers.count == 3)
            // Without a snapshot, sinks are given all of it again.
            let fault = Oracle(definition(seed), results.data).check(answers[2])
            #expect(fault == nil)
        }
    }

    @Test("after crashes with snapshots, training goes on where it was, and so does serving")
    func snapshots() throws {
        var restored = 0
        for seed in UInt64(0)..<4 {
            let calm = try live(
                definition(seed), seed: seed, crashesAt: [], arrives: false, takesSnapshots: true
            ).steps
            let (answers, results, count, _) = try live(
                definition(seed), seed: seed, crashesAt: [calm / 2, calm / 3], arrives: false,
                takesSnapshots: true)
            #expect(answers.count == 3)
            restored += count
            // What the runs were given, put together; each version is the same in all.
            var whole = MLServing.Answer()
            for model in answers.flatMap(\.models) {
                if let known = whole.models.first(where: { $0.version == model.version }) {
                    let isSame = known == model
                    #expect(isSame, "version \(model.version) of seed \(seed) was another before")
                } else {
                    whole.models.append(model)
                }
            }
            for served in answers.flatMap({ $0.served.values }) { whole.add(served) }
            #expect(whole.models.count == 2)
            let oracle = Oracle(definition(seed), results.data)
            let faults = [oracle.checkTraining(whole), oracle.checkPredictions(whole)]
            #expect(faults == [nil, nil])
        }
        // The seeds would prove nothing if hardly any run began with one.
        #expect(restored > 3)
    }
}
