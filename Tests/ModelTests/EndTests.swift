// Sections 2.8 and 2.9 of the model: how streams end, and consumers that come late.
import Portals
import Testing

@Suite("2.8 and 2.9: seals and late consumers")
struct EndTests {
    @Test("2.8 consumers finish when their stream has sealed, through all that lies between")
    func sealsReachTheEnd() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let one = app.workflow("one").source(app.generator("g", atoms: [[1], [2]]))
                        .key(keyOf).stream()
                    let split = app.splitter("s", one, splits: [("all", { _ in true })])
                    let join = app.sequencer("join", of: Int.self)
                    app.connect(split["all"], to: join)
                    app.connect(app.generator("h", atoms: [[3]]), to: join)
                    app.workflow("end").source(join.stream).sink("out", out)
                })
            try site.rest()
            try site.expect(out.events.sorted(), is: [1, 2, 3])
            try site.expect(out.isSealed, "not sealed")
        }
    }

    @Test("2.8 a stream without atoms seals")
    func emptyStreamSeals() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[Int]]())).key(keyOf)
                        .sink("out", out)
                })
            try site.rest()
            try site.expect(out.atoms, is: [])
            try site.expect(out.isSealed, "not sealed")
        }
    }

    @Test("2.8 a closed sequencer seals when all its inputs have; an open one does not")
    func openNeverSeals() throws {
        try underAllDrivers { site in
            let closed = Collector<Int>()
            let open = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    for (name, out, isOpen) in [("closed", closed, false), ("open", open, true)] {
                        let join = app.sequencer(name, of: Int.self, open: isOpen)
                        app.connect(app.generator("\(name)-g", atoms: [[1], [2]]), to: join)
                        app.connect(app.generator("\(name)-h", atoms: [[3]]), to: join)
                        app.workflow("\(name)-end").source(join.stream).sink("out", out)
                    }
                })
            try site.rest()
            try site.expect(closed.isSealed, "the closed sequencer did not seal")
            try site.expect(!open.isSealed, "the open sequencer sealed")
            try site.expect(open.events.sorted(), is: [1, 2, 3])
        }
    }

    @Test("2.8 a workflow that asks seals after the last reply, and its replier after it")
    func portalsSeal() throws {
        try underAllDrivers { site in
            let asked = Collector<Int>()
            let replied = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("replier").requestsOnly()
                        .task("r", state: (), emits: Int.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.emit(request)
                            task.reply(request)
                        }.sink("out", replied)
                    app.workflow("asker").source(app.generator("g", atoms: [[1, 2], [3]]))
                        .key(keyOf)
                        .task("a", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let future = task.ask(portal, event)
                            task.await(future, { reply, _, task in task.emit(reply) })
                        }.sink("out", asked)
                })
            try site.rest()
            try site.expect(asked.events.sorted(), is: [1, 2, 3])
            try site.expect(asked.isSealed && replied.isSealed, "not sealed")
        }
    }

    @Test(
        "2.9 a late consumer starts at the earliest retained atom, the next, or a given one",
        arguments: [0, 3, 9, 27, 81, 100_000])
    func lateConsumers(steps: Int) throws {
        try underAllDrivers(seeds: 20) { site in
            let atoms = 24
            let first = Collector<Int>()
            try site.launch(
                Application("a") { app in
                    app.workflow("w", retaining: 100)
                        .source(
                            app.generator(
                                "g", atoms: (0..<atoms).map { a in (0..<6).map { a * 6 + $0 } })
                        )
                        .key(keyOf).map { $0 }.sink("out", first).stream()
                })
            site.run(steps: steps)
            let outs = (0..<3).map { _ in Collector<Int>() }
            let starts: [StreamStart] = [.earliest, .next, .atom(0)]
            try site.launch(
                Application("b") { app in
                    for (number, start) in starts.enumerated() {
                        app.workflow("w\(number)").source(
                            app.stream(at: "/a/workflows/w", of: Int.self), from: start
                        ).sink("out", outs[number])
                    }
                })
            try site.rest()
            let all = first.atoms
            try site.expect(all.count, is: atoms)
            func same(_ out: Collector<Int>, _ expected: [[Int]]) throws {
                try site.expect(out.atoms.map { $0.sorted() }, is: expected.map { $0.sorted() })
                try site.expect(out.isSealed, "not sealed")
            }
            try same(outs[0], all)
            try same(outs[2], all)
            // The next: a whole tail.
            try same(outs[1], Array(all.suffix(outs[1].atoms.count)))
            if steps == 0 { try site.expect(outs[1].atoms.count, is: atoms) }
            if steps == 100_000 { try site.expect(outs[1].atoms.count, is: 0) }
        }
    }

    @Test(
        "2.9 a stream retains its last atoms; an earlier number is refused, with what there is",
        arguments: [0, 20, 55, 100_000])
    func retention(steps: Int) throws {
        try underAllDrivers(seeds: 20) { site in
            let first = Collector<Int>()
            try site.launch(
                Application("a") { app in
                    app.workflow("w", retaining: 3)
                        .source(app.generator("g", atoms: (0..<12).map { [$0] }))
                        .key(keyOf).map { $0 }.sink("out", first).stream()
                })
            site.run(steps: steps)
            let earliest = Collector<Int>()
            func consumer(
                _ name: String, _ start: StreamStart, _ out: Collector<Int>
            ) -> Application {
                Application(name) { app in
                    app.workflow("w").source(
                        app.stream(at: "/a/workflows/w", of: Int.self), from: start
                    ).sink("out", out)
                }
            }
            // Numbers are the atoms' own events here.
            var accepted: [(start: Int, out: Collector<Int>)] = []
            for number in 0..<12 {
                let out = Collector<Int>()
                do {
                    try site.launch(consumer("b\(number)", .atom(UInt64(number)), out))
                    accepted.append((number, out))
                } catch let error as LaunchError {
                    try site.expect(error.faults.count, is: 1)
                    try site.expect(
                        error.faults[0].contains("/b\(number)/workflows/w")
                            && error.faults[0].contains("retains"), error.faults[0])
                }
            }
            try site.launch(consumer("e", .earliest, earliest))
            try site.rest()
            // The last three, and the one to come.
            try site.expect((1...4).contains(accepted.count), "\(accepted.map(\.start))")
            for (start, out) in accepted {
                try site.expect(out.events, is: Array(start..<12))
            }
            try site.expect(
                accepted.map(\.start),
                is: Array((accepted.first?.start ?? 0)...(accepted.last?.start ?? 0)))
            if steps == 100_000 {
                try site.expect(accepted.map(\.start), is: [9, 10, 11])
                try site.expect(earliest.events, is: [9, 10, 11])
            }
            let chunks = site.chunksInUse
            try site.expect(chunks <= 3 * 68 * 4, "\(chunks) chunks are out")
        }
    }

    @Test("2.9 a stream that retains nothing refuses a number, and so does one that has not begun")
    func nothingRetained() throws {
        try underAllDrivers(seeds: 5) { site in
            try site.launch(
                Application("a") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1], [2]])).map { $0 }
                        .stream()
                })
            try site.rest()
            try site.refuses("retains") {
                try site.launch(
                    Application("b") { app in
                        app.workflow("w").source(
                            app.stream(at: "/a/workflows/w", of: Int.self), from: .atom(0)
                        ).sink("out")
                    })
            }
            try site.refuses("retains") {
                try site.launch(
                    Application("c") { app in
                        let stream = app.workflow("w").source(
                            app.generator("g", atoms: [[1], [2]])
                        )
                        .map { $0 }.stream()
                        app.workflow("v").source(stream, from: .atom(1)).sink("out")
                    })
            }
        }
    }

    @Test("2.9 an application launched while another runs adds a connection to its open sequencer")
    func lateConnection() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("a") { app in
                    let join = app.sequencer("join", of: Int.self, open: true)
                    app.connect(app.generator("g", atoms: (0..<20).map { [$0] }), to: join)
                    app.workflow("w").source(join.stream).key(keyOf).sink("out", out)
                })
            site.run(steps: 15)
            for name in ["b", "c"] {
                let base = name == "b" ? 100 : 200
                try site.launch(
                    Application(name) { app in
                        app.connect(
                            app.generator("g", atoms: (0..<20).map { [base + $0] }),
                            to: app.sequencer(at: "/a/sequencers/join", of: Int.self))
                    })
                site.run(steps: 15)
            }
            try site.rest()
            for base in [0, 100, 200] {
                try site.expect(
                    out.atoms.filter { $0[0] / 100 * 100 == base },
                    is: (0..<20).map { [base + $0] })
            }
            try site.expect(!out.isSealed, "an open sequencer sealed")
        }
    }

    @Test(
        "2.9 a portal may be asked by an application launched later, also when its replier is done")
    func lateAsker() throws {
        try underAllDrivers { site in
            let outs = [Collector<Int>(), Collector<Int>()]
            func asker(_ name: String, _ out: Collector<Int>) -> Application {
                Application(name) { app in
                    let portal = app.portal(
                        at: "/a/portals/p", asking: Int.self, replying: Int.self)
                    app.workflow("w").source(
                        app.generator("g", atoms: (0..<5).map { [$0, $0 + 5] })
                    )
                    .key(keyOf)
                    .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                        let future = task.ask(portal, event)
                        task.await(future, { reply, _, task in task.emit(reply) })
                    }.sink("out", out)
                }
            }
            try site.launch(
                Application("a") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("w").requestsOnly()
                        .task("t", state: 0, emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, count, task in
                            count += 1
                            task.reply(request * 10 + count)
                        }.sink("out")
                }, asker("b", outs[0]))
            try site.rest()
            try site.launch(asker("c", outs[1]))
            try site.rest()
            try site.expect(outs[0].events.sorted(), is: (0..<10).map { $0 * 10 + 1 })
            try site.expect(outs[1].events.sorted(), is: (0..<10).map { $0 * 10 + 2 })
            try site.expect(outs[1].isSealed, "not sealed")
        }
    }
}
