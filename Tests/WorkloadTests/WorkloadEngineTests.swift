// Each workload's application on the engine, stepped and simulated, against its oracle.
import Portals
import ShoppingCart
import Testing

@Suite("Workloads stepped and simulated")
struct WorkloadEngineTests {
    @Test("the keyed count is right", arguments: EngineRun.withoutThreads)
    func keyedCount(run: EngineRun) throws {
        #expect(try WorkloadVerdict.keyedCount(run) == nil)
    }

    @Test("the integer filter is right", arguments: EngineRun.withoutThreads)
    func integerFilter(run: EngineRun) throws {
        #expect(try WorkloadVerdict.integerFilter(run) == nil)
    }

    @Test(
        "the ping-pong is right with one chain and with many", arguments: EngineRun.withoutThreads)
    func portalPingPong(run: EngineRun) throws {
        #expect(try WorkloadVerdict.portalPingPong(run, outstanding: 1) == nil)
        #expect(try WorkloadVerdict.portalPingPong(run, outstanding: 100) == nil)
    }

    @Test(
        "the shopping cart is what the recorded order replays to, in every field",
        arguments: EngineRun.withoutThreads, Mode.allCases)
    func shoppingCart(run: EngineRun, mode: Mode) throws {
        for definition in [
            ShoppingCartTests.tiny(mode, cartItemsMax: 6),
            ShoppingCartTests.tiny(mode, restocks: 300),
        ] {
            #expect(try WorkloadVerdict.shoppingCart(run, definition) == nil)
        }
    }

    @Test("another order than the recorded one is found out")
    func otherOrder() throws {
        let definition = ShoppingCartTests.tiny(.conserving)
        let results = ShoppingCart.Results(definition)
        let run = EngineRun(driver: .simulated(seed: 3), partitions: 2)
        let engine = try run.run(definition.application(results))
        let (cart, inventory) = try (
            WorkloadVerdict.cartSteps(engine), WorkloadVerdict.inventorySteps(engine)
        )
        let takesReplies = cart.map { if case .replies = $0 { true } else { false } }
        var found = 0
        for place in 0..<(cart.count - 1) where takesReplies[place] != takesReplies[place + 1] {
            var swapped = cart
            swapped.swapAt(place, place + 1)
            // Steps are named by their numbers, so what those two asked changes places too.
            let renamed = inventory.map { step in
                guard case .requests(let source) = step else { return step }
                let other = source == place ? place + 1 : source == place + 1 ? place : source
                return InventoryStep.requests(cartStep: other)
            }
            do throws(ImpossibleOrder) {
                let replayed = try Oracle(definition).replay(
                    partitions: 2, partition: { partition(of: $0, count: $1) },
                    cartSteps: swapped, inventorySteps: renamed)
                if results.answer.difference(from: replayed) != nil { found += 1 }
            } catch {
                // A reply before its request: that is no order at all.
            }
        }
        // Where a check-out and a reply to the same user change places, the order is another one.
        #expect(found > 10)
    }
}
