// The state table against a dictionary, with adversarial keys, in small worlds, and with lifetimes
// counted.
import PortalsCore
import Testing

/// Keys that would ruin a weak hash or a reserved key.
enum KeyFamily: CaseIterable {
    case few, sequential, sameLowBits, multiples, nearMaximum, scattered

    func key(_ index: UInt64) -> UInt64 {
        switch self {
        case .few: index % 12
        case .sequential: index
        case .sameLowBits: index << 40
        case .multiples: index &* 65_536 &* 15
        case .nearMaximum: UInt64.max &- index
        case .scattered: index &* 0xD134_2543_DE82_EF95 ^ (index << 17)
        }
    }
}

@Suite("StateTable")
struct StateTableTests {
    @Test(
        "any history of operations gives what a dictionary gives",
        arguments: KeyFamily.allCases, [1, 2, 3] as [UInt64])
    func model(family: KeyFamily, seed: UInt64) {
        var generator = SplitMix(state: seed)
        let memory = CountedMemory()
        do {
            var table = StateTable<Int>(seed: seed, memory: memory.source)
            var model: [UInt64: Int] = [:]
            var wrong = 0
            // Phases that grow, churn and shrink.
            for phase in 0..<6 {
                let keys: UInt64 = [400, 40, 3000, 3000, 200, 3000][phase]
                for step in 0..<6000 {
                    let key = family.key(generator.next() % keys)
                    let removes = phase % 2 == 1 ? 6 : 3
                    switch Int(generator.next() % 10) {
                    case ..<removes:
                        if step % 2 == 0 {
                            if table.remove(key) != (model.removeValue(forKey: key) != nil) {
                                wrong += 1
                            }
                        } else if table.take(key) != model.removeValue(forKey: key) {
                            wrong += 1
                        }
                    case 7:
                        let found = unsafe table.find(key).map { unsafe $0.pointee }
                        if found != model[key] { wrong += 1 }
                    case 8:
                        var inserted = false
                        let value = unsafe table.reference(key, default: 5, inserted: &inserted)
                        if inserted != (model[key] == nil) { wrong += 1 }
                        unsafe value.pointee += 3
                        model[key, default: 5] += 3
                    default:
                        let result = table.update(key, default: 1) { value in
                            value += step
                            return value
                        }
                        model[key, default: 1] += step
                        if result != model[key] { wrong += 1 }
                    }
                    if table.count != model.count { wrong += 1 }
                }
                #expect(wrong == 0, "family \(family), seed \(seed), phase \(phase)")
                #expect(contents(table) == model)
                if phase == 3 {
                    table.removeAll()
                    model = [:]
                    #expect(contents(table) == [:])
                    #expect(table.count == 0)
                }
            }
        }
        #expect(memory.blocksOut == 0)
        #expect(memory.bytesOut == 0)
    }

    func contents(_ table: borrowing StateTable<Int>) -> [UInt64: Int] {
        var result: [UInt64: Int] = [:]
        var shown = 0
        table.visit { key, value in
            result[key] = value
            shown += 1
        }
        #expect(shown == result.count, "iteration shows no key twice")
        return result
    }

