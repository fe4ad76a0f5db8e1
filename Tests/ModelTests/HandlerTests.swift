// Sections 2.5 to 2.7 of the model: the order of handlers, keys, and state.
import Portals
import Testing

/// Emits what its handlers are called with, so that a run shows their order.
struct HandlerOrder: TaskBody {
    let name: Int
    var events = 0
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        events += 1
        task.emit(event)
    }
    mutating func onAtomComplete(_ task: inout Context) {
        task.emit(name * 1_000 + events, key: 0)
        events = 0
    }
    mutating func onComplete(_ task: inout Context) { task.emit(name * 1_000_000, key: 0) }
}

@Suite("2.5 to 2.7: handlers, keys, state")
struct HandlerTests {
    @Test("2.5 onAtomComplete runs once a partition and atom, before the atom's end is passed on")
    func atomEnds() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1, 2], [3]]))
                        .key { _ in 0 }.task("a", HandlerOrder(name: 1)).key { _ in 0 }
                        .task("b", HandlerOrder(name: 2)).sink("out", out)
                })
            try site.rest()
            let empty = Array(repeating: 1_000, count: site.partitions - 1)
            let home = partition(of: 0, count: site.partitions)
            func ended(_ events: [Int], _ count: Int) -> [Int] {
                // By sending partition: the others only end their atom.
                Array(empty.prefix(home)) + events + [1_000 + count] + empty.dropFirst(home)
            }
            var expected: [[Int]] = []
            for (events, count) in [([1, 2], 2), ([3], 1)] {
                let first = ended(events, count)
                // `b` has seen all that `a` emitted, its end included, before its own end.
                expected.append(first + [2_000 + first.count])
            }
            let atoms = out.atoms.prefix(2).map { atom in atom.filter { $0 != 2_000 } }
            try site.expect(Array(atoms), is: expected)
        }
    }

    @Test("2.5 onComplete runs once a partition at the end of the stream, after all atoms")
    func streamEnd() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1], [2]])).key { _ in 0 }
                        .task(
                            "t", state: (), emits: Int.self, { event, _, task in task.emit(event) },
                            onComplete: { task in task.emit(100 + task.partition, key: 0) }
                        ).sink("out", out)
                })
            try site.rest()
            try site.expect(out.atoms, is: [[1], [2], (0..<site.partitions).map { 100 + $0 }])
            try site.expect(out.isSealed, "not sealed")
        }
    }

    @Test("2.5 the end of a stream ends an atom only where the end of another task brought events")
    func atomEndsOfTheSeal() throws {
        try underAllDrivers { site in
            let without = Collector<Int>()
            let read = Collector<Int>()
            let behind = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let source = app.generator("g", atoms: [[1]])
                    let ending = app.workflow("without").source(source).key { _ in 0 }.task(
                        "t", state: (), emits: Int.self, { event, _, task in task.emit(event) },
                        onAtomComplete: { task in task.emit(100) })
                    ending.sink("out", without)
                    // What another workflow reads is gathered at the task, and is no event of it.
                    app.workflow("reader").source(keyed: ending.stream()).sink("out", read)
                    app.workflow("behind").source(source).key { _ in 0 }.task(
                        "first", state: (), emits: Int.self, { event, _, task in task.emit(event) },
                        onComplete: { task in
                            if task.partition == partition(of: 0, count: task.partitionCount) {
                                task.emit(2, key: 0)
                            }
                        }
                    ).key { _ in 0 }.task(
                        "second", state: (), emits: Int.self,
                        { event, _, task in task.emit(event) },
                        onAtomComplete: { task in task.emit(100) },
                        onComplete: { task in task.emit(1_000) }
                    ).sink("out", behind)
                })
            try site.rest()
            let ends = Array(repeating: 100, count: site.partitions)
            try site.expect(without.atoms.map { $0.sorted() }, is: [[1] + ends])
            try site.expect(read.atoms.map { $0.sorted() }, is: [[1] + ends])
            // Where the event came to, the atom's end comes before that of the stream.
            let seals = Array(repeating: 1_000, count: site.partitions)
            try site.expect(
                behind.atoms.map { $0.sorted() }, is: [[1] + ends, [2, 100] + seals])
            let own = behind.atoms[1].filter { $0 != 1_000 }
            try site.expect(own, is: [2, 100])
        }
    }

    @Test("2.5 request atoms and reply atoms end with onAtomComplete too")
    func portalAtomEnds() throws {
        try underAllDrivers { site in
            let asked = Collector<Int>()
            let replied = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal(
                        "p", asking: Int.self, replying: Int.self, keyedBy: { _ in 0 })
                    app.workflow("replier").requestsOnly()
                        .task("r", CountingReplier(), replies: portal).sink("out", replied)
                    app.workflow("asker").source(app.generator("g", atoms: [[1, 2], [3]]))
                        .key { _ in 0 }
                        .task(
                            "a", CountingAsker(portal: portal),
                            asks: [Asking(portal)]
                        ).sink("out", asked)
                })
            try site.rest()
            // A request atom: its requests, then its end; every partition has an end.
            try site.expect(
                replied.events.filter { $0 > 0 }, is: [1, 2, 1_002, 3, 1_001])
            // The asker ends atoms of events (…1 asks) and of replies.
            let ends = asked.events.filter { $0 >= 1_000 }
            try site.expect(ends.sorted(), is: [1_000_001, 1_000_002, 2_000_001, 2_000_002])
            try site.expect(asked.events.filter { $0 < 1_000 && $0 > 0 }, is: [2, 4, 6])
        }
    }

    @Test("2.6 an emitted event carries the key of the event, and `key` replaces it")
    func keysAreCarried() throws {
        try underAllDrivers { site in
            let carried = Collector<Tagged>()
            let replaced = Collector<Tagged>()
            try site.launch(
                Application("m") { app in
                    let keyed = app.workflow("w").source(
                        app.generator("g", atoms: [Array(0..<16), Array(16..<40)])
                    ).key { Key($0 % 4) }.process("p", emits: Int.self) { event, task in
                        task.emit(event)
                        task.emit(event + 1_000)
                    }.map { $0 }
                    keyed.process("seen", emits: Tagged.self) { event, task in
                        task.emit(Tagged(key: task.key, value: event))
                    }.sink("carried", carried)
                    keyed.key { Key($0 % 5) }.process("seen2", emits: Tagged.self) { event, task in
                        task.emit(Tagged(key: task.key, value: event))
                    }.sink("replaced", replaced)
                })
            try site.rest()
            try site.expect(carried.events.count, is: 80)
            try site.expect(
                carried.events.allSatisfy { $0.key == Key($0.value % 1_000 % 4) },
                "\(carried.events)")
            try site.expect(
                replaced.events.allSatisfy { $0.key == Key($0.value % 5) }, "\(replaced.events)")
        }
    }

    @Test("2.6 a stream of keyed events carries their keys to its consumers")
    func keysCrossStreams() throws {
        try underAllDrivers { site in
            let out = Collector<Tagged>()
            try site.launch(
                Application("m") { app in
                    let stream = app.workflow("a").source(
                        app.generator("g", atoms: [Array(0..<20)])
                    )
                    .key { Key($0 % 3) }.stream()
                    app.workflow("b").source(keyed: stream)
                        .process("seen", emits: Tagged.self) { event, task in
                            task.emit(Tagged(key: task.key, value: event))
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(out.events.count, is: 20)
            try site.expect(
                out.events.allSatisfy { $0.key == Key($0.value % 3) }, "\(out.events)")
        }
    }

    @Test("2.6 there is no current key in onAtomComplete")
    func noStaleKey() async {
        await #expect(processExitsWith: .failure) {
            let site = SteppedSite()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1]])).key { _ in 7 }
                        .task(
                            "t", state: (), emits: Int.self, { event, _, task in task.emit(event) },
                            onAtomComplete: { task in task.emit(Int(task.key), key: 0) }
                        ).sink("out")
                })
            site.run()
        }
    }

    @Test("2.6 what onAtomComplete emits without a key has a key of its own partition")
    func keyOfThePartition() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1], [2]])).key { _ in 7 }
                        .task(
                            "t", state: (), emits: Int.self, { _, _, _ in },
                            onAtomComplete: { task in task.emit(1) }
                        ).process("where", emits: Int.self) { _, task in
                            task.emit(
                                partition(of: task.key, count: task.partitionCount)
                                    - task.partition)
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(out.events, is: Array(repeating: 0, count: 2 * site.partitions))
        }
    }

    @Test(
        "2.7 state a key and a partition are apart; every key has its own, 0 and all ones too"
    )
    func namespaces() throws {
        try underAllDrivers { site in
            let out = Collector<Tagged>()
            let keys: [Key] = [0, 1, .max, 1 << 63, .max - 1]
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(
                        app.generator(
                            "g", atoms: (0..<6).map { _ in keys.map { Tagged(key: $0, value: 0) } })
                    ).key(\.key).task("t", TwoCounts()).sink("out", out)
                })
            try site.rest()
            for key in keys {
                try site.expect(
                    out.events.filter { $0.key == key }.map { $0.value % 1_000 }, is: Array(1...6))
            }
            // The partitions' counts add up to all events.
            var last: [Int: Int] = [:]
            for event in out.events {
                let place = partition(of: event.key, count: site.partitions)
                last[place] = max(last[place] ?? 0, event.value / 1_000)
            }
            try site.expect(last.values.reduce(0, +), is: 30)
        }
    }

    @Test("2.7 a task sees only its own state")
    func ownState() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: (0..<5).map { _ in [1] }))
                        .key { _ in 3 }
                        .task("a", state: 0, emits: Int.self) { event, state, task in
                            state += 1
                            task.emit(state)
                        }
                        .task("b", state: 100, emits: Int.self) { event, state, task in
                            state += event
                            task.emit(state)
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(out.events, is: [101, 103, 106, 110, 115])
        }
    }

    @Test("2.7 removed state starts anew")
    func removedState() throws {
        try underAllDrivers { site in
            let out = Collector<Tagged>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(
                        app.generator("g", atoms: (0..<7).map { _ in [1, 2] })
                    )
                    .key(keyOf).task("a", state: 0, emits: Tagged.self) { event, state, task in
                        state += event
                        task.emit(Tagged(key: task.key, value: state))
                        if state == 3 * event { task.removeState() }
                    }.sink("out", out)
                })
            try site.rest()
            for key in [1, 2] {
                try site.expect(
                    out.events.filter { $0.key == keyOf(key) }.map(\.value),
                    is: [1, 2, 3, 1, 2, 3, 1].map { $0 * key })
            }
        }
    }
}

