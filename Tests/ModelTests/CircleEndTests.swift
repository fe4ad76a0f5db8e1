// Section 2.8 of the model where elements ask each other in a circle, with a stream inside it.
import Portals
import Testing

private struct Naturals: IndexedSource {
    func event(at index: UInt64) -> Int { Int(index) }
}

@Suite("2.8: the ends of circles of asks")
struct CircleEndTests {
    /// Two workflows ask each other; `reader` reads the stream of `writer`, and a source of its
    /// own. That of `writer` gives an atom a microsecond where it is slow, so that all of the
    /// circle comes to rest in between.
    private func circle(
        isSlow: Bool, readerFirst: Bool, _ out: Collector<Int>
    ) -> Application {
        Application("m") { app in
            let asked = [
                app.portal("p", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 5) }),
                app.portal("q", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 3) }),
            ]
            let join = app.sequencer("join", of: Int.self)
            func writer() {
                let source =
                    isSlow
                    ? app.generator(
                        "g", Naturals(), count: 12, atomSize: 3, atomsPerSecond: 1_000_000)
                    : app.generator("g", atoms: (0..<4).map { [$0 * 3, $0 * 3 + 1, $0 * 3 + 2] })
                let written = app.workflow("writer").source(source).key(keyOf)
                    .task("t", state: (), emits: Int.self, replies: asked[0], asks: asked[1]) {
                        event, _, task in
                        let future = task.ask(asked[1], event)
                        task.await(future, { reply, _, task in task.emit(reply) })
                    } onRequest: { request, _, task in
                        task.reply(request)
                    }.stream()
                app.connect(written, to: join)
            }
            func reader() {
                app.workflow("reader").source(join.stream).key(keyOf)
                    .task("t", state: (), emits: Int.self, replies: asked[1], asks: asked[0]) {
                        event, _, task in
                        let future = task.ask(asked[0], event)
                        task.await(future, { reply, _, task in task.emit(reply) })
                    } onRequest: { request, _, task in
                        task.reply(request)
                        task.emit(100 + request)
                    }.sink("out", out)
            }
            // The one that comes first is the first on its worker to try its end.
            if readerFirst {
                reader()
                writer()
            } else {
                writer()
                reader()
            }
            app.connect(app.generator("h", atoms: (0..<3).map { [200 + $0] }), to: join)
        }
    }

    @Test(
        "2.8 what asks in a circle seals after the last atom of all of it",
        arguments: [Placement.shared, .spread], [false, true])
    func circleSeals(placement: Placement, isSlow: Bool) throws {
        for readerFirst in [false, true] {
            try underAllDrivers(options: { $0.placement = placement }) { site in
                let out = Collector<Int>()
                try site.launch(circle(isSlow: isSlow, readerFirst: readerFirst, out))
                try site.rest()
                try site.expect(
                    out.events.sorted(), is: Array(0..<12) + (100..<112) + (200..<203))
                try site.expect(out.isSealed, "not sealed")
                for plan in site.engine.elements {
                    let steps = try #require(site.engine.order(of: plan.path))
                    let kinds = steps.map { plan.inputKinds[Int($0.input)] }
                    try site.expect(
                        kinds.firstIndex(of: .seal) == kinds.count - 1,
                        "\(plan.path) goes on after its end: \(kinds)")
                }
            }
        }
    }

    @Test("2.8 in a circle, what a stream ends with is read before its reader's end")
    func lastEventsAreRead() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let portals = ["p", "q"].map {
                        app.portal($0, asking: Int.self, replying: Int.self)
                    }
                    func answering(
                        _ name: String, _ source: Stream<Int>, _ number: Int
                    )
                        -> Flow<Int, Keyed>
                    {
                        app.workflow(name).source(source).key(keyOf)
                            .task(
                                "t", state: (), emits: Int.self, replies: portals[number],
                                asks: portals[1 - number]
                            ) { event, _, task in
                                let future = task.ask(portals[1 - number], event)
                                task.await(future, { reply, _, task in task.emit(reply) })
                            } onRequest: { request, _, task in
                                task.reply(request)
                            }
                    }
                    let first = answering("a", app.generator("g", atoms: [[1], [2]]), 0)
                        .task(
                            "last", state: (), emits: Int.self,
                            { event, _, task in task.emit(event) },
                            onComplete: { task in task.emit(100 + task.partition, key: 0) }
                        ).stream()
                    answering("b", first, 1).sink("out", out)
                })
            try site.rest()
            try site.expect(
                out.events.sorted(), is: [1, 2] + (0..<site.partitions).map { 100 + $0 })
            let plan = try #require(
                site.engine.elements.first { $0.path == "/m/workflows/b" })
            let steps = try #require(site.engine.order(of: plan.path))
            try site.expect(
                steps.last.map { plan.inputKinds[Int($0.input)] } == .seal,
                "goes on after its end")
        }
    }
}
