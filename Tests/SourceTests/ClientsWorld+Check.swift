// What clients and the sink must have seen after all of a site's crashes.
import CrashWorld
import Portals
import Testing

extension ClientsWorld {
    /// Each value was taken once and acknowledged, and what the sink saw is what the recorded order
    /// and bytes give without a crash on one worker.
    func check(
        _ order: RecordedOrder, _ options: EngineOptions, _ seen: OutsideWorld<Sent>, _ seed: UInt64
    ) throws {
        #expect(faults.isEmpty && seen.contradictions.isEmpty, "seed \(seed)")
        #expect(acknowledged.allSatisfy { $0 == perClient }, "seed \(seed)")
        let values = seen.inOrder.flatMap { $0 }
        for client in acknowledged.indices {
            let own = values.filter { $0.client == UInt64(client) }
            #expect(own.map(\.sequence) == Array(1...perClient), "seed \(seed)")
            #expect(own.map(\.count) == Array(1...perClient), "seed \(seed)")
        }
        let calmSeen = OutsideWorld<Sent>()
        let silent = ClientsWorld(clients: acknowledged.count, perClient: perClient)
        var calm = options
        calm.workers = 1
        calm.commit = .none
        let stepped = SteppedSite(calm)
        try stepped.engine.launch([
            counting(silent.feed(batchMax: 1, draws: Draws(0)), calmSeen)
        ])
        try stepped.engine.follow(order)
        while stepped.step() {}
        #expect(seen.atoms == calmSeen.atoms, "seed \(seed)")
    }
}
