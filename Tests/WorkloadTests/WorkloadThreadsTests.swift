// Each workload's application on threads, against its oracle.
import Portals
import ShoppingCart
import Testing

@Suite("Workloads on threads", .serialized)
struct WorkloadThreadsTests {
    @Test("the keyed count is right", arguments: EngineRun.onThreads)
    func keyedCount(run: EngineRun) throws {
        for _ in 0..<5 { #expect(try WorkloadVerdict.keyedCount(run) == nil) }
    }

    @Test("the integer filter is right", arguments: EngineRun.onThreads)
    func integerFilter(run: EngineRun) throws {
        for _ in 0..<5 { #expect(try WorkloadVerdict.integerFilter(run) == nil) }
    }

    @Test("the ping-pong is right with one chain and with many", arguments: EngineRun.onThreads)
    func portalPingPong(run: EngineRun) throws {
        #expect(try WorkloadVerdict.portalPingPong(run, outstanding: 1) == nil)
        #expect(try WorkloadVerdict.portalPingPong(run, outstanding: 100) == nil)
    }

    @Test(
        "the shopping cart is what the recorded order replays to, in every field",
        arguments: EngineRun.onThreads, Mode.allCases)
    func shoppingCart(run: EngineRun, mode: Mode) throws {
        for seed: UInt64 in 1...5 {
            let definition = ShoppingCartTests.tiny(mode, seed: seed, cartItemsMax: 6)
            #expect(try WorkloadVerdict.shoppingCart(run, definition) == nil)
        }
    }
}
