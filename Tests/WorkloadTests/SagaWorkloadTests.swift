// The saga workload: generator, hand-written loop and oracle against naive code; the application,
// as sagas and as atoms, under every driver.
import Foundation
import Portals
import SagaWorkload
import Testing

@Suite("saga workload")
struct SagaWorkloadTests {
    private func definition(
        _ isolation: Isolation, _ seed: UInt64, orders: UInt64 = 1_003
    ) -> SagaWorkload.Definition {
        SagaWorkload.Definition(
            isolation: isolation, orders: orders, steps: 3 + Int(seed % 4), failurePercent: 10,
            failurePosition: FailurePosition.allCases[Int(seed % 3)], items: 20,
            skewHundredths: [0, 99][Int(seed % 2)], concurrency: 1 + seed % 3,
            atomSize: isolation == .atomic ? 1 : 50, seed: seed)
    }

    private func verdict(
        _ run: EngineRun, _ definition: SagaWorkload.Definition
    ) throws -> (fault: String?, answer: SagaWorkload.Answer) {
        let results = SagaWorkload.Results(definition)
        let engine = try run.run(definition.application(results))
        let answer = results.answer(
            aborted: engine.abortedAtoms(of: SagaWorkload.Definition.ordersPath))
        return (SagaWorkload.Oracle(definition).check(answer), answer)
    }

    @Test("sagas and atoms come out right on every schedule", arguments: EngineRun.withoutThreads)
    func schedules(run: EngineRun) throws {
        for seed in UInt64(0)..<4 {
            #expect(try verdict(run, definition(.saga, seed)).fault == nil)
            #expect(try verdict(run, definition(.atomic, seed, orders: 301)).fault == nil)
        }
    }

    @Test("sagas and atoms come out right on threads", arguments: EngineRun.onThreads)
    func threads(run: EngineRun) throws {
        for seed in UInt64(0)..<4 {
            #expect(try verdict(run, definition(.saga, seed, orders: 20_000)).fault == nil)
            #expect(try verdict(run, definition(.atomic, seed, orders: 1_000)).fault == nil)
        }
    }

    @Test("orders of one item at the same time read what is undone later; atoms never do")
    func dirtyReads() throws {
        let run = EngineRun(driver: .stepped, partitions: 2)
        var saga = definition(.saga, 1)
        saga.failurePosition = .last
        #expect(try verdict(run, saga).answer.dirtyReads > 100)
        saga.failurePercent = 0
        #expect(try verdict(run, saga).answer.dirtyReads == 0)
        #expect(try verdict(run, definition(.atomic, 1)).answer.dirtyReads == 0)
    }

    @Test("the hand-written loop is right by the oracle, and by a loop over dictionaries")
    func handWritten() {
        for seed in UInt64(0)..<6 {
            let definition = definition(.saga, seed)
            let answer = HandWritten.run(definition)
            #expect(Oracle(definition).check(answer) == nil)
            // What an atomic run would have to find.
            var atomic = definition
            atomic.isolation = .atomic
            #expect(Oracle(atomic).check(answer) == nil)
            let generator = definition.generator
            var balances: [UInt32: Int64] = [:]
            var committed: UInt64 = 0
            for index in 0..<definition.orders {
                let order = generator.event(at: index)
                if Int(order.failsAt) >= definition.steps {
                    committed += 1
                    balances[order.item, default: 0] += Int64(order.amount)
                }
            }
            #expect(answer.tally.committed == committed)
            #expect(committed > 300 && committed < definition.orders - 100)
            for item in 0..<definition.items {
                #expect(answer.balances.allSatisfy { $0[Int(item)] == balances[item] ?? 0 })
            }
        }
    }

    @Test("the oracle names a lost order, a wrong ending, a wrong balance and a lost undoing")
    func wrong() {
        let definition = definition(.saga, 3)
        let oracle = Oracle(definition)
        let right = HandWritten.run(definition)
        var answer = right
        answer.tally.committed -= 1
        #expect(oracle.check(answer)?.contains("orders were committed, expected") == true)
        answer = right
        answer.tally.committedDigest &+= 1
        #expect(oracle.check(answer)?.contains("other orders were committed") == true)
        answer = right
        answer.tally.compensated += 1
        #expect(oracle.check(answer)?.contains("orders were undone, expected") == true)
        answer = right
        answer.tally.compensatedDigest &+= 1
        #expect(oracle.check(answer)?.contains("after other steps") == true)
        answer = right
        answer.tally.other = 1
        #expect(oracle.check(answer)?.contains("neither committed nor compensated") == true)
        answer = right
        answer.undone -= 1
        #expect(oracle.check(answer)?.contains("services undid") == true)
        answer = right
        answer.dirtyReads += 1
        #expect(oracle.check(answer)?.contains("dirty reads") == true)
        answer = right
        answer.balances[1][7] -= 1
        #expect(oracle.check(answer)?.contains("of item 7, expected") == true)
        var atomic = definition
        atomic.isolation = .atomic
        answer = right
        answer.tally.foundDigest &+= 1
        #expect(Oracle(atomic).check(answer)?.contains("found balances that were not") == true)
    }

    @Test("items are drawn as Zipf says, and failures as often as asked")
    func distributions() {
        var definition = SagaWorkload.Definition(
            steps: 4, failurePercent: 10, items: 100, skewHundredths: 99)
        let count: UInt64 = 100_000
        let generator = definition.generator
        var items = [Double](repeating: 0, count: 100)
        var failed = [Double](repeating: 0, count: 5)
        for index in 0..<count {
            let order = generator.event(at: index)
            items[Int(order.item)] += 1
            failed[Int(order.failsAt)] += 1
        }
        let sum = (1...100).reduce(0.0) { $0 + pow(Double($1), -0.99) }
        for rank in [1, 2, 10, 100] {
            let expected = Double(count) * pow(Double(rank), -0.99) / sum
            #expect(abs(items[rank - 1] - expected) < 5 * expected.squareRoot())
        }
        for step in 0..<4 {
            let expected = Double(count) * 0.1 * pow(0.9, Double(step))
            #expect(abs(failed[step] - expected) < 5 * expected.squareRoot())
        }
        for (position, step) in [(FailurePosition.first, 0), (.last, 3)] {
            definition.failurePosition = position
            let generator = definition.generator
            let failures = (0..<count).filter { generator.event(at: $0).failsAt == UInt8(step) }
            let expected = Double(count) * (1 - pow(0.9, 4))
            #expect(abs(Double(failures.count) - expected) < 5 * expected.squareRoot())
        }
    }

    @Test("orders of one item follow one another, as many as run at the same time")
    func concurrency() {
        let generator = SagaWorkload.Definition(items: 10_000, concurrency: 7).generator
        for index in UInt64(0)..<700 {
            let first = generator.event(at: index / 7 * 7)
            #expect(generator.event(at: index).item == first.item)
        }
        #expect(generator.event(at: 7).item != generator.event(at: 6).item)
    }

    @Test("each parameter that is out of its range is named, all at once")
    func faults() {
        let definition = SagaWorkload.Definition(
            isolation: .atomic, steps: 2, failurePercent: 21, items: 0, skewHundredths: 100,
            concurrency: 0, atomSize: 2)
        #expect(definition.faults.count == 6)
        #expect(SagaWorkload.Definition().faults.isEmpty)
    }
}
