// The authors' matrix without an engine: generators, hand-written loops and oracles against naive
// code, and wrong answers, each of which must be named.
import CountingActor
import Fibonacci
import Synthetic
import Testing
import ThreadRing

@testable import AtomAlignment
@testable import Chain

@Suite("thread ring")
struct ThreadRingTests {
    @Test(
        "the hand-written loop and the closed form agree with a walk from member to member",
        arguments: Ring.allCases, [0, 1, 2, 5, 6, 7, 100] as [UInt64])
    func naive(ring: Ring, hops: UInt64) {
        for length in [1, 2, 3, 7] {
            for tokens: UInt32 in [1, 2, 5] {
                let definition = ThreadRing.Definition(
                    ring: ring, length: length, hops: hops, tokens: tokens)
                var naive = ThreadRing.Answer()
                for index in 0..<UInt64(tokens) {
                    var token = definition.generator.event(at: index)
                    var place = 0
                    // Rings look at a token behind the last member, ping-pong in front of each.
                    while token.remaining > 0 || (ring != .pair && (token.hops == 0 || place > 0)) {
                        token.pass(UInt64(place))
                        place = (place + 1) % definition.members
                    }
                    naive.take(token)
                }
                #expect(ThreadRing.HandWritten.run(definition) == naive)
                #expect(ThreadRing.Oracle(definition).expected() == naive)
                #expect(naive.hops == definition.hopsMade)
            }
        }
    }

    @Test("the oracle names a lost token, a hop too many and another way round")
    func wrong() {
        let oracle = ThreadRing.Oracle(.init(length: 3, hops: 100, tokens: 3))
        var answer = oracle.expected()
        #expect(oracle.check(answer) == nil)
        answer.sumOfTrails += 1
        #expect(oracle.check(answer)?.contains("in another order") == true)
        answer.hops += 1
        #expect(oracle.check(answer)?.contains("hops, expected") == true)
        answer.ended -= 1
        #expect(oracle.check(answer)?.contains("2 tokens ended, expected 3") == true)
        var there = Token(remaining: 9, trail: 1)
        var back = there
        for place: UInt64 in [0, 1, 2] { there.pass(place) }
        for place: UInt64 in [0, 2, 1] { back.pass(place) }
        #expect(there.trail != back.trail)
    }
}

@Suite("counting actor and fork-join")
struct CountingActorTests {
    @Test("the hand-written loop and the oracle agree with naive code", arguments: [1, 2, 7])
    func naive(workflows: Int) {
        for events: UInt64 in [0, 1, 6, 7, 8, 1_000] {
            let definition = CountingActor.Definition(workflows: workflows, events: events)
            var count = EventSum()
            for index in 0..<(events / UInt64(workflows)) {
                count.take(definition.generator.event(at: index).integer)
            }
            let answer = CountingActor.HandWritten.run(definition)
            #expect(answer.counted == Array(repeating: count, count: workflows))
            #expect(CountingActor.Oracle(definition).check(answer) == nil)
        }
    }

    @Test("the oracle names a lost event, an exchanged one and a workflow without a count")
    func wrong() {
        let definition = CountingActor.Definition(workflows: 3, events: 100)
        let oracle = CountingActor.Oracle(definition)
        let right = CountingActor.HandWritten.run(definition)
        func verdict(_ damage: (inout CountingActor.Answer) -> Void) -> String {
            var answer = right
            damage(&answer)
            return oracle.check(answer) ?? "passed"
        }
        #expect(verdict { _ in } == "passed")
        #expect(
            verdict { $0.counted[1].events -= 1 }
                == "the actor of workflow 1 counted 32 events, expected 33")
        #expect(verdict { $0.counted[2].sum += 1 }.contains("workflow 2 counted events that sum"))
        #expect(verdict { $0.passedOn[0].sum += 1 }.contains("workflow 0 passed on events that"))
        #expect(verdict { $0.counted.removeLast() }.contains("2 workflows counted, expected 3"))
    }
}

@Suite("fibonacci")
struct FibonacciTests {
    @Test("the hand-written loop and the oracle agree with recursion")
    func naive() {
        func fibonacci(_ n: UInt8) -> UInt64 {
            n < 2 ? UInt64(n) : fibonacci(n - 1) + fibonacci(n - 2)
        }
        for n: UInt8 in 0...20 {
            let definition = Fibonacci.Definition(n: n, computations: 3)
            let answer = Fibonacci.HandWritten.run(definition)
            #expect(answer.sumOfValues == 3 * fibonacci(n))
            #expect(answer.ended == 3)
            #expect(Fibonacci.Oracle(definition).check(answer) == nil)
        }
        // As published in every table of them.
        let published = Fibonacci.HandWritten.run(.init())
        #expect(published.sumOfValues == 2_880_067_194_370_816_120)
        #expect(published.sent == 357)
    }

    @Test("the oracle names a computation that never ended, a wrong number and one made twice")
    func wrong() {
        let oracle = Fibonacci.Oracle(.init(n: 10, computations: 2))
        var answer = oracle.expected()
        answer.sent += 1
        #expect(oracle.check(answer)?.contains("computed again") == true)
        answer.sumOfValues += 1
        #expect(oracle.check(answer)?.contains("numbers sum to 111, expected 110") == true)
        answer.ended -= 1
        #expect(oracle.check(answer)?.contains("1 computations ended, expected 2") == true)
    }
}