    @Test(
        "every order of three keys inserted, removed and updated",
        arguments: [0, 1, 99] as [UInt64])
    func smallWorlds(seed: UInt64) {
        // Base-9 digits of `history` are operations: insert, remove or update one of three keys.
        let keys: [UInt64] = [0, .max, seed]
        var wrong = 0
        for history in 0..<59_049 {
            var table = StateTable<Int>(seed: seed, memory: .heap)
            var model: [UInt64: Int] = [:]
            var rest = history
            for _ in 0..<5 {
                let key = keys[rest % 3]
                switch rest / 3 % 3 {
                case 0:
                    table.update(key, default: 0) { $0 += 1 }
                    model[key, default: 0] += 1
                case 1:
                    if table.remove(key) != (model.removeValue(forKey: key) != nil) { wrong += 1 }
                default:
                    let found = unsafe table.find(key).map { unsafe $0.pointee }
                    if found != model[key] { wrong += 1 }
                }
                rest /= 9
            }
            if table.count != model.count { wrong += 1 }
            for key in keys {
                let found = unsafe table.find(key).map { unsafe $0.pointee }
                if found != model[key] { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }

    @Test("iteration is a function of the seed and the history")
    func deterministicOrder() {
        func order(seed: UInt64) -> [UInt64] {
            var table = StateTable<Int>(seed: seed, memory: .heap)
            for key in 0..<500 as Range<UInt64> { table.update(key, default: 0) { $0 += 1 } }
            for key in 100..<200 as Range<UInt64> { table.remove(key) }
            var keys: [UInt64] = []
            table.visit { key, _ in keys.append(key) }
            return keys
        }
        #expect(order(seed: 1) == order(seed: 1))
        #expect(order(seed: 1) != order(seed: 2))
    }

    @Test("keys that come and go for ever neither grow the table nor slow it by leftovers")
    func churn() {
        let memory = CountedMemory()
        var table = StateTable<Int>(seed: 7, memory: memory.source)
        table.reserve(1000)
        let capacity = table.capacity
        let allocations = memory.allocationCount
        for key in 0..<200_000 as Range<UInt64> {
            table.update(key, default: 0) { $0 += 1 }
            if key >= 1000 { table.remove(key - 1000) }
        }
        #expect(table.count == 1000)
        #expect(table.capacity == capacity)
        #expect(memory.allocationCount == allocations)
        for key in 199_000..<200_000 as Range<UInt64> { table.remove(key) }
        #expect(table.passedKeys == 0, "no count of passed keys is left behind")
    }

    @Test("adversarial keys spread over the groups", arguments: KeyFamily.allCases)
    func spread(family: KeyFamily) {
        guard family != .few else { return }
        var table = StateTable<Int>(seed: 0x1234_5678_9ABC_DEF1, memory: .heap)
        for index in 0..<12_000 as Range<UInt64> {
            table.update(family.key(index), default: 0) { $0 += 1 }
        }
        // At 12,000 keys of 12,288 a random hash lets about a tenth of the keys pass a group.
        #expect(table.count == 12_000)
        #expect(table.passedKeys < 12_000 / 4)
        if family == .scattered { #expect(table.passedKeys > 0, "the count is not stuck at 0") }
    }

    @Test("values of any alignment and size lie where they should")
    func layouts() {
        struct Byte { var value: UInt8 }
        struct Wide {
            var vector: SIMD8<UInt64>
            var byte: UInt8
        }
        var bytes = StateTable<Byte>(seed: 1, memory: .heap)
        var wide = StateTable<Wide>(seed: 1, memory: .heap)
        var empty = StateTable<Void>(seed: 1, memory: .heap)
        for key in 0..<1000 as Range<UInt64> {
            bytes.update(key, default: Byte(value: 0)) { $0.value = UInt8(truncatingIfNeeded: key) }
            wide.update(key, default: Wide(vector: .zero, byte: 1)) {
                $0.vector[7] = key
                $0.byte = UInt8(truncatingIfNeeded: key)
            }
            empty.update(key, default: ()) { _ in }
        }
        var wrong = 0
        for key in 0..<1000 as Range<UInt64> {
            let byte = unsafe bytes.find(key)!.pointee.value
            let (word, second) = unsafe (
                wide.find(key)!.pointee.vector[7], wide.find(key)!.pointee.byte
            )
            if byte != UInt8(truncatingIfNeeded: key) || word != key || second != byte {
                wrong += 1
            }
            if unsafe empty.find(key) == nil { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(empty.count == 1000)
    }

    @Test("a handler that throws leaves what it did and the table whole")
    func throwing() {
        struct Refused: Error {}
        var table = StateTable<Int>(seed: 1, memory: .heap)
        #expect(throws: Refused.self) {
            try table.update(3, default: 1) { value throws(Refused) in
                value += 1
                throw Refused()
            }
        }
        let value = unsafe table.find(3)!.pointee
        #expect(value == 2)
    }
}
