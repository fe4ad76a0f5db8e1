// Sagas on threads: real time, time-outs that race with replies.
import Portals
import Sagas
import Testing

@Suite struct SagaThreadsTests {
    @Test("sagas on two threads end as the oracle says", arguments: [1, 2])
    func threads(workers: Int) throws {
        var draws = Draws(7)
        // A time-out of a microsecond in real time may come before any reply: only scripts whose
        // end does not depend on who is first.
        let orders = (0..<2_000).map { number in
            let step = draws.below(Script.steps + 1)
            let forward = (0..<Script.steps).map { [$0 == step ? Act.fails : .serves, .serves] }
            return Order(
                number: UInt64(number),
                script: Script(forward: forward, undo: [.serves, .serves, .serves]))
        }
        var shop = ScriptedShop(orders: orders)
        shop.atomSize = 64
        shop.hasPortals = true
        let outcomes = Collector<SagaOutcome<Order>>()
        let site = try Site(.threads(workers))
        try site.launch(shop.application { $0.sink("outcomes", outcomes) })
        try site.awaitRest()
        let logs = shop.ends.all
        #expect(outcomes.events.count == orders.count)
        #expect(Set(outcomes.events.map(\.saga)).count == orders.count)
        for outcome in outcomes.events {
            for step in 0..<Script.steps {
                let sum = (logs[outcome.saga &+ UInt64(step) << 32]?.first ?? []).reduce(0, +)
                // In effect if it committed; else each effect has its undoing.
                let expected = outcome.ending == .committed ? step + 1 : 0
                #expect(sum == expected, "saga \(outcome.saga): \(outcome.ending)")
            }
        }
    }
}
