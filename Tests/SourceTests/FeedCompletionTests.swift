// A feed is told once of each atom that all that followed from it is done and shown, whatever the
// schedule, the mode of commit and the crashes.
import CrashWorld
import Portals
import Testing

@Suite struct FeedCompletionTests {
    private func options(_ draws: inout Draws) -> EngineOptions {
        var options = EngineOptions()
        options.workers = 1 + draws.below(3)
        options.partitions = 1 + draws.below(3)
        options.sourceWindow = 1 + draws.below(6)
        options.ringCapacity = [1, 2, 8, 64][draws.below(4)]
        options.recordCapacity = 1_024
        return options
    }

    @Test("without a journal each atom completes once, when sinks have it, under any schedule")
    func stepped() throws {
        for seed in UInt64(0)..<100 {
            var draws = Draws(seed)
            let world = CompletionWorld(atoms: 30, sizeMax: 9, draws: draws)
            let site = SteppedSite(options(&draws), seed: seed % 10 == 0 ? nil : seed)
            try site.launch(world.application())
            #expect(site.run())
            #expect(world.completed.allSatisfy { $0 == 1 }, "seed \(seed): \(world.completed)")
            #expect(world.faults == [], "seed \(seed)")
        }
    }

    @Test(
        "with one, after crashes too: replayed atoms complete as given ones do",
        arguments: [CommitMode.asynchronous, .durable])
    func crashes(mode: CommitMode) throws {
        var replayed = 0
        for seed in UInt64(0)..<100 {
            var draws = Draws(seed &* 77)
            var options = options(&draws)
            options.commit = mode
            var journal = MemoryJournal()
            var crashes = 0
            while true {
                options.workers = 1 + draws.below(3)
                let world = CompletionWorld(atoms: 30, sizeMax: 9, draws: Draws(seed))
                let site = try SimulatedSite(
                    options, seed: draws.next(), journal: journal,
                    blockByteCountMax: 512 << draws.below(4), applications: [world.application()])
                site.synchronizeTurns = draws.below(20)
                let isDone = try site.run(stepsMax: crashes < 4 ? 1 + draws.below(600) : .max)
                #expect(world.faults == [], "seed \(seed)")
                #expect(world.completed.allSatisfy { $0 <= 1 }, "seed \(seed)")
                replayed += world.replayed
                if isDone {
                    #expect(world.completed.allSatisfy { $0 == 1 }, "seed \(seed)")
                    break
                }
                journal = journal.crash(keeping: draws.below(journal.unsynchronizedCount + 1))
                crashes += 1
            }
        }
        #expect(replayed > 300)
    }

    @Test("a feed that says when more will come is asked then, by the clock of its site")
    func later() throws {
        var asked: [UInt64] = []
        var given: UInt64 = 0
        var feed: Feed?
        let made = Feed(
            recordByteCountMax: 1,
            poll: { atom in
                let now = feed?.nanoseconds ?? 0
                asked.append(now)
                if given == 3 { return .ended }
                let due = (given + 1) * 1_000
                if now < due { return .nothingUntil(nanoseconds: due) }
                given += 1
                atom.record = [UInt8(given)]
                return .given
            }, replay: { _, _ in nil }, isIdle: { false })
        feed = made
        let seen = Collector<UInt8>()
        let site = SteppedSite()
        try site.launch(bytesApplication(made, seen))
        #expect(site.run())
        #expect(seen.atoms == [[1], [2], [3]])
        #expect(Set(asked) == [0, 1_000, 2_000, 3_000])
        #expect(seen.isSealed)
    }
}

@Suite struct FeedCompletionThreadsTests {
    @Test(
        "on threads each atom completes once, when sinks have it, before the site is at rest",
        arguments: [CommitMode.none, .asynchronous, .durable])
    func threads(mode: CommitMode) throws {
        let directory = try TestDirectory()
        for workers in 1...2 {
            let world = CompletionWorld(atoms: 2_000, sizeMax: 9, draws: Draws(5))
            var journal = SiteJournal.directory(directory.file("journal\(workers)"))
            journal.mode = mode
            let site = try site(
                workers: workers, partitions: 3, journal: mode == .none ? nil : journal)
            try site.launch(world.application())
            try site.awaitRest(timeoutSeconds: 60)
            #expect(world.completed.allSatisfy { $0 == 1 })
            #expect(world.faults == [])
        }
    }
}
