// Sections 3.1 to 3.4 of the model: what forms a request atom, who replies, and who continues.
import Portals
import Testing

/// Emits the requests of a step when it ends: one line an atom.
struct RequestAtoms: TaskBody {
    typealias Input = Never
    typealias Output = Int
    typealias Request = Int
    typealias Reply = Int
    mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout Context) {}
    mutating func onRequest(_ request: Int, _ state: inout Void, _ task: inout Context) {
        task.emit(request)
        task.reply(request)
    }
}

@Suite("3.1 to 3.4: asking, replying, continuing")
struct PortalTests {
    @Test("3.1 all asks of a step form one request atom, in ask order, also of two tasks")
    func oneRequestAtom() throws {
        try underAllDrivers { site in
            let asked = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal(
                        "p", asking: Int.self, replying: Int.self, keyedBy: { _ in 9 })
                    app.workflow("replier").requestsOnly()
                        .task("r", RequestAtoms(), replies: portal).sink("out", asked)
                    let source = app.workflow("asker").source(
                        app.generator("g", atoms: [[1, 2], [3], [4, 5, 6]])
                    ).key { _ in 2 }
                    for (number, name) in ["first", "second"].enumerated() {
                        source.task(
                            name, state: (), emits: Never.self, asks: portal
                        ) { event, _, task in
                            task.ask(portal, event * 10 + number)
                            task.ask(portal, event * 10 + number + 5)
                        }.sink("out-\(name)")
                    }
                })
            try site.rest()
            var expected: [[Int]] = []
            for atom in [[1, 2], [3], [4, 5, 6]] {
                let first = atom.flatMap { [10 * $0, 10 * $0 + 5] }
                expected.append(first + first.map { $0 + 1 })
            }
            try site.expect(asked.atoms.map { $0.sorted() }, is: expected.map { $0.sorted() })
            for task in [0, 1] {
                try site.expect(
                    asked.atoms.map { $0.filter { $0 % 5 == task } },
                    is: expected.map { $0.filter { $0 % 5 == task } })
            }
        }
    }

    @Test("2.1 a step makes at most one request atom a portal, and one reply atom an asker")
    func oneAtomEach() throws {
        try underAllDrivers { site in
            try site.launch(
                Application("m") { app in
                    let portals = ["p", "q"].map {
                        app.portal($0, asking: Int.self, replying: Int.self, keyedBy: keyOf)
                    }
                    let replier = app.workflow("replier").requestsOnly()
                    for (number, portal) in portals.enumerated() {
                        replier.task(
                            "t\(number)", state: (), emits: Never.self, replies: portal
                        ) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request)
                        }
                    }
                    let events = app.generator("g", atoms: [[1, 2, 3, 4], [5], [6, 7, 8]])
                    for name in ["a", "b"] {
                        let source = app.workflow(name).source(events).key(keyOf)
                        for (number, portal) in portals.enumerated() {
                            source.task("t\(number)", state: (), emits: Never.self, asks: portal) {
                                event, _, task in
                                for offset in 0..<3 { task.ask(portal, event * 10 + offset) }
                            }
                        }
                    }
                })
            try site.rest()
            func steps(_ path: String, _ kind: InputKind) -> Int {
                let kinds = site.engine.elements.first { $0.path == path }?.inputKinds ?? []
                return site.engine.order(of: path)?.count { kinds[Int($0.input)] == kind } ?? 0
            }
            // Three atoms, each asked of two portals by two workflows.
            try site.expect(steps("/m/workflows/replier", .request), is: 3 * 2 * 2)
            for name in ["a", "b"] {
                try site.expect(steps("/m/workflows/\(name)", .stream), is: 3)
                // One for each request atom, whatever number of replies it holds.
                try site.expect(steps("/m/workflows/\(name)", .reply), is: 3 * 2)
            }
        }
    }

    @Test("3.1 a request goes to the partition of the portal's key, else of the asker's key")
    func placeOfRequests() throws {
        try underAllDrivers { site in
            let places = [Collector<Tagged>(), Collector<Tagged>()]
            try site.launch(
                Application("m") { app in
                    let byRequest = app.portal(
                        "by-request", asking: Int.self, replying: Int.self,
                        keyedBy: { Key($0 % 3) })
                    let byAsker = app.portal("by-asker", asking: Int.self, replying: Int.self)
                    for (number, portal) in [byRequest, byAsker].enumerated() {
                        app.workflow("r\(number)").requestsOnly()
                            .task("t", state: (), emits: Tagged.self, replies: portal) { _, _, _ in
                            } onRequest: { request, _, task in
                                let home = partition(of: task.key, count: task.partitionCount)
                                task.emit(
                                    Tagged(
                                        key: task.key,
                                        value: home == task.partition ? request : -1))
                                task.reply(request)
                            }.sink("out", places[number])
                        app.workflow("a\(number)")
                            .source(app.generator("g\(number)", atoms: [Array(0..<30)]))
                            .key { Key($0 % 7) }
                            .task("t", state: (), emits: Never.self, asks: portal) {
                                event, _, task in task.ask(portal, event)
                            }.sink("none")
                    }
                })
            try site.rest()
            for (number, modulus) in [3, 7].enumerated() {
                let events = places[number].events
                try site.expect(events.map(\.value).sorted(), is: Array(0..<30))
                try site.expect(
                    events.allSatisfy { $0.key == Key($0.value % modulus) }, "\(events)")
            }
        }
    }

    @Test("3.2 a reply may come in the handler, or in a continuation of the replier's own asks")
    func chainOfRepliers() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let back = app.portal(
                        "back", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 4) })
                    let front = app.portal(
                        "front", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 5) })
                    app.workflow("b").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: back) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request * 10)
                        }.sink("none")
                    app.workflow("f").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: front, asks: back) {
                            _, _, _ in
                        } onRequest: { request, _, task in
                            if request % 2 == 0 { return task.reply(request) }
                            let future = task.ask(back, request)
                            task.await(future, { reply, _, task in task.reply(reply + 1) })
                        }.sink("none")
                    app.workflow("a").source(
                        app.generator("g", atoms: (0..<10).map { a in (0..<5).map { a * 5 + $0 } })
                    ).key(keyOf)
                        .task("t", state: (), emits: Int.self, asks: front) { event, _, task in
                            let future = task.ask(front, event)
                            task.await(future, { reply, _, task in task.emit(reply) })
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(
                out.events.sorted(),
                is: (0..<50).map { $0 % 2 == 0 ? $0 : $0 * 10 + 1 }.sorted())
        }
    }

    @Test("3.3 a continuation runs in a step of its own, under the asker's key and state")
    func continuations() throws {
        try underAllDrivers { site in
            let out = Collector<Tagged>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal(
                        "p", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 2) })
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request + 1)
                        }.sink("none")
                    app.workflow("a").source(
                        app.generator("g", atoms: (0..<6).map { _ in Array(0..<5) })
                    ).key { keyOf($0 + 50) }
                        .task("t", state: 0, emits: Tagged.self, asks: portal) { event, _, task in
                            let asked = task.step
                            let future = task.ask(portal, event)
                            task.await(
                                future,
                                { reply, state, task in
                                    state += reply
                                    let isLater = task.step > asked
                                    task.emit(Tagged(key: task.key, value: isLater ? state : -1))
                                })
                        }.sink("out", out)
                })
            try site.rest()
            for event in 0..<5 {
                try site.expect(
                    out.events.filter { $0.key == keyOf(event + 50) }.map(\.value),
                    is: (1...6).map { $0 * (event + 1) })
            }
        }
    }

    @Test("3.3 awaitAll waits for every future, awaitAny for the first, and runs once")
    func joins() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal(
                        "p", asking: Int.self, replying: Int.self, keyedBy: keyOf)
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request * 2)
                        }.sink("none")
                    app.workflow("a").source(
                        app.generator("g", atoms: (0..<10).map { [$0] })
                    ).key(keyOf)
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let futures = (0..<5).map { task.ask(portal, event * 5 + $0) }
                            task.awaitAll(
                                futures,
                                { replies, _, task in
                                    let sum = replies.enumerated().reduce(0) { $0 + $1.0 * $1.1 }
                                    task.emit(sum)
                                })
                            let others = (0..<5).map { task.ask(portal, event * 5 + $0) }
                            task.awaitAny(
                                others,
                                { reply, index, _, task in
                                    task.emit(reply == (event * 5 + index) * 2 ? -1 : -2)
                                })
                        }.sink("out", out)
                })
            try site.rest()
            let sums = (0..<10).map { event in (0..<5).reduce(0) { $0 + $1 * (event * 5 + $1) * 2 }
            }
            try site.expect(
                out.events.sorted(), is: (sums + Array(repeating: -1, count: 10)).sorted())
        }
    }

    @Test("3.3 a continuation may emit, ask again, and await again")
    func continuationsAskAgain() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal(
                        "p", asking: Int.self, replying: Int.self, keyedBy: keyOf)
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request + 1)
                        }.sink("none")
                    app.workflow("a").source(app.generator("g", atoms: [[0, 100], [200]]))
                        .key { Key($0 / 100) }
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let one = task.ask(portal, event)
                            task.await(
                                one,
                                { reply, _, task in
                                    task.emit(reply)
                                    let two = task.ask(portal, reply)
                                    task.await(
                                        two,
                                        { reply, _, task in
                                            task.emit(reply)
                                            let three = task.ask(portal, reply)
                                            task.await(
                                                three, { reply, _, task in task.emit(reply) })
                                        })
                                })
                        }.sink("out", out)
                })
            try site.rest()
            for base in [0, 100, 200] {
                try site.expect(
                    out.events.filter { $0 / 100 * 100 == base }, is: [1, 2, 3].map { base + $0 })
            }
        }
    }

    @Test("3.4 requests and replies are first in, first out for each pair of partitions")
    func firstInFirstOut() throws {
        try underAllDrivers { site in
            let requests = Collector<Tagged>()
            let replies = Collector<Tagged>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal(
                        "p", asking: Tagged.self, replying: Tagged.self,
                        keyedBy: { Key($0.value % 8) })
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Tagged.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.emit(request)
                            task.reply(request)
                        }.sink("asked", requests)
                    app.workflow("a").source(
                        app.generator(
                            "g", atoms: (0..<20).map { a in (0..<40).map { a * 40 + $0 } })
                    ).key { Key($0 % 5) }
                        .task("t", state: 0, emits: Tagged.self, asks: portal) { event, _, task in
                            let future = task.ask(portal, Tagged(key: task.key, value: event))
                            task.await(future, { reply, _, task in task.emit(reply) })
                        }.sink("answered", replies)
                })
            try site.rest()
            try site.expect(replies.events.count, is: 800)
            let count = site.partitions
            for seen in [requests.events, replies.events] {
                for asker in 0..<count {
                    for replier in 0..<count {
                        let pair = seen.filter {
                            partition(of: $0.key, count: count) == asker
                                && partition(of: Key($0.value % 8), count: count) == replier
                        }
                        // By atom: inside one, the asker's order is by arrival.
                        let atoms = pair.map { $0.value / 40 }
                        try site.expect(atoms, is: atoms.sorted())
                        for key in 0..<5 as Range<Key> {
                            let own = pair.filter { $0.key == key }.map(\.value)
                            try site.expect(own, is: own.sorted())
                        }
                    }
                }
            }
        }
    }

    @Test("3.6 a portal of another application is found by path and types")
    func acrossApplications() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("asking") { app in
                    let portal = app.portal(
                        at: "/replying/portals/p", asking: Int.self, replying: Int.self)
                    app.workflow("a").source(app.generator("g", atoms: [[1], [2, 3]])).key(keyOf)
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let future = task.ask(portal, event)
                            task.await(future, { reply, _, task in task.emit(reply) })
                        }.sink("out", out)
                },
                Application("replying") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request * 7)
                        }.sink("none")
                })
            try site.rest()
            try site.expect(out.events.sorted(), is: [7, 14, 21])
        }
    }
}
