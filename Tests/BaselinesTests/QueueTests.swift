// Queues of the workload `queue`: each passes every item on, in order, and what does not is found.
import ItemQueue
import Testing

@testable import Baselines
@testable import Harness

@Suite struct QueueTests {
    static let systems = [
        "portals-ring", "cxx-ring", "locked-queue", "async-stream", "async-channel",
    ]

    @Test("every queue passes every item on, in order", arguments: systems, ["1", "7", "256"])
    func passes(system: String, batch: String) async throws {
        if system.hasPrefix("async"), TaskPool.refusal(workers: 2) != nil { return }
        // More than there are places, and a number that no batch divides.
        let items: UInt64 = system == "async-channel" ? 2_003 : 70_003
        let measurement = try await measure(
            trial("queue", system, ["batch": batch], length: .events(items)))
        #expect(measurement.verified == .verified)
        #expect(measurement.events == items)
    }

    @Test("a queue takes two workers, and no other workload", arguments: systems)
    func refusals(system: String) throws {
        let known = try #require(registry.system(system))
        #expect(known.refusal(try trial("queue", system, workers: 1))?.contains("2") == true)
        #expect(
            known.refusal(try trial("keyed-count", system))?.contains("--workload queue") == true)
    }

    @Test("the oracle's closed form is the digest of the loop")
    func closedForm() {
        var answer = ItemQueue.Answer()
        for count in 0..<300 as Range<UInt64> {
            let oracle = ItemQueue.Oracle(ItemQueue.Definition(items: count))
            #expect(oracle.expected() == answer)
            answer.take(count)
        }
    }

    @Test("an item that is lost, repeated or overtaken is found")
    func wrong() {
        let oracle = ItemQueue.Oracle(ItemQueue.Definition(items: 100))
        func verdict(_ items: [UInt64]) -> String? {
            var answer = ItemQueue.Answer()
            for item in items { answer.take(item) }
            return oracle.check(answer)
        }
        var items = Array(0..<100 as Range<UInt64>)
        #expect(verdict(items) == nil)
        items.swapAt(41, 42)
        #expect(verdict(items)?.contains("another order") == true)
        items[41] = items[40]
        #expect(verdict(items)?.contains("other ones") == true)
        #expect(verdict(Array(items.dropLast()))?.contains("took 99 items") == true)
    }
}
