// A durable site fed from outside crashes anywhere, again and again: nothing that was sent is lost,
// taken twice or contradicted.
import CrashWorld
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
                try clients.check(site.engine.recordedOrder, options, seen, seed)
                return
            }
            journal = journal.crash(keeping: draws.below(journal.unsynchronizedCount + 1))
            crashes += 1
        }
    }
}
