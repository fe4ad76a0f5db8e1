// What handlers leave in states, as it stands in the record where that is asked for.
import Portals
import PortalsCore
import Testing

/// One recorded state: of which task, of which key, and its bytes; no bytes where it was removed.
private struct Delta {
    var element: Int
    var node: UInt64
    var key: UInt64
    var state: [UInt8]
}

@Suite("state deltas")
struct StateDeltaTests {
    private func site(recordCapacity: Int = 1 << 16, takesDeltas: Bool = true) -> SteppedSite {
        var options = EngineOptions()
        options.workers = 2
        options.commit = .asynchronous
        options.recordCapacity = recordCapacity
        options.recordsStateDeltas = takesDeltas
        return SteppedSite(options)
    }

    /// Runs until nobody can go on: without a writer the ends of streams wait for ever.
    private func runOut(_ site: SteppedSite) {
        while site.step() {}
    }

    /// What all workers have recorded, states of eight bytes.
    private func deltas(_ site: SteppedSite) throws -> [Delta] {
        var found: [Delta] = []
        for record in site.engine.records {
            var words = [UInt64](repeating: 0, count: record.wordCount)
            _ = words.withUnsafeMutableBufferPointer { unsafe record.take(into: $0) }
            var index = 0
            while index < words.count {
                let word = RecordWord(bits: words[index])
                index += 1
                switch try #require(word.kind) {
                case .longTime: index += 1
                case .digest: index += 1 + Int(word.argument)
                case .delta:
                    let node = words[index]
                    let count = Int(words[index + 1])
                    var next = index + 2
                    for _ in 0..<count {
                        found.append(
                            Delta(
                                element: word.element, node: node, key: words[next],
                                state: withUnsafeBytes(of: words[next + 1]) { Array($0) }))
                        next += 2
                    }
                    index += 1 + Int(word.argument) / 8
                    while next < index {
                        found.append(
                            Delta(element: word.element, node: node, key: words[next], state: []))
                        next += 1
                    }
                default: break
                }
            }
            // A recovery passes them over.
            var order = RecordedOrder(startTimes: [0, 0], startSteps: [0, 0])
            #expect(try order.append(words[...]) == words.count)
        }
        return found
    }

    @Test("each state is recorded after its events, requests and replies; the last one stays")
    func recorded() throws {
        let granted = Collector<Int>()
        let shop = Application("shop") { app in
            let stock = app.portal(
                "stock", asking: Int.self, replying: Bool.self, keyedBy: { Key($0) })
            app.workflow("inventory").requestsOnly()
                .task("shelf", state: 4, emits: Never.self, replies: stock) { _, _, _ in
                } onRequest: { _, units, task in
                    task.reply(units > 0)
                    units = max(0, units - 1)
                }
            app.workflow("cart")
                .source(app.generator("users", atoms: [[1, 2, 3], [4, 5], [1, 2, 3, 4, 5]]))
                .key { Key($0) }
                .task("cart", state: 0, emits: Int.self, asks: stock, remembering: Int.self) {
                    user, _, task in
                    task.ask(stock, user % 2, remembering: user)
                } onReply: { isGranted, user, bought, task in
                    if isGranted {
                        bought += 1
                        task.emit(user)
                    }
                }
                .sink("granted", granted)
        }
        let site = site()
        try site.launch(shop)
        runOut(site)
        let deltas = try deltas(site)
        #expect(site.engine.lostStateDeltas == 0)
        // Ten events, ten requests, ten replies.
        #expect(deltas.count == 30)
        var last: [[UInt64]: [UInt8]] = [:]
        for delta in deltas {
            last[[UInt64(delta.element), delta.node, delta.key]] = delta.state
        }
        let values = last.values.map { $0.withUnsafeBytes { $0.loadUnaligned(as: Int.self) } }
        // Two shelves, of which the odd one sold four of six and the even one four; five carts.
        #expect(values.count == 7)
        #expect(values.reduce(0, +) == granted.events.count && granted.events.count == 8)

        let without = self.site(takesDeltas: false)
        try without.launch(shop)
        runOut(without)
        #expect(try self.deltas(without).isEmpty)
    }

    @Test("a state that is removed is recorded as gone; other types as a snapshot has them")
    func removed() throws {
        let site = site()
        try site.launch(
            Application("m") { app in
                app.workflow("w").source(app.generator("g", atoms: [[7], [7], [7]])).key { $0 }
                    .task("count", state: 0, emits: Never.self) { _, count, task in
                        count += 1
                        if count == 2 { task.removeState() }
                    }
            })
        runOut(site)
        #expect(try deltas(site).map { $0.state.first } == [1, nil, 1])

        let text = self.site()
        try text.launch(
            Application("m") { app in
                app.workflow("w").source(app.generator("g", atoms: [[7]])).key { $0 }
                    .task("name", state: "", emits: Never.self) { _, name, _ in name = "abcd" }
            })
        runOut(text)
        // A string begins with its length.
        #expect(try deltas(text).first?.state == [4, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("no leader decides while another worker's record has no room for what it would leave")
    func room() throws {
        let site = site(recordCapacity: 4_096)
        let records = site.engine.records
        // The writer is far behind with the worker that has no leader.
        var steps = 0
        site.companions.append {
            var buffer = [UInt64](repeating: 0, count: 256)
            return buffer.withUnsafeMutableBufferPointer { words in
                let taken = unsafe records[0].take(into: words)
                if steps % 2_000 > 0 { return taken > 0 }
                while unsafe records[1].take(into: words) > 0 {}
                return true
            }
        }
        let atoms = (0..<2_000 as Range<UInt64>).map { first in (0..<8).map { first + $0 } }
        let counted = Collector<UInt64>()
        try site.launch(
            Application("m") { app in
                app.workflow("w").source(app.generator("g", atoms: atoms)).key { $0 }
                    .task("count", state: 0, emits: UInt64.self) { event, count, task in
                        count += 1
                        task.emit(event)
                    }
                    .sink("counted", counted)
            })
        while counted.events.count < 16_000 && steps < 200_000 {
            for _ in 0..<100 { _ = site.step() }
            steps += 100
        }
        #expect(counted.events.count == 16_000)
        #expect(site.engine.lostStateDeltas == 0)
    }

    @Test("what has no room or no format is counted as lost")
    func lost() throws {
        struct Unstorable { var names: Set<Int> = [] }
        let site = site()
        try site.launch(
            Application("m") { app in
                app.workflow("w").source(app.generator("g", atoms: [[7 as UInt64]])).key { $0 }
                    .task("names", state: Unstorable(), emits: Never.self) { _, state, _ in
                        state.names.insert(1)
                    }
            })
        runOut(site)
        #expect(site.engine.lostStateDeltas == 1)

        let small = self.site(recordCapacity: 1_024)
        // A writer that never waits for a disk.
        let records = small.engine.records
        small.companions.append {
            var buffer = [UInt64](repeating: 0, count: 256)
            return buffer.withUnsafeMutableBufferPointer { words in
                records.contains { unsafe $0.take(into: words) > 0 }
            }
        }
        try small.launch(
            Application("m") { app in
                app.workflow("w")
                    .source(app.generator("g", atoms: [Array(0..<2_000 as Range<UInt64>)]))
                    .key { $0 }
                    .task("count", state: 0, emits: Never.self) { _, count, _ in count += 1 }
            })
        runOut(small)
        #expect(small.engine.lostStateDeltas > 0)
    }
}