@Suite("atom alignment")
struct AtomAlignmentTests {
    @Test("the hand-written loop agrees with the oracle", arguments: [0, 1, 5])
    func naive(workSteps: Int) {
        for events: UInt64 in [0, 1, 2, 100] {
            let definition = AtomAlignment.Definition(
                events: events, workSteps: workSteps, seed: 3)
            let answer = AtomAlignment.HandWritten.run(definition)
            #expect(AtomAlignment.Oracle(definition).check(answer) == nil)
        }
    }

    @Test("arrivals see an event in another's atom, an atom in two parts and one behind a later")
    func arrivals() {
        func misaligned(_ atoms: [[UInt64]]) -> UInt64 {
            var arrivals = Arrivals(atomSize: 4)
            for atom in atoms {
                for index in atom { arrivals.take(Cell(index: index, value: 0)) }
                arrivals.endAtom()
            }
            return arrivals.answer.misaligned
        }
        #expect(misaligned([[0, 1, 2, 3], [4, 5, 6, 7], [8]]) == 0)
        // Of a partition: some of each atom, in any order.
        #expect(misaligned([[3, 0], [9, 8]]) == 0)
        #expect(misaligned([[0, 1, 4], [5, 6, 7]]) == 1)
        #expect(misaligned([[0, 1], [2, 3]]) == 2)
        #expect(misaligned([[4, 5], [0, 1], [8]]) == 2)
    }

    @Test("the oracle names a lost event, a rank left out and a torn atom")
    func wrong() {
        let oracle = AtomAlignment.Oracle(.init(events: 100))
        var answer = oracle.expected()
        answer.misaligned = 2
        #expect(oracle.check(answer)?.contains("2 of 100 events arrived in an atom") == true)
        answer.sumOfValues += 1
        #expect(oracle.check(answer)?.contains("sum to") == true)
        answer.arrived -= 1
        #expect(oracle.check(answer)?.contains("99 events arrived, expected 100") == true)
    }
}

@Suite("chains")
struct ChainTests {
    @Test("the hand-written loop agrees with the oracle", arguments: [0, 1, 5])
    func naive(workSteps: Int) {
        for length in [1, 2, 9] {
            let definition = Chain.Definition(
                length: length, events: 100, workSteps: workSteps, seed: 3)
            let answer = Chain.HandWritten.run(definition)
            #expect(Chain.Oracle(definition).check(answer) == nil)
            var longer = definition
            longer.length += 1
            #expect(Chain.Oracle(longer).check(answer)?.contains("left out") == true)
        }
    }

    @Test("the oracle names a lost event")
    func wrong() {
        let oracle = Chain.Oracle(.init(events: 100))
        var answer = oracle.expected()
        answer.events -= 1
        #expect(oracle.check(answer)?.contains("came 99 events, expected 100") == true)
    }
}

@Suite("generators of the authors' matrix")
struct AuthorsGeneratorTests {
    @Test("events depend on seed and index alone, and seeds tell runs apart")
    func pure() {
        let check = GeneratorTests()
        #expect(check.isPure(100) { ThreadRing.Definition(seed: 7).generator.event(at: $0) })
        #expect(check.isPure(1_000) { CountingActor.Definition(seed: 7).generator.event(at: $0) })
        #expect(check.isPure(100) { Fibonacci.Definition().generator.event(at: $0) })
        #expect(check.isPure(1_000) { AtomAlignment.Definition(seed: 7).generator.event(at: $0) })
        #expect(check.isPure(1_000) { Chain.Definition(seed: 7).generator.event(at: $0) })
        func sums(_ seed: UInt64) -> [UInt64] {
            [
                ThreadRing.Oracle(.init(seed: seed)).expected().sumOfTrails,
                CountingActor.Oracle(.init(events: 100, seed: seed)).expected().sum,
                AtomAlignment.Oracle(.init(events: 100, seed: seed)).expected().sumOfValues,
                Chain.Oracle(.init(events: 100, seed: seed)).expected().sum,
            ]
        }
        #expect(zip(sums(1), sums(1 << 40)).allSatisfy { $0 != $1 })
    }

    @Test("definitions name every fault in their parameters")
    func faults() {
        #expect(ThreadRing.Definition().faults.isEmpty)
        #expect(ThreadRing.Definition(length: 0, tokens: 0, partitions: 65).faults.count == 3)
        #expect(CountingActor.Definition().faults.isEmpty)
        #expect(
            CountingActor.Definition(workflows: 0, atomSize: 0, partitions: 0).faults.count == 3)
        #expect(Fibonacci.Definition().faults.isEmpty)
        #expect(Fibonacci.Definition(n: 94, computations: .max, atomSize: 0).faults.count == 3)
        #expect(AtomAlignment.Definition().faults.isEmpty)
        #expect(AtomAlignment.Definition(atomSize: 0, workSteps: -1).faults.count == 2)
        #expect(Chain.Definition().faults.isEmpty)
        #expect(Chain.Definition(length: 0, atomSize: 0, workSteps: -1).faults.count == 3)
    }
}
