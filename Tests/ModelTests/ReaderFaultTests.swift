// What is refused at launch because nothing reads it, and what needs no reader.
import Portals
import Testing

@Suite("refusals at launch: who reads whom")
struct ReaderFaultTests {
    @Test("what nothing reads is refused, all of it at once: sources, keys, flows, unions, tasks")
    func unread() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses(
                "/a/workflows/source/source: nothing reads it: give the workflow a task",
                "/a/workflows/requests/requests: nothing reads it: give the workflow a task",
                "/a/workflows/key/key-1: nothing reads it: end it with",
                "/a/workflows/flow/flow-1: nothing reads it: end it with",
                "/a/workflows/union/union-3: nothing reads it: end it with",
                "/a/workflows/task/emits: nothing reads it: it emits Int; end it with",
                "/a/workflows/task/same: nothing reads it: it emits Int; end it with",
                "/a/workflows/branch/task: nothing reads it: it emits String; end it with",
                "/a/generators/unread: nothing reads it, and nothing launched later can"
            ) {
                try site.launch(
                    Application("a") { app in
                        let stream = app.generator("g", atoms: [[1]])
                        _ = app.generator("unread", atoms: [[1]])
                        _ = app.workflow("source").source(stream)
                        _ = app.workflow("requests").requestsOnly()
                        _ = app.workflow("key").source(stream).key(keyOf)
                        _ = app.workflow("flow").source(stream).map { $0 }
                        let split = app.workflow("union").source(stream)
                        _ = split.map { $0 }.union(split.map { $0 })
                        let tasks = app.workflow("task").source(stream)
                        tasks.task("emits", state: (), emits: Int.self) { _, _, _ in }
                        tasks.task("same", state: 0) { _, _, _ in }
                        // What lies beside a flow that is read is looked at too.
                        let branch = app.workflow("branch").source(stream)
                        branch.process("task", emits: String.self) { _, _ in }
                        branch.sink("out").stream()
                    })
            }
        }
    }

    @Test("a stream, a split, a sequencer, dead letters and a portal need no reader")
    func readLater() throws {
        try underAllDrivers(seeds: 2) { site in
            let seen = (0..<2).map { _ in Collector<Int>() }
            try site.launch(
                Application("a") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    let workflow = app.workflow("w", retaining: 4)
                    let stream = workflow.source(app.generator("g", atoms: [[1, 2], [3]]))
                        .map { $0 }.stream()
                    _ = workflow.deadLetters
                    _ = app.splitter("s", stream, splits: [("even", { $0 % 2 == 0 })])
                    let join = app.sequencer("q", of: Int.self, open: true)
                    app.connect(stream, to: join)
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request)
                        }
                })
            try site.launch(
                Application("b") { app in
                    for (number, path) in ["/a/workflows/w", "/a/splitters/s/even"].enumerated() {
                        app.workflow("w\(number)")
                            .source(
                                app.stream(at: path, of: Int.self),
                                from: number == 0 ? .earliest : .next
                            ).sink("out", seen[number])
                    }
                })
            try site.rest()
            try site.expect(seen[0].atoms, is: [[1, 2], [3]])
            try site.expect(seen[1].atoms, is: [[2]])
        }
    }

    @Test("a union with a flow of another workflow is refused")
    func foreignFlow() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses(
                "/a/workflows/one/union-1: it reads /a/workflows/two/flow-1, which is no part of "
                    + "/a/workflows/one"
            ) {
                try site.launch(
                    Application("a") { app in
                        let stream = app.generator("g", atoms: [[1]])
                        let two = app.workflow("two").source(stream).map { $0 }
                        app.workflow("one").source(stream).union(two).sink("out")
                    })
            }
        }
    }

    @Test("a task replies to a portal of its own application, not to one found by path")
    func foreignPortal() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses(
                "/b/workflows/w/t: it replies to /a/portals/p, found by path",
                "/a/portals/p: no task replies to it"
            ) {
                try site.launch(
                    Application("a") { app in
                        _ = app.portal("p", asking: Int.self, replying: Int.self)
                    },
                    Application("b") { app in
                        let portal = app.portal(
                            at: "/a/portals/p", asking: Int.self, replying: Int.self)
                        app.workflow("w").requestsOnly()
                            .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                            } onRequest: { request, _, task in
                                task.reply(request)
                            }
                    })
            }
        }
    }

    @Test("a stream is connected to a sequencer once, and one of its type")
    func connections() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses(
                "/a/connections/a/generators/g>/a/sequencers/q: two elements have this path: "
                    + "a connection, and a connection",
                "/a/sequencers/q is a stream of Int, not of String",
                "/a/connections/a/generators/s>/a/sequencers/q: the sequencer carries Int, the "
                    + "stream String"
            ) {
                try site.launch(
                    Application("a") { app in
                        let stream = app.generator("g", atoms: [[1]])
                        let join = app.sequencer("q", of: Int.self)
                        app.connect(stream, to: join)
                        app.connect(stream, to: join)
                        let other = app.sequencer(at: "/a/sequencers/q", of: String.self)
                        app.connect(app.generator("s", atoms: [["x"]]), to: other)
                        app.workflow("w").source(other.stream).sink("out")
                    })
            }
        }
    }

    @Test("two applications of one name, launched at once, and two tasks of one name are refused")
    func names() throws {
        try underAllDrivers(seeds: 1) { site in
            try site.refuses(
                "/a: an application of this name", "/a/workflows/w/t: two elements have this path",
                "/a/generators/g: two elements have this path"
            ) {
                let first = Application("a") { app in
                    let source = app.workflow("w").source(app.generator("g", atoms: [[1]]))
                    for _ in 0..<2 { source.process("t", emits: Never.self) { _, _ in } }
                }
                let second = Application("a") { app in
                    app.workflow("v").source(app.generator("g", atoms: [[1]])).sink("out")
                }
                try site.launch(first, second)
            }
        }
    }
}