/// Counts events a key and a partition.
struct TwoCounts: TaskBody {
    var all = 0
    func initialState() -> Int { 0 }
    mutating func onEvent(_ event: Tagged, _ state: inout Int, _ task: inout Context) {
        all += 1
        state += 1
        task.emit(Tagged(key: event.key, value: all * 1_000 + state))
    }
}

/// Emits each request, and at the end of an atom 1,000 and how many there were.
struct CountingReplier: TaskBody {
    typealias Input = Never
    typealias Output = Int
    typealias Request = Int
    typealias Reply = Int
    var requests = 0
    mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout Context) {}
    mutating func onRequest(_ request: Int, _ state: inout Void, _ task: inout Context) {
        requests += 1
        task.emit(request)
        task.reply(request * 2)
    }
    mutating func onAtomComplete(_ task: inout Context) {
        if requests > 0 { task.emit(1_000 + requests, key: 0) }
        requests = 0
    }
}

/// Asks with each event; emits replies, and at the end of an atom what there was.
struct CountingAsker: AskingBody {
    typealias Input = Int
    typealias Output = Int
    typealias Memory = Void
    typealias Answer = Int
    let portal: Portal<Int, Int>
    var events = 0
    var replies = 0
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        events += 1
        task.ask(portal, event, remembering: ())
    }
    mutating func onReply(_ reply: Int, _: Void, _ state: inout Void, _ task: inout Context) {
        replies += 1
        task.emit(reply)
    }
    mutating func onAtomComplete(_ task: inout Context) {
        if events > 0 { task.emit(1_000_000 + events, key: 0) }
        if replies > 0 { task.emit(2_000_000 + replies, key: 0) }
        events = 0
        replies = 0
    }
}
