// What a run of each workload on the engine must come to, whoever drives the engine.
import IntegerFilter
import KeyedCount
import PortalPingPong
import Portals
import ShoppingCart
import Testing

/// The verdicts of the workloads' oracles on runs of their applications.
enum WorkloadVerdict {
    /// Nil if the run's answer is right.
    static func keyedCount(_ run: EngineRun) throws -> String? {
        let definition = KeyedCount.Definition(events: 20_011, keys: 700, atomSize: 100)
        let results = KeyedCount.Results(definition)
        _ = try run.run(definition.application(results))
        return KeyedCount.Oracle(definition).check(results.answer)
    }

    static func integerFilter(_ run: EngineRun) throws -> String? {
        let definition = IntegerFilter.Definition(
            events: 50_003, atomSize: 1_000, predicate: .scatteredHalf)
        let results = IntegerFilter.Results()
        _ = try run.run(definition.application(results))
        return IntegerFilter.Oracle(definition).check(results.answer)
    }

    static func portalPingPong(_ run: EngineRun, outstanding: UInt32) throws -> String? {
        let definition = PortalPingPong.Definition(roundTrips: 2_003, outstanding: outstanding)
        let results = PortalPingPong.Results()
        _ = try run.run(definition.application(results))
        return PortalPingPong.Oracle(definition).check(results.answer)
    }

    /// Judged twice: by the rules that hold for all orders, and exactly, by replaying the order of
    /// steps that the engine has recorded.
    static func shoppingCart(
        _ run: EngineRun, _ definition: ShoppingCart.Definition
    ) throws
        -> String?
    {
        let results = ShoppingCart.Results(definition)
        let engine = try run.run(definition.application(results))
        let oracle = ShoppingCart.Oracle(definition)
        let replayed = try oracle.replay(
            partitions: run.partitions, partition: { partition(of: $0, count: $1) },
            cartSteps: cartSteps(engine), inventorySteps: inventorySteps(engine))
        return oracle.check(results.answer) ?? results.answer.difference(from: replayed)
    }

    /// The recorded order of the cart workflow, in the words of the replay.
    static func cartSteps(_ engine: Engine) throws -> [CartStep] {
        try recorded(ShoppingCart.Definition.cartPath, engine) { kind, producerStep in
            switch kind {
            case .source: .operations(atom: producerStep)
            case .reply: .replies(inventoryStep: Int(producerStep))
            case .request, .stream, .timer, .seal: nil
            }
        }
    }

    /// The recorded order of the inventory workflow, in the words of the replay.
    static func inventorySteps(_ engine: Engine) throws -> [InventoryStep] {
        try recorded(ShoppingCart.Definition.inventoryPath, engine) { kind, producerStep in
            switch kind {
            case .source: .restocks(atom: producerStep)
            case .request: .requests(cartStep: Int(producerStep))
            case .reply, .stream, .timer, .seal: nil
            }
        }
    }

    private static func recorded<Step>(
        _ path: String, _ engine: Engine, _ step: (InputKind, UInt64) -> Step?
    ) throws -> [Step] {
        let element = try #require(engine.elements.first { $0.path == path })
        var entries = try #require(engine.order(of: path))
        // The last step seals the stream: it consumes nothing.
        let ending = entries.popLast()
        let last = try #require(ending)
        #expect(element.inputKinds[Int(last.input)] == .seal)
        return try entries.map {
            try #require(step(element.inputKinds[Int($0.input)], $0.producerStep))
        }
    }
}
