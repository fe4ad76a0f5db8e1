// What is refused at launch: every fault at once, each with its path, and nothing is launched.
import Portals
import Testing

@Suite("refusals at launch")
struct LaunchFaultTests {
    @Test("a workflow that reads its own output without a sequencer is refused")
    func ownCycle() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses("/a/workflows/w: a cycle of streams without a sequencer") {
                try site.launch(
                    Application("a") { app in
                        app.workflow("w").source(app.stream(at: "/a/workflows/w", of: Int.self))
                            .map { $0 }.stream()
                    })
            }
        }
    }

    @Test("a cycle through two applications is refused, a cycle through a sequencer is not")
    func longCycle() throws {
        try underAllDrivers(seeds: 1) { site in
            func application(_ name: String, reads path: String) -> Application {
                Application(name) { app in
                    app.workflow("w").source(app.stream(at: path, of: Int.self)).map { $0 }.stream()
                }
            }
            try site.refuses("reads /b/workflows/w reads /a/workflows/w") {
                try site.launch(
                    application("a", reads: "/b/workflows/w"),
                    application("b", reads: "/a/workflows/w"))
            }
            try site.launch(
                application("a", reads: "/b/sequencers/s"),
                Application("b") { app in
                    let join = app.sequencer("s", of: Int.self)
                    app.connect(app.stream(at: "/a/workflows/w", of: Int.self), to: join)
                })
            try site.rest()
        }
    }

    @Test("a portal without a replier, and one with two, are refused")
    func repliers() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses(
                "/a/portals/none: no task replies to it", "/a/portals/two: one task replies"
            ) {
                try site.launch(
                    Application("a") { app in
                        _ = app.portal("none", asking: Int.self, replying: Int.self)
                        let two = app.portal("two", asking: Int.self, replying: Int.self)
                        for name in ["x", "y"] {
                            app.workflow(name).requestsOnly().task(
                                "t", state: (), emits: Int.self, replies: two
                            ) { _, _, _ in
                            } onRequest: { request, _, task in
                                task.reply(request)
                            }.sink("none")
                        }
                    })
            }
        }
    }

    @Test("two elements of one path, and two applications of one name, are refused")
    func names() throws {
        try underAllDrivers(seeds: 1) { site in
            func application() -> Application {
                Application("a") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1]])).sink("out")
                }
            }
            try site.refuses(
                "/b/generators/g: two elements have this path", "/b/workflows/w/out: two"
            ) {
                try site.launch(
                    Application("b") { app in
                        let stream = app.generator("g", atoms: [[1]])
                        _ = app.generator("g", atoms: [[1]])
                        app.workflow("w").source(stream).sink("out").sink("out")
                    })
            }
            try site.launch(application())
            try site.rest()
            do {
                try site.launch(application())
                try site.expect(false, "a second application of one name was launched")
            } catch let error as LaunchError {
                try site.expect(
                    error.faults.contains { $0.hasPrefix("/a: an application of this name") },
                    "\(error)")
            }
        }
    }

    @Test("names are not empty and hold no slash")
    func badNames() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses("//: an application's name") {
                try site.launch(Application("/") { _ in })
            }
            try site.refuses("/: an application's name") {
                try site.launch(Application("") { _ in })
            }
        }
    }

    @Test("unknown paths and other types are refused, with what there is")
    func registry() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.launch(
                Application("a") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("w").source(app.generator("g", atoms: [[1]])).key(keyOf).task(
                        "t", state: (), emits: Int.self, replies: portal
                    ) { event, _, task in
                        task.emit(event)
                    } onRequest: { request, _, task in
                        task.reply(request)
                    }.stream()
                })
            try site.refuses(
                "there is no stream /a/workflows/v",
                "/a/workflows/w is a stream of Int, not of String",
                "there is no portal /a/portals/q", "/a/portals/p is asked Int and replies Int",
                "there is no sequencer /a/sequencers/s"
            ) {
                try site.launch(
                    Application("b") { app in
                        app.workflow("1").source(app.stream(at: "/a/workflows/v", of: Int.self))
                            .sink("out")
                        app.workflow("2").source(app.stream(at: "/a/workflows/w", of: String.self))
                            .sink("out")
                        let unknown = app.portal(
                            at: "/a/portals/q", asking: Int.self, replying: Int.self)
                        let other = app.portal(
                            at: "/a/portals/p", asking: Int.self, replying: String.self)
                        let source = app.workflow("3").source(app.generator("g", atoms: [[1]]))
                        source.task("t", state: (), emits: Int.self, asks: unknown) {
                            _, _, _ in
                        }.sink("out")
                        source.task("u", state: (), emits: Int.self, asks: other) {
                            _, _, _ in
                        }.sink("out2")
                        app.connect(
                            app.generator("h", atoms: [[1]]),
                            to: app.sequencer(at: "/a/sequencers/s", of: Int.self))
                    })
            }
        }
    }

    @Test("partitions, atom sizes, rates, flows that nothing reads, second sources and outputs")
    func counts() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses(
                "/a/workflows/p0: 1 to 64 partitions, not 0", "/a/workflows/p65: 1 to 64",
                "/a/generators/empty: an atom has at least one event",
                "/a/generators/slow: a rate is more than 0", "/a/workflows/unread/flow",
                "/a/workflows/key/key", "/a/workflows/two: a workflow has one source",
                "/a/workflows/two/source: two elements",
                "/a/workflows/outputs: a workflow has one output",
                "/a/workflows/none: a workflow needs",
                "/a/workflows/retains: retains 0 atoms or more",
                "/a/workflows/keyed: /a/generators/g carries no keys"
            ) {
                try site.launch(
                    Application("a") { app in
                        let stream = app.generator("g", atoms: [[1]])
                        app.workflow("p0", partitions: 0).source(stream).sink("out")
                        app.workflow("p65", partitions: 65).source(stream).sink("out")
                        let empty = app.generator("empty", Integers(), count: 1, atomSize: 0)
                        app.workflow("empty").source(empty).sink("out")
                        let slow = app.generator(
                            "slow", Integers(), count: 1, atomSize: 1, atomsPerSecond: 0)
                        app.workflow("slow").source(slow).sink("out")
                        _ = app.workflow("unread").source(stream).map { $0 }
                        _ = app.workflow("key").source(stream).key(keyOf)
                        let two = app.workflow("two")
                        two.source(stream).union(two.source(stream)).sink("out")
                        let outputs = app.workflow("outputs").source(stream).map { $0 }
                        outputs.stream()
                        outputs.stream()
                        _ = app.workflow("none")
                        app.workflow("retains", retaining: -1).source(stream).sink("out")
                        app.workflow("keyed").source(keyed: stream).sink("out")
                    })
            }
            // Nothing of it was launched: the name is free.
            try site.launch(
                Application("a") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1]])).sink("out")
                })
            try site.rest()
        }
    }

    @Test("a connection to a closed sequencer of a running application is refused")
    func closedSequencer() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.launch(
                Application("a") { app in
                    let join = app.sequencer("s", of: Int.self)
                    app.connect(app.generator("g", atoms: [[1]]), to: join)
                    app.workflow("w").source(join.stream).sink("out")
                })
            try site.refuses("the sequencer is closed; make it with `open: true`") {
                try site.launch(
                    Application("b") { app in
                        app.connect(
                            app.generator("g", atoms: [[1]]),
                            to: app.sequencer(at: "/a/sequencers/s", of: Int.self))
                    })
            }
        }
    }

    @Test("a generator that a running workflow alone reads cannot be read by another")
    func fusedGenerator() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.launch(
                Application("a") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1]])).sink("out")
                })
            try site.refuses("/a/generators/g") {
                try site.launch(
                    Application("b") { app in
                        app.workflow("w").source(app.stream(at: "/a/generators/g", of: Int.self))
                            .sink("out")
                    })
            }
        }
    }
}
