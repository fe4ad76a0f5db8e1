// The exact judge of the shopping cart: random legal orders of steps on 1, 2 and 4 partitions
// against a world of queues written apart from it, and illegal orders, which it must refuse.

import ShoppingCart
import Testing

@Suite("replay of a recorded order")
struct ReplayTests {
    static func partition(_ key: UInt64, _ partitions: Int) -> Int { Int(key) % partitions }

    @Test("drained step by step in atoms of 1 on one partition, the answer is the drained one")
    func drained() throws {
        for mode in Mode.allCases {
            var definition = ShoppingCartTests.tiny(mode, cartItemsMax: 2)
            definition.atomSize = 1
            var random = SeededRandom(state: 1)
            let run = World.run(definition, partitions: 1, random: &random, drained: true)
            let replayed = try Oracle(definition).replay(
                partitions: 1, partition: Self.partition, cartSteps: run.cartSteps,
                inventorySteps: run.inventorySteps)
            var expected = Oracle(definition).drained()
            #expect(replayed.difference(from: expected) == nil)
            expected.stock[0] += 1
            #expect(replayed.difference(from: expected)?.contains("stock of item 0") == true)
        }
    }

    @Test(
        "any legal order gives the answer of an independent run, and breaks no rule",
        arguments: Mode.allCases, [1, 2, 4])
    func anyOrder(mode: Mode, partitions: Int) throws {
        var digests: Set<[UInt64]> = []
        for seed: UInt64 in 1...50 {
            let definition = ShoppingCartTests.tiny(mode, cartItemsMax: 6)
            var random = SeededRandom(state: seed)
            let run = World.run(definition, partitions: partitions, random: &random)
            let oracle = Oracle(definition)
            let answer = try oracle.replay(
                partitions: partitions, partition: Self.partition, cartSteps: run.cartSteps,
                inventorySteps: run.inventorySteps)
            #expect(answer.difference(from: run.answer) == nil, "seed \(seed)")
            #expect(oracle.check(answer) == nil, "seed \(seed)")
            #expect(answer.orderDigests.count == partitions)
            digests.insert(answer.orderDigests)
        }
        // Different orders of steps give different streams of orders, or the digest is blind.
        #expect(digests.count == 50)
    }

    @Test("an order that cannot have happened is refused, with the step")
    func impossible() {
        let definition = Definition(operations: 10, restocks: 4, users: 2, items: 2, atomSize: 5)
        let oracle = Oracle(definition)
        func verdict(_ cart: [CartStep], _ inventory: [InventoryStep]) -> String {
            do throws(ImpossibleOrder) {
                _ = try oracle.replay(
                    partitions: 1, partition: Self.partition, cartSteps: cart,
                    inventorySteps: inventory)
                return "possible"
            } catch {
                return error.description
            }
        }
        let cart: [CartStep] = [
            .operations(atom: 0), .operations(atom: 1), .replies(inventoryStep: 1),
            .replies(inventoryStep: 2),
        ]
        let inventory: [InventoryStep] = [
            .restocks(atom: 0), .requests(cartStep: 0), .requests(cartStep: 1),
        ]
        #expect(verdict(cart, inventory) == "possible")
        #expect(verdict([cart[1], cart[0]], []).contains("cart step 0 takes operations atom 1"))
        #expect(verdict([cart[0], cart[0]], []).contains("cart step 1 takes operations atom 0"))
        #expect(verdict([cart[0]], inventory).contains("inventory step 2"))
        #expect(verdict(cart, []).contains("cart step 2"))
        #expect(verdict(Array(cart[..<3]), inventory).contains("replies of inventory step 2"))
        #expect(verdict(Array(cart[..<2]), []).contains("0 restocks atoms of 1"))
        #expect(
            verdict(Array(cart[..<2]), [inventory[0]]).contains("requests of cart step 0"))
        #expect(verdict([], [inventory[0]]).contains("0 operations atoms of 2"))
        #expect(
            verdict(cart, [inventory[0], inventory[2], inventory[1]])
                .contains("inventory step 2 takes the requests of cart step 0"))
        #expect(
            verdict([cart[0], cart[1], cart[3], cart[2]], inventory)
                .contains("cart step 3 takes the replies of inventory step 1"))
        #expect(verdict(cart, [.restocks(atom: 1)]).contains("restocks atom 1"))
    }
}

/// splitmix64, so that a failing order can be made again from its seed.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
