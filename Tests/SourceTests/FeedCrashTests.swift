// A durable site fed from outside crashes anywhere, again and again: nothing that was sent is lost,
// taken twice or contradicted.
import Portals
import Testing

@Suite struct FeedCrashTests {
    @Test("after crashes at any step, each value was taken once and outputs are those of one run")
    func crashes() throws {
        for seed in UInt64(0)..<300 { try crash(seed) }
    }

    private func crash(_ seed: UInt64) throws {
        var draws = Draws(seed)
        let clients = ClientsWorld(clients: 1 + draws.below(3), perClient: 20)
        let seen = OutsideWorld<Sent>()
        var options = EngineOptions()
        options.partitions = 1 + draws.below(3)
        options.commit = .durable
        options.sourceWindow = 1 + draws.below(6)
        options.recordCapacity = [1_024, 4_096][draws.below(2)]
        options.ringCapacity = [1, 2, 8, 64][draws.below(4)]
        options.recordsOrder = true
        var journal = MemoryJournal()
        var crashes = 0
        while true {
            options.workers = 1 + draws.below(3)
            let feed = clients.feed(batchMax: 1 + draws.below(12), draws: Draws(draws.next()))
            let site = try SimulatedSite(
                options, seed: draws.next(), journal: journal,
                blockByteCountMax: 512 << draws.below(4), applications: [counting(feed, seen)])
            if try site.run(stepsMax: crashes < 5 ? 1 + draws.below(400) : .max) {
                try check(site, options, clients, seen, seed)
                return
            }
            journal = journal.crash(keeping: draws.below(journal.unsynchronizedCount + 1))
            crashes += 1
        }
    }

    private func check(
        _ site: SimulatedSite, _ options: EngineOptions, _ clients: ClientsWorld,
        _ seen: OutsideWorld<Sent>, _ seed: UInt64
    ) throws {
        #expect(clients.faults.isEmpty && seen.contradictions.isEmpty, "seed \(seed)")
        #expect(clients.acknowledged.allSatisfy { $0 == clients.perClient }, "seed \(seed)")
        let values = seen.inOrder.flatMap { $0 }
        for client in clients.acknowledged.indices {
            let own = values.filter { $0.client == UInt64(client) }
            #expect(own.map(\.sequence) == Array(1...clients.perClient), "seed \(seed)")
            #expect(own.map(\.count) == Array(1...clients.perClient), "seed \(seed)")
        }
        // The recorded order and bytes, run without a crash on one worker, give the same.
        let calmSeen = OutsideWorld<Sent>()
        let silent = ClientsWorld(clients: clients.acknowledged.count, perClient: 20)
        var calm = options
        calm.workers = 1
        calm.commit = .none
        let stepped = SteppedSite(calm)
        try stepped.engine.launch([
            counting(silent.feed(batchMax: 1, draws: Draws(0)), calmSeen)
        ])
        try stepped.engine.follow(site.engine.recordedOrder)
        while stepped.step() {}
        #expect(seen.atoms == calmSeen.atoms, "seed \(seed)")
    }
}
