// Section 3.5 of the model: a future ends exactly once, with a reply or with a failure.
import Portals
import Testing

struct Refusal: Error {}

/// What became of an ask: the reply, or the failure's code below zero.
func outcome(_ failure: AskFailure) -> Int { -Int(failure.rawValue) }

@Suite("3.5: a future ends exactly once")
struct FutureTests {
    /// Asks a replier of some kind with 0..<12, in atoms of three; gives the outcomes by request.
    private func outcomes(
        _ site: TrialSite, timeoutNanoseconds: UInt64? = nil,
        replier: (ApplicationBuilder, Portal<Int, Int>) -> Void
    ) throws -> [Int: [Int]] {
        let awaited = Collector<Tagged>()
        let remembered = Collector<Tagged>()
        try site.launch(
            Application("m") { app in
                let portal = app.portal(
                    "p", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 3) })
                replier(app, portal)
                let source = app.workflow("a").source(
                    app.generator("g", atoms: (0..<4).map { a in (0..<3).map { a * 3 + $0 } })
                ).key(keyOf)
                source.task("await", state: (), emits: Tagged.self, asks: portal) {
                    event, _, task in
                    let future = task.ask(portal, event, timeoutNanoseconds: timeoutNanoseconds)
                    task.await(
                        future,
                        { reply, _, task in task.emit(Tagged(key: keyOf(event), value: reply)) },
                        onFailure: { failure, _, task in
                            task.emit(Tagged(key: keyOf(event), value: outcome(failure)))
                        })
                }.sink("awaited", awaited)
                source.task(
                    "remember", state: (), emits: Tagged.self, asks: portal, remembering: Int.self
                ) { event, _, task in
                    task.ask(
                        portal, event, remembering: event, timeoutNanoseconds: timeoutNanoseconds)
                } onReply: { reply, event, _, task in
                    task.emit(Tagged(key: keyOf(event), value: reply))
                } onFailure: { failure, event, _, task in
                    task.emit(Tagged(key: keyOf(event), value: outcome(failure)))
                }.sink("remembered", remembered)
            })
        try site.rest()
        let all = Dictionary(grouping: awaited.events + remembered.events) { Int($0.key) }
        // Once each, in both forms.
        try site.expect(all.count, is: 12)
        try site.expect(all.values.allSatisfy { $0.count == 2 }, "\(all)")
        try site.expect(awaited.isSealed && remembered.isSealed, "not sealed")
        return all.mapValues { $0.map(\.value) }
    }

    @Test("3.5 with the reply")
    func reply() throws {
        try underAllDrivers { site in
            let ends = try outcomes(site) { app, portal in
                app.workflow("r").requestsOnly()
                    .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                    } onRequest: { request, _, task in
                        task.reply(request * 2)
                    }.sink("none")
            }
            for event in 0..<12 { try site.expect(ends[event], is: [event * 2, event * 2]) }
        }
    }

    @Test("3.5 replier failed: it threw, it refused, or it neither answered nor asked")
    func replierFailed() throws {
        try underAllDrivers { site in
            let ends = try outcomes(site) { app, portal in
                app.workflow("r").requestsOnly()
                    .throwingTask("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                    } onRequest: { request, _, task in
                        switch request % 4 {
                        case 0: task.reply(request)
                        case 1:
                            task.reply(request)
                            throw Refusal()
                        case 2: task.refuse()
                        default: break
                        }
                    }.sink("none")
            }
            for event in 0..<12 {
                let end = event % 4 == 0 ? event : outcome(.replierFailed)
                try site.expect(ends[event], is: [end, end])
            }
            try site.expect(site.engine.deadLetters.count, is: 6)
        }
    }

    @Test("3.5 replier failed: a replier that cannot throw neither answers nor asks")
    func silentReplier() throws {
        try underAllDrivers { site in
            let ends = try outcomes(site) { app, portal in
                app.workflow("r").requestsOnly()
                    .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                    } onRequest: { request, _, task in
                        if request % 2 == 0 { task.reply(request) }
                    }.sink("none")
            }
            for event in 0..<12 {
                let end = event % 2 == 0 ? event : outcome(.replierFailed)
                try site.expect(ends[event], is: [end, end])
            }
        }
    }

    @Test("3.5 a failure passes through an asker-replier that does not handle it")
    func failuresPass() throws {
        try underAllDrivers { site in
            let ends = try outcomes(site) { app, portal in
                let back = app.portal("back", asking: Int.self, replying: Int.self)
                app.workflow("b").requestsOnly()
                    .task("t", state: (), emits: Never.self, replies: back) { _, _, _ in
                    } onRequest: { request, _, task in
                        if request % 2 == 0 { task.reply(request) } else { task.refuse() }
                    }.sink("none")
                app.workflow("r").requestsOnly()
                    .task("t", state: (), emits: Never.self, replies: portal, asks: back) {
                        _, _, _ in
                    } onRequest: { request, _, task in
                        let future = task.ask(back, request)
                        task.await(future, { reply, _, task in task.reply(reply) })
                    }.sink("none")
            }
            for event in 0..<12 {
                let end = event % 2 == 0 ? event : outcome(.replierFailed)
                try site.expect(ends[event], is: [end, end])
            }
        }
    }

    @Test("3.5 a time-out in logical time; the late reply is dropped")
    func timeOut() throws {
        try underAllDrivers(seeds: 4) { site in
            // Odd requests are answered only after a thousand rounds, in which no worker of one
            // need ever be idle: 20 ns for each turn of the clock make that more than 5,000.
            site.site.companions.append {
                site.site.advance(to: site.site.now + 20)
                return false
            }
            let ends = try outcomes(site, timeoutNanoseconds: 5_000) { app, portal in
                let slow = app.portal("slow", asking: Int.self, replying: Int.self)
                app.workflow("s").requestsOnly()
                    .task("t", state: (), emits: Never.self, replies: slow, asks: slow) {
                        _, _, _ in
                    } onRequest: { rounds, _, task in
                        if rounds == 0 { return task.reply(0) }
                        task.await(task.ask(slow, rounds - 1)) { _, _, task in task.reply(rounds) }
                    }.sink("none")
                app.workflow("r").requestsOnly()
                    .task("t", state: (), emits: Never.self, replies: portal, asks: slow) {
                        _, _, _ in
                    } onRequest: { request, _, task in
                        if request % 2 == 0 { return task.reply(request) }
                        task.await(task.ask(slow, 1_000)) { _, _, task in task.reply(request) }
                    }.sink("none")
            }
            for event in 0..<12 {
                let end = event % 2 == 0 ? event : outcome(.timedOut)
                try site.expect(ends[event], is: [end, end])
            }
        }
    }

    @Test("3.5 cancelled; the reply that still comes is dropped")
    func cancelled() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request)
                        }.sink("none")
                    app.workflow("a").source(app.generator("g", atoms: [[0, 1], [2, 3]])).key(keyOf)
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let future = task.ask(portal, event)
                            task.await(
                                future, { reply, _, task in task.emit(reply) },
                                onFailure: { failure, _, task in
                                    task.emit(event * 100 + outcome(failure))
                                })
                            if event % 2 == 1 { task.cancel(future) }
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(
                out.events.sorted(),
                is: [0, 2, 100 + outcome(.cancelled), 300 + outcome(.cancelled)])
        }
    }

    @Test("3.5 no replier: the replying application was stopped")
    func noReplier() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("r") { app in
                    let portal = app.portal(
                        "p", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 3) })
                    app.workflow("r", onFailure: .stopApplication).requestsOnly()
                        .throwingTask("t", state: (), emits: Never.self, replies: portal) {
                            _, _, _ in
                        } onRequest: { request, _, task in
                            if request == 7 { throw Refusal() }
                            task.reply(request)
                        }.sink("none")
                },
                Application("a") { app in
                    let portal = app.portal(
                        at: "/r/portals/p", asking: Int.self, replying: Int.self,
                        keyedBy: { Key($0 % 3) })
                    app.workflow("a").source(
                        app.generator("g", atoms: (0..<20).map { [$0] })
                    ).key { _ in 0 }
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let future = task.ask(portal, event)
                            task.await(
                                future, { reply, _, task in task.emit(event * 100 + reply) },
                                onFailure: { failure, _, task in
                                    task.emit(event * 100 + outcome(failure))
                                })
                        }.sink("out", out)
                })
            try site.rest()
            // Up to the failure replies, then refusals, in the order of asking.
            try site.expect(
                out.events,
                is: (0..<7).map { $0 * 101 } + [700 + outcome(.replierFailed)]
                    + (8..<20).map { $0 * 100 + outcome(.noReplier) })
            try site.expect(site.engine.stoppedApplications, is: ["r"])
            try site.expect(out.isSealed, "the asker did not seal")
        }
    }

    @Test("3.5 a second reply is an error of the replier")
    func secondReply() async {
        await #expect(processExitsWith: .failure) {
            let site = SteppedSite()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request)
                            task.reply(request)
                        }.sink("none")
                    app.workflow("a").source(app.generator("g", atoms: [[0]])).key(keyOf)
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            task.ask(portal, event)
                        }.sink("out")
                })
            site.run()
        }
    }

    @Test("3.5 nothing leaks: ten times the run needs no more chunks, and none is left at rest")
    func nothingLeaks() throws {
        try underAllDrivers(seeds: 4) { site in
            var peaks: [Int] = []
            for (name, count) in [("short", 40), ("long", 400)] {
                var peak = 0
                try site.launch(
                    Application(name) { app in
                        let portal = app.portal(
                            "p", asking: Int.self, replying: Int.self, keyedBy: keyOf)
                        app.workflow("r").requestsOnly()
                            .throwingTask("t", state: 0, emits: Never.self, replies: portal) {
                                _, _, _ in
                            } onRequest: { request, state, task in
                                state += 1
                                if request % 7 == 3 { throw Refusal() }
                                task.reply(request)
                            }.sink("none")
                        app.workflow("a").source(
                            app.generator(
                                "g", atoms: (0..<count).map { a in (0..<8).map { a + $0 } })
                        ).key(keyOf)
                            .task("t", state: (), emits: Int.self, asks: portal) {
                                event, _, task in
                                let future = task.ask(portal, event, timeoutNanoseconds: 100)
                                task.await(
                                    future, { reply, _, task in task.emit(reply) },
                                    onFailure: { _, _, _ in })
                            }.sink("out")
                    })
                while site.site.step() { peak = max(peak, site.chunksInUse) }
                try site.expect(site.engine.isAtRest, "not at rest")
                try site.expect(
                    site.chunksInUse <= 24 * site.partitions * (peaks.count + 1),
                    "\(site.chunksInUse) chunks are out at rest")
                peaks.append(peak)
            }
            try site.expect(peaks[1] <= peaks[0] * 2 + 16, "\(peaks) chunks at most")
        }
    }
}
