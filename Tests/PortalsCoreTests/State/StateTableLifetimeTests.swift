// Each value of a state table is destroyed exactly once, classes and noncopyable values alike.
import PortalsCore
import Testing

@Suite("StateTable lifetimes")
struct StateTableLifetimeTests {
    final class Ledger {
        var born = 0
        var died: [Int: Int] = [:]
        var alive: Int { born - died.count }
        var diedOnce: Bool { died.values.allSatisfy { $0 == 1 } }
    }

    final class Tracked {
        let ledger: Ledger
        let number: Int
        init(_ ledger: Ledger) {
            self.ledger = ledger
            number = ledger.born
            ledger.born += 1
        }
        deinit { ledger.died[number, default: 0] += 1 }
    }

    struct Unique: ~Copyable {
        let ledger: Ledger
        let number: Int
        init(_ ledger: Ledger) {
            self.ledger = ledger
            number = ledger.born
            ledger.born += 1
        }
        deinit { ledger.died[number, default: 0] += 1 }
    }

    @Test("class values live as long as their keys")
    func classes() {
        let ledger = Ledger()
        do {
            var table = StateTable<Tracked>(seed: 5, memory: .heap)
            for key in 0..<300 as Range<UInt64> {
                table.update(key, default: Tracked(ledger)) { _ in }
                table.update(key, default: Tracked(ledger)) { _ in }
            }
            #expect(ledger.born == 300, "a default is made only for a new key")
            #expect(ledger.alive == 300)
            for key in 0..<100 as Range<UInt64> { table.remove(key) }
            #expect(ledger.alive == 200)
            do {
                let taken = table.take(150)
                #expect(taken != nil)
                #expect(ledger.alive == 200)
            }
            #expect(ledger.alive == 199)
            table.update(151, default: Tracked(ledger)) { $0 = Tracked(ledger) }
            #expect(ledger.alive == 199)
            table.removeAll()
            #expect(ledger.alive == 0)
            for key in 0..<50 as Range<UInt64> {
                table.update(key, default: Tracked(ledger)) { _ in }
            }
            #expect(ledger.alive == 50)
        }
        #expect(ledger.alive == 0)
        #expect(ledger.diedOnce)
    }

    @Test("noncopyable values are moved by growth, taken whole, destroyed once")
    func noncopyable() {
        let ledger = Ledger()
        do {
            var table = StateTable<Unique>(seed: 5, memory: .heap)
            for key in 0..<1000 as Range<UInt64> {
                let number = table.update(key, default: Unique(ledger)) { $0.number }
                #expect(number == Int(key))
            }
            #expect(ledger.alive == 1000)
            var sum = 0
            table.visit { _, value in sum += value.number }
            #expect(sum == 1000 * 999 / 2)
            if let taken = table.take(7) { #expect(taken.number == 7) }
            #expect(ledger.alive == 999)
            table.updateAll { _, value in value = Unique(ledger) }
            #expect(ledger.alive == 999)
        }
        #expect(ledger.alive == 0)
        #expect(ledger.diedOnce)
    }
}
