// Every way in which three steps can go, through the runtime, against the oracle.
import Portals
import Sagas
import Testing

/// Numbers of one seed.
struct Draws {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(count, 1))) }

    mutating func orders(_ count: Int) -> [Order] {
        (0..<count).map { number in
            let forward = (0..<Script.steps).map { _ in
                // Half of the steps go through: else few sagas would get to the last.
                below(2) == 0
                    ? [Act.serves, .serves] : Script.attempts[below(Script.attempts.count)]
            }
            let undo = (0..<Script.steps).map { _ in Script.undos[below(Script.undos.count)] }
            return Order(number: UInt64(number), script: Script(forward: forward, undo: undo))
        }
    }
}

@Suite struct SmallWorldTests {
    /// All acts of three steps, and of the undoing of those that can have taken effect.
    private var allOrders: [Order] {
        var scripts: Set<Script> = []
        for first in Script.attempts {
            for second in Script.attempts {
                for third in Script.attempts {
                    let forward = [first, second, third]
                    for undos in 0..<27 {
                        var undo = [
                            Script.undos[undos % 3], Script.undos[undos / 3 % 3],
                            Script.undos[undos / 9],
                        ]
                        // What is never undone needs no variants.
                        let expected = Expected(Script(forward: forward, undo: undo))
                        for step in 0..<Script.steps where !expected.effects.contains(-step - 1) {
                            undo[step] = .serves
                        }
                        scripts.insert(Script(forward: forward, undo: undo))
                    }
                }
            }
        }
        return scripts.sorted { "\($0)" < "\($1)" }.enumerated().map {
            Order(number: UInt64($0.offset), script: $0.element)
        }
    }

    @Test("every way in which three steps can go ends as the oracle says")
    func everything() throws {
        let orders = allOrders
        // All endings are among them, and many thousand ways to get there.
        #expect(orders.count > 5_000)
        #expect(Set(orders.map { Expected($0.script).ending }).count == 4)
        for (partitions, backoff) in [(1, UInt64(0)), (2, 100)] {
            try run(
                orders, atomSize: 512, partitions, hasPortals: partitions > 1, backoff, seed: nil)
        }
    }

    @Test("sagas end as the oracle says under any schedule, on 1, 2 and 4 partitions")
    func seeds() throws {
        for seed in UInt64(0)..<150 {
            var draws = Draws(seed)
            let orders = draws.orders(24)
            try run(
                orders, atomSize: 1 + draws.below(8), [1, 2, 4][draws.below(3)],
                hasPortals: draws.below(2) == 0, [0, 1, 50, 5_000][draws.below(4)], seed: seed)
        }
    }

    private func run(
        _ orders: [Order], atomSize: Int, _ partitions: Int, hasPortals: Bool, _ backoff: UInt64,
        seed: UInt64?
    ) throws {
        var shop = ScriptedShop(orders: orders)
        shop.atomSize = atomSize
        shop.hasPortals = hasPortals
        shop.backoffNanoseconds = backoff
        var options = EngineOptions()
        options.workers = partitions
        if let seed {
            options.ringCapacity = [1, 2, 8, 64][Int(seed % 4)]
            options.sourceWindow = 1 + Int(seed / 4 % 5)
        }
        let outcomes = Collector<SagaOutcome<Order>>()
        let site = SteppedSite(options, seed: seed)
        try site.engine.launch([shop.application { $0.sink("outcomes", outcomes) }])
        site.run()
        let fault = shop.fault(outcomes.events)
        #expect(fault == nil, "\(partitions) partitions, seed \(String(describing: seed))")
        #expect(site.engine.deadLetters.isEmpty)
    }
}
