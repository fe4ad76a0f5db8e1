// Keyed count, filter and ping-pong: the hand-written loops and the oracles against naive code.

import IntegerFilter
import PortalPingPong
import Testing

@testable import KeyedCount

@Suite("keyed count")
struct KeyedCountTests {
    @Test(
        "the hand-written loop agrees with a dictionary, and the oracle with both",
        arguments: [1, 2, 7, 1_000, 50_000] as [UInt64])
    func naive(keys: UInt64) {
        let definition = KeyedCount.Definition(events: 20_000, keys: keys, seed: 5)
        var counts: [UInt64: UInt64] = [:]
        var sum: UInt64 = 0
        for index in 0..<definition.events {
            let key = definition.generator.event(at: index).key
            counts[key, default: 0] += 1
            sum += counts[key]!
        }
        let naive = KeyedCount.Answer(
            records: definition.events, sumOfCounts: sum,
            counts: (0..<keys).map { counts[$0] ?? 0 })
        #expect(KeyedCount.HandWritten.run(definition) == naive)
        #expect(KeyedCount.Oracle(definition).expected() == naive)
        #expect(KeyedCount.Oracle(definition).check(naive) == nil)
    }

    @Test("the table counts keys that lie far apart, or in one bucket, or are 0 or all ones")
    func table() {
        // Multiples of 2^58 leave six bits to a multiplicative hash: long probes and wrap-around.
        let keys = (0..<64).map { UInt64($0) << 58 } + [.max, 1, 2, 0xDEAD_BEEF]
        for expectedKeys in [0, 4, 16, 1_000] {
            var table = CountTable(expectedKeys: expectedKeys)
            for round: UInt64 in 1...3 {
                for key in keys {
                    let count = table.countOneMore(key)
                    #expect(count == round)
                }
            }
            var seen: [UInt64: UInt64] = [:]
            table.visit { key, count in seen[key] = count }
            #expect(seen.count == Set(keys).count)
            #expect(seen.values.allSatisfy { $0 == 3 })
        }
    }

    @Test("the oracle names a wrong count, a lost record and a wrong sum")
    func wrong() {
        let definition = KeyedCount.Definition(events: 1_000, keys: 10)
        let oracle = KeyedCount.Oracle(definition)
        var answer = oracle.expected()
        answer.counts[3] += 1
        #expect(oracle.check(answer)?.contains("key 3 was counted") == true)
        answer = oracle.expected()
        answer.records -= 1
        #expect(oracle.check(answer)?.contains("999 records, expected 1000") == true)
        answer = oracle.expected()
        answer.sumOfCounts += 1
        #expect(oracle.check(answer)?.contains("sum to") == true)
        answer = oracle.expected()
        answer.counts.removeLast()
        #expect(oracle.check(answer)?.contains("9 keys, expected 10") == true)
    }
}

@Suite("integer filter")
struct IntegerFilterTests {
    @Test(
        "the hand-written loop and the oracle agree with naive code at every size",
        arguments: [
            Predicate(multiplier: 1, mask: 7), Predicate(multiplier: 1, mask: 0),
            Predicate(multiplier: 1, mask: 5), .multiplesOf2To20, .scatteredHalf,
        ])
    func naive(predicate: Predicate) {
        for events: UInt64 in [0, 1, 2, 7, 8, 9, 63, 1_000] {
            let definition = IntegerFilter.Definition(events: events, predicate: predicate)
            var naive = IntegerFilter.Answer()
            for value in 0..<UInt32(events) {
                let product = UInt64(value) * UInt64(predicate.multiplier)
                if UInt32(product % (1 << 32)) & predicate.mask == 0 {
                    naive.kept += 1
                    naive.sum += UInt64(value)
                }
            }
            #expect(IntegerFilter.HandWritten.run(definition) == naive)
            #expect(IntegerFilter.Oracle(definition).expected() == naive)
        }
    }

    @Test("the published test keeps the multiples of 2^20, and the other about half")
    func selectivity() {
        let published = IntegerFilter.Definition(events: 1 << 22)
        let answer = IntegerFilter.HandWritten.run(published)
        #expect(answer.kept == 4)
        #expect(answer.sum == (1 + 2 + 3) << 20)
        let half = IntegerFilter.Definition(events: 1 << 16, predicate: .scatteredHalf)
        #expect(abs(Int(IntegerFilter.HandWritten.run(half).kept) - 1 << 15) < 100)
    }

    @Test("the oracle names a lost integer and an exchanged one")
    func wrong() {
        let oracle = IntegerFilter.Oracle(.init(events: 100, predicate: .scatteredHalf))
        var answer = oracle.expected()
        #expect(oracle.check(answer) == nil)
        answer.sum += 1
        #expect(oracle.check(answer)?.contains("sum to") == true)
        answer.kept -= 1
        #expect(oracle.check(answer)?.contains("were kept") == true)
    }
}

@Suite("portal ping-pong")
struct PortalPingPongTests {
    @Test(
        "the hand-written loop and the closed form agree with recursion",
        arguments: [0, 1, 2, 5, 6, 100] as [UInt64], [1, 2, 3, 10] as [UInt32])
    func naive(roundTrips: UInt64, outstanding: UInt32) {
        let definition = PortalPingPong.Definition(
            roundTrips: roundTrips, outstanding: outstanding)
        var naive = PortalPingPong.Answer()
        func play(_ value: UInt64) {
            if value == 0 { return }
            naive.pings += 1
            naive.pongs += 1
            naive.sumOfValues += value - 1
            if value == 1 { naive.chainsEnded += 1 }
            play(value - 1)
        }
        for chain in 0..<outstanding {
            let start = definition.generator.event(at: UInt64(chain))
            #expect(start == Ping(chain: chain, value: definition.roundTrips(ofChain: chain)))
            play(start.value)
        }
        #expect(naive.pings == roundTrips)
        #expect(PortalPingPong.HandWritten.run(definition) == naive)
        #expect(PortalPingPong.Oracle(definition).check(naive) == nil)
    }

    @Test("the oracle names a lost request, a lost reply, a wrong value and a chain cut short")
    func wrong() {
        let oracle = PortalPingPong.Oracle(.init(roundTrips: 100, outstanding: 3))
        var answer = oracle.expected()
        answer.sumOfValues += 1
        #expect(oracle.check(answer)?.contains("sum to") == true)
        answer.chainsEnded -= 1
        #expect(oracle.check(answer)?.contains("chains ended") == true)
        answer.pongs -= 1
        #expect(oracle.check(answer)?.contains("replies") == true)
        answer.pings -= 1
        #expect(oracle.check(answer)?.contains("requests") == true)
    }
}
