// Atoms of scheduled arrivals on a site whose tasks take time: how large they become, and how long
// their events take.
import AdaptiveBatching
import Portals
import Testing

@Suite struct AdaptiveBatchesTests {
    /// What one run made of a schedule.
    private struct Run {
        var schedule: Schedule
        var batches: AdaptiveBatches<Schedule>
        var seen: [[UInt32]]
        var sizes: [Int] { schedule.atoms.map(\.count) }
    }

    /// An atom takes 1,000 ns and 10 for each event.
    private func run(
        _ schedule: Schedule, objective: UInt64, inFlight: Int = 2,
        sizes: ClosedRange<Int> = 1...4_096,
        seed: UInt64? = nil, workers: Int = 1
    ) throws -> Run {
        let batches = AdaptiveBatches(
            schedule, objectiveNanoseconds: objective, atomsInFlightMax: inFlight, sizes: sizes)
        let seen = Collector<UInt32>()
        let time = SiteTime()
        var options = EngineOptions()
        options.workers = workers
        let site = SteppedSite(options, seed: seed)
        time.site = site
        try site.launch(
            Application("slow") { app in
                let events = app.workflow("serve")
                    .source(app.source("requests", batches, decoding: Schedule.decode))
                events.sink("seen", seen)
                events.sink("slow") { _ in
                    SlowSink(site: time, atomNanoseconds: 1_000, eventNanoseconds: 10)
                }
            })
        #expect(site.run())
        #expect(seen.events.map(Int.init).sorted() == Array(0..<schedule.latencies.count))
        #expect(schedule.latencies.allSatisfy { $0 != nil })
        #expect(batches.completedCount == schedule.latencies.count)
        #expect(batches.atomCount == schedule.atoms.count)
        return Run(schedule: schedule, batches: batches, seen: seen.atoms)
    }

    @Test("a lone event goes at once, alone")
    func lone() throws {
        let times = (1...50).map { UInt64($0) * 10_000 }
        let run = try run(Schedule(times), objective: 100_000)
        #expect(run.sizes == Array(repeating: 1, count: 50))
        #expect(run.schedule.latencies.allSatisfy { $0 == 1_010 })
    }

    @Test("events gather while as many atoms are in flight as may be, and then go together")
    func gathers() throws {
        // Ten arrive at once; one may be in flight.
        let times = Array(repeating: UInt64(100), count: 10) + Array(repeating: 1_300, count: 30)
        let run = try run(Schedule(times), objective: 1_000_000, inFlight: 1, sizes: 4...100)
        #expect(run.sizes[0] == 4)
        // The limit has doubled; all that wait fit after the next doublings.
        #expect(Array(run.sizes.dropFirst()) == [6, 8, 16, 6])
    }

    @Test(
        "below what the system can do, every event keeps the objective once the limit is found",
        arguments: [30, 60, 90])
    func keeps(percent: Int) throws {
        // 10 ns an event and 1,000 an atom within 10,000: 400 at a time, 80 million a second.
        for seed in UInt64(1)...5 {
            let schedule = Schedule(count: 40_000, gapNanoseconds: 1_250 / percent, seed: seed)
            let run = try run(schedule, objective: 20_000, seed: seed)
            let settled = schedule.latencies.dropFirst(20_000).map { $0 ?? 0 }
            #expect(settled.max() ?? 0 <= 20_000)
            #expect(run.sizes.max() ?? 0 <= 900)
        }
    }

    @Test("beyond it, atoms are as large as half of the objective allows")
    func overloaded() throws {
        let run = try run(
            Schedule(count: 100_000, gapNanoseconds: 1, seed: 3), objective: 20_000, inFlight: 1)
        // 1,000 + 10 · 900 ns.
        #expect(run.batches.limit >= 810 && run.batches.limit <= 901)
        #expect(run.batches.missCount > 0)
        #expect(run.sizes.max() ?? 0 <= 901)
        #expect(run.sizes.dropFirst(20).dropLast().min() ?? 0 >= 800)
    }

    @Test("as many atoms are in flight as may be, and no more", arguments: 1...4)
    func inFlight(max: Int) throws {
        var most = 0
        for seed in UInt64(0)..<20 {
            let schedule = Schedule(Array(repeating: 1, count: 200))
            _ = try run(
                schedule, objective: 1_000, inFlight: max, sizes: 1...2, seed: seed, workers: 3)
            #expect(schedule.openMax <= max)
            most = Swift.max(most, schedule.openMax)
        }
        #expect(most == max)
    }

    @Test("a seed repeats its atoms, on any number of workers")
    func repeats() throws {
        for seed in UInt64(0)..<20 {
            let runs = try (0..<2).map { _ in
                try run(
                    Schedule(count: 500, gapNanoseconds: 100, seed: 9), objective: 10_000,
                    seed: seed, workers: 1 + Int(seed % 3))
            }
            #expect(runs[0].seen == runs[1].seen)
            #expect(runs[0].sizes == runs[1].sizes)
        }
    }

    @Test("batches belong to one launch, and the refusal says so")
    func once() throws {
        let batches = AdaptiveBatches(Schedule([]), objectiveNanoseconds: 1)
        let refused = #expect(throws: LaunchError.self) {
            try SteppedSite().launch(
                Application("twice") { app in
                    for name in ["a", "b"] {
                        app.workflow(name).source(
                            app.source(name, batches, decoding: Schedule.decode)
                        ).sink("s")
                    }
                })
        }
        #expect("\(try #require(refused))".contains("make new ones for each launch"))
    }
}
