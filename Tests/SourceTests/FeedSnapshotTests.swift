// A site fed from outside that takes snapshots and crashes anywhere: the feeds' state comes with
// them, so that nothing is lost or taken twice though the records before are gone.
import CrashWorld
import Portals
import Testing

@Suite struct FeedSnapshotTests {
    @Test("after crashes with snapshots, each value was taken once, in the recorded order")
    func crashes() throws {
        var restored = 0
        for seed in UInt64(0)..<200 { restored += try live(seed) }
        // The seeds would prove nothing if they hardly took any.
        #expect(restored > 60)
    }

    /// One site's life on one disk; says how many of its runs began with a snapshot.
    private func live(_ seed: UInt64) throws -> Int {
        var draws = Draws(seed)
        let clients = ClientsWorld(clients: 1 + draws.below(3), perClient: 40)
        let seen = OutsideWorld<Sent>()
        var options = EngineOptions()
        options.partitions = 1 + draws.below(3)
        options.commit = .durable
        options.sourceWindow = 1 + draws.below(6)
        options.recordCapacity = [1_024, 4_096][draws.below(2)]
        options.recordsOrder = true
        let disk = SimulatedDisk(seed: seed)
        var storage = disk.storage()
        var files = JournalOptions()
        files.segmentBytes = 4_096 << (1 + draws.below(3))
        files.salt = seed
        var order: RecordedOrder?
        var restored = 0
        for crash in 0... {
            options.workers = 1 + draws.below(3)
            let journal = try SegmentJournal(
                opening: storage, application: JournalApplication(name: "counting"), options: files)
            try journal.fence()
            let feed = clients.feed(batchMax: 1 + draws.below(8), draws: Draws(draws.next()))
            let site = try SimulatedSite(
                options, seed: draws.next(), journal: journal,
                blockByteCountMax: 512 << draws.below(4), snapshotsIn: storage,
                applications: [counting(feed, seen)])
            if site.restoredSnapshot != nil { restored += 1 }
            var isOver = false
            var next = draws.below(100)
            for step in 0..<(crash < 5 ? 1 + draws.below(700) : .max) {
                if step == next {
                    site.snapshot()
                    next += 1 + draws.below(200)
                }
                isOver = try !site.step()
                if isOver { break }
            }
            let run = site.engine.recordedOrder
            if order == nil { order = run } else { try order?.replaceTail(by: run) }
            if isOver { break }
            storage = disk.crash(seed: draws.next())
        }
        try clients.check(try #require(order), options, seen, seed)
        return restored
    }
}
