// A durable site that crashes anywhere, again and again, comes to what a run without a crash could
// have come to.
import CrashWorld
import Portals
import Testing

struct Sale: Event, Hashable {
    var item: UInt64
    var count: Int
}

/// Two sources whose atoms interleave as they come, a portal between them, state by key: what the
/// sinks see depends on the order of steps.
func shop(_ sold: OutsideWorld<Sale>, _ told: OutsideWorld<Sale>) -> Application {
    Application("shop") { app in
        let stock = app.portal(
            "stock", asking: UInt64.self, replying: Int.self, keyedBy: { $0 })
        let restocks = app.generator(
            "restocks", atoms: (0..<12).map { n in (0..<5).map { UInt64($0 * n % 7) } })
        let orders = app.generator(
            "orders", atoms: (0..<12).map { n in (0..<4).map { UInt64($0 + n) % 7 } })
        app.workflow("inventory")
            .source(restocks)
            .key { $0 }
            .task("shelf", state: 0, emits: Sale.self, replies: stock) { item, count, task in
                count += 2
                task.emit(Sale(item: item, count: count))
            } onRequest: { item, count, task in
                if count > 0 { count -= 1 }
                task.reply(count)
            }
            .sink("restocked") { told.body($0) }
        app.workflow("cart")
            .source(orders)
            .key { $0 }
            .task("cart", state: 0, emits: Sale.self, asks: stock, remembering: UInt64.self) {
                item, _, task in
                task.ask(stock, item, remembering: item)
            } onReply: { reply, item, count, task in
                count += 1
                task.emit(Sale(item: item, count: reply * 100 + count))
            }
            .sink("sold") { sold.body($0) }
    }
}

@Suite struct CrashTests {
    @Test("after crashes at any step, outputs are those of one run in the recorded order")
    func crashes() throws {
        for seed in UInt64(0)..<300 { try crash(seed) }
    }

    private func crash(_ seed: UInt64) throws {
        var draws = Draws(seed)
        let sold = OutsideWorld<Sale>()
        let told = OutsideWorld<Sale>()
        var options = EngineOptions()
        options.workers = 1 + draws.below(3)
        options.partitions = 1 + draws.below(3)
        options.commit = .durable
        options.sourceWindow = 1 + draws.below(6)
        options.ringCapacity = [1, 2, 8, 64][draws.below(4)]
        options.recordsOrder = true
        var journal = MemoryJournal()
        var crashes = 0
        while true {
            options.workers = 1 + draws.below(3)
            let site = try SimulatedSite(
                options, seed: draws.next(), journal: journal,
                blockByteCountMax: 512 << draws.below(4), applications: [shop(sold, told)])
            let steps = crashes < 4 ? 1 + draws.below(600) : .max
            if try site.run(stepsMax: steps) {
                try compare(site, options, sold, told, seed)
                return
            }
            journal = journal.crash(keeping: draws.below(journal.unsynchronizedCount + 1))
            crashes += 1
        }
    }

    /// Runs the same inputs in the same order, on one worker, without a crash.
    private func compare(
        _ site: SimulatedSite, _ options: EngineOptions, _ sold: OutsideWorld<Sale>,
        _ told: OutsideWorld<Sale>, _ seed: UInt64
    ) throws {
        let calmSold = OutsideWorld<Sale>()
        let calmTold = OutsideWorld<Sale>()
        var calm = options
        calm.workers = 1
        calm.commit = .none
        let stepped = SteppedSite(calm)
        try stepped.engine.launch([shop(calmSold, calmTold)])
        try stepped.engine.follow(site.engine.recordedOrder)
        stepped.run()
        #expect(sold.contradictions.isEmpty && told.contradictions.isEmpty, "seed \(seed)")
        #expect(sold.atoms == calmSold.atoms, "seed \(seed)")
        #expect(told.atoms == calmTold.atoms, "seed \(seed)")
    }
}
