// Generators are pure functions of (seed, index): made twice, in slices and in reverse, they agree.

import IntegerFilter
import KeyedCount
import PortalPingPong
import ShoppingCart
import Testing

@Suite("generators")
struct GeneratorTests {
    /// Makes `count` events in one go, again, in two interleaved partitions, and backwards.
    func isPure<Value: Equatable>(_ count: UInt64, _ event: (UInt64) -> Value) -> Bool {
        let whole = (0..<count).map(event)
        let again = (0..<count).map(event)
        var slices = [Value?](repeating: nil, count: Int(count))
        for partition: UInt64 in 0..<2 {
            for index in stride(from: partition, to: count, by: 2) {
                slices[Int(index)] = event(index)
            }
        }
        let backwards = (0..<count).reversed().map(event)
        return whole == again && whole == slices.compactMap { $0 }
            && whole == Array(backwards.reversed())
    }

    @Test("a generator's events depend on seed and index alone")
    func pure() {
        let shop = ShoppingCart.Definition(seed: 7)
        #expect(isPure(1_000) { shop.operationGenerator.event(at: $0) })
        #expect(isPure(1_000) { shop.restockGenerator.event(at: $0) })
        #expect(isPure(1_000) { KeyedCount.Definition(seed: 7).generator.event(at: $0) })
        #expect(isPure(1_000) { IntegerFilter.Generator().event(at: $0) })
        #expect(isPure(10) { PortalPingPong.Definition(outstanding: 10).generator.event(at: $0) })
        // The check itself sees a generator that remembers.
        var calls = 0
        #expect(
            !isPure(1_000) { _ in
                calls += 1
                return calls
            })
    }

    @Test("seeds give different streams, and so do the two generators of one seed")
    func seeds() {
        let (one, two) = (ShoppingCart.Definition(seed: 1), ShoppingCart.Definition(seed: 2))
        func operations(_ definition: ShoppingCart.Definition) -> [Operation] {
            (0..<100).map { definition.operationGenerator.event(at: $0) }
        }
        #expect(operations(one) != operations(two))
        #expect(one.operationGenerator.origin != one.restockGenerator.origin)
        func keys(_ seed: UInt64) -> [Occurrence] {
            (0..<100).map { KeyedCount.Definition(seed: seed).generator.event(at: $0) }
        }
        #expect(keys(1) != keys(2))
    }

    @Test("the keyed count draws the numbers of splitmix64, as published for seed 0")
    func splitMix() {
        // The first outputs of Vigna's splitmix64.c from state 0, scaled to 2^63 keys: halved.
        let generator = KeyedCount.Generator(seed: 0, keys: 1 << 63)
        #expect(generator.event(at: 0).key == 0xE220_A839_7B1D_CDAF >> 1)
        #expect(generator.event(at: 1).key == 0x6E78_9E6A_A1B9_65F4 >> 1)
        #expect(generator.event(at: 2).key == 0x06C4_5D18_8009_454F >> 1)
    }

    @Test("kinds, users, items and keys are uniform and stay in range")
    func uniform() {
        let definition = ShoppingCart.Definition(users: 4, items: 8)
        var cells = [Int](repeating: 0, count: 3 * 4 * 8)
        let count = 96_000
        for index in 0..<UInt64(count) {
            let operation = definition.operationGenerator.event(at: index)
            cells[
                (Int(operation.kind.rawValue) * 4 + Int(operation.user)) * 8
                    + Int(operation.item)] +=
                1
        }
        // Expected 1,000 in each cell of adds and removes; five standard deviations are 158.
        for cell in cells[..<64] { #expect(abs(cell - 1_000) < 158) }
        // Check-outs have item 0: 8,000 a user; five standard deviations are 447.
        for user in 0..<4 { #expect(abs(cells[64 + user * 8] - 8_000) < 447) }
        var keys = [Int](repeating: 0, count: 10)
        for index in 0..<UInt64(10_000) {
            keys[Int(KeyedCount.Generator(seed: 3, keys: 10).event(at: index).key)] += 1
        }
        for key in keys { #expect(abs(key - 1_000) < 158) }
    }

    @Test("definitions name every fault in their parameters")
    func faults() {
        #expect(ShoppingCart.Definition().faults.isEmpty)
        #expect(
            ShoppingCart.Definition(users: 0, items: 0, atomSize: 0, cartItemsMax: 57).faults.count
                == 4)
        #expect(KeyedCount.Definition().faults.isEmpty)
        #expect(KeyedCount.Definition(keys: 0, atomSize: 0).faults.count == 2)
        #expect(IntegerFilter.Definition().faults.isEmpty)
        #expect(IntegerFilter.Definition(events: 1 << 33, atomSize: 0).faults.count == 2)
        #expect(PortalPingPong.Definition().faults.isEmpty)
        #expect(PortalPingPong.Definition(outstanding: 0).faults.count == 1)
    }
}
