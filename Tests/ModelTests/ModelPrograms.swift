// The programs of section 6 of the model, each with the result that it must come to.
import Portals

/// A program and its expected output on one partition; on several, the same atoms with the same
/// events, and the same order for each key.
struct ModelProgram: Sendable, CustomStringConvertible {
    let name: String
    /// Expected atoms.
    let expected: [[Int]]
    let seals: Bool
    /// Events whose order is fixed on several partitions too, by key.
    let key: @Sendable (Int) -> Key
    /// Describes the applications; the collector gets the output.
    let describe: @Sendable (Collector<Int>) -> [Application]

    var description: String { name }

    init(
        _ name: String, _ expected: [[Int]], seals: Bool = true,
        key: @escaping @Sendable (Int) -> Key = { Key(bitPattern: Int64($0)) },
        _ describe: @escaping @Sendable (Collector<Int>) -> [Application]
    ) {
        self.name = name
        self.expected = expected
        self.seals = seals
        self.key = key
        self.describe = describe
    }
}

func keyOf(_ value: Int) -> Key { Key(bitPattern: Int64(value)) }

struct FibonacciRequest: Event { var n: Int }

let modelPrograms: [ModelProgram] = [
    ModelProgram("identity", [[1], [2, 3], [4, 5, 6]]) { out in
        [
            Application("m") { app in
                app.workflow("identity").source(
                    app.generator("g", atoms: [[1], [2, 3], [4, 5, 6]])
                ).map { $0 }.sink("out", out)
            }
        ]
    },
    ModelProgram("diamond of two identities", [[0, 0], [1, 1]]) { out in
        [
            Application("m") { app in
                let source = app.workflow("diamond").source(app.generator("g", atoms: [[0], [1]]))
                source.map { $0 }.union(source.map { $0 }).sink("out", out)
            }
        ]
    },
    ModelProgram(
        "diamond of unequal branches", (0..<256).map { [$0, $0 + 1, $0, $0 + 1, -1] },
        key: { _ in 0 }
    ) { out in
        [
            Application("m") { app in
                let source = app.workflow("diamond").source(
                    app.generator("g", atoms: (0..<256).map { [$0, $0 + 1] }))
                let one = source.key { _ in 1 }.key { _ in 0 }.map { $0 }
                let two = source.key { _ in 0 }
                one.union(two).task(
                    "end", state: (), emits: Int.self, { event, _, task in task.emit(event) },
                    onAtomComplete: { task in
                        if task.partition == partition(of: 0, count: task.partitionCount) {
                            task.emit(-1, key: 0)
                        }
                    }
                ).sink("out", out)
            }
        ]
    },
    ModelProgram("cycle through a sequencer", (0..<8).reversed().map { [$0] }, seals: false) {
        out in
        [
            Application("m") { app in
                let loop = app.sequencer("loop", of: Int.self)
                let stream = app.workflow("countdown").source(loop.stream).key(keyOf)
                    .process("minus one", emits: Int.self) { event, task in
                        if event > 0 { task.emit(event - 1) }
                    }.sink("out", out).stream()
                app.connect(app.generator("g", atoms: [[8]]), to: loop)
                app.connect(stream, to: loop)
            }
        ]
    },
    ModelProgram(
        "running sum emitted at the end of each atom", [[1, 2, 3, 4, 10], [1, 2, 3, 4, 20]],
        key: { _ in 0 }
    ) { out in
        [
            Application("m") { app in
                app.workflow("sum").source(
                    app.generator("g", atoms: [[1, 2, 3, 4], [1, 2, 3, 4]])
                ).key { _ in 0 }.task("sum", RunningSum()).sink("out", out)
            }
        ]
    },
    ModelProgram("emit old, store new, by key", [[0, 0, 0], [1, 2, 3]]) { out in
        [
            Application("m") { app in
                app.workflow("old").source(app.generator("g", atoms: [[1, 2, 3], [1, 2, 3]]))
                    .key(keyOf).task("old", state: 0, emits: Int.self) { event, state, task in
                        task.emit(state)
                        state = event
                    }.sink("out", out)
            }
        ]
    },
    ModelProgram("emit old, store new, by partition", [[0, 1, 2], [3, 1, 2]], key: { _ in 0 }) {
        out in
        [
            Application("m") { app in
                app.workflow("old").source(app.generator("g", atoms: [[1, 2, 3], [1, 2, 3]]))
                    .key { _ in 0 }.task("old", LastOfPartition()).sink("out", out)
            }
        ]
    },
    ModelProgram("steps", [1, 2, 3, 0, 0, 1, 2, 3, 0, 0].map { [$0] }, key: { _ in 0 }) { out in
        [
            Application("m") { app in
                app.workflow("steps").source(
                    app.generator("g", atoms: Array(repeating: [0], count: 10))
                ).key { _ in 0 }.task("steps", Steps()).sink("out", out)
            }
        ]
    },
    ModelProgram(
        "asker-replier asking itself", (0...128).map { [$0] }, key: { _ in 0 }
    ) { out in
        [
            Application("m") { app in
                let portal = app.portal("countdown", asking: Int.self, replying: Int.self)
                app.workflow("self").source(app.generator("g", atoms: [[128]])).key { _ in 0 }
                    .task("self", state: (), emits: Int.self, replies: portal, asks: portal) {
                        event, _, task in
                        let future = task.ask(portal, event)
                        task.await(future, { _, _, _ in })
                    } onRequest: { request, _, task in
                        if request == 0 {
                            task.emit(0)
                            task.reply(0)
                        } else {
                            let future = task.ask(portal, request - 1)
                            task.await(
                                future,
                                { reply, _, task in
                                    task.emit(reply + 1)
                                    task.reply(reply + 1)
                                })
                        }
                    }.sink("out", out)
            }
        ]
    },
    ModelProgram(
        "Fibonacci", [0, 1, 1, 2, 3, 5, 8, 13, 21, 34].map { [$0] }, seals: false,
        key: { _ in 0 }
    ) { out in
        [
            Application("m") { app in
                let portal = app.portal(
                    "fibonacci", asking: FibonacciRequest.self, replying: Int.self,
                    keyedBy: { keyOf($0.n) })
                // One at a time: the next number is asked when the last has come.
                let loop = app.sequencer("loop", of: Int.self)
                let next = app.workflow("asker").source(loop.stream).key { _ in 0 }
                    .task("asker", state: (), emits: Int.self, asks: portal) { event, _, task in
                        if event >= 10 { return }
                        let future = task.ask(portal, FibonacciRequest(n: event))
                        task.await(future, { reply, _, task in task.emit(event * 1_000 + reply) })
                    }
                next.map { $0 % 1_000 }.sink("out", out)
                let stream = next.map { $0 / 1_000 + 1 }.stream()
                app.connect(app.generator("g", atoms: [[0]]), to: loop)
                app.connect(stream, to: loop)
                app.workflow("replier").requestsOnly()
                    .task("fibonacci", state: (), emits: Never.self, replies: portal, asks: portal)
                {
                    _, _, _ in
                } onRequest: { request, _, task in
                    if request.n < 2 { return task.reply(request.n) }
                    let one = task.ask(portal, FibonacciRequest(n: request.n - 1))
                    let two = task.ask(portal, FibonacciRequest(n: request.n - 2))
                    task.awaitAll(
                        [one, two],
                        { replies, _, task in
                            task.reply(replies[0] + replies[1])
                        })
                }
            }
        ]
    },
    ModelProgram(
        "replier that answers with the previous request",
        (0..<128).map { [max(0, $0 - 1)] }, key: { _ in 0 }
    ) { out in
        [
            Application("m") { app in
                let portal = app.portal(
                    "previous", asking: Int.self, replying: Int.self, keyedBy: { _ in 7 })
                app.workflow("replier").requestsOnly()
                    .task("previous", state: 0, emits: Never.self, replies: portal) { _, _, _ in
                    } onRequest: { request, state, task in
                        task.reply(state)
                        state = request
                    }
                app.workflow("asker").source(
                    app.generator("g", atoms: (0..<128).map { [$0] })
                ).key { _ in 0 }
                    .task(
                        "asker", state: 0, emits: Int.self, asks: portal, remembering: Int.self
                    ) { event, _, task in
                        task.ask(portal, event, remembering: event)
                    } onReply: { reply, _, _, task in
                        task.emit(reply)
                    }.sink("out", out)
            }
        ]
    },
    ModelProgram("two workflows through the registry", [[2], [3, 4], [5]]) { out in
        [
            Application("a") { app in
                app.workflow("first").source(app.generator("g", atoms: [[0], [1, 2], [3]]))
                    .map { $0 + 1 }.stream()
            },
            Application("b") { app in
                app.workflow("second").source(
                    app.stream(at: "/a/workflows/first", of: Int.self)
                ).map { $0 + 1 }.sink("out", out)
            },
        ]
    },
]

/// The sum so far, and again at the end of each atom.
struct RunningSum: TaskBody {
    var sum = 0
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        sum += event
        task.emit(event)
    }
    mutating func onAtomComplete(_ task: inout Context) {
        if sum > 0 { task.emit(sum, key: 0) }
    }
}

struct LastOfPartition: TaskBody {
    var last = 0
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        task.emit(last)
        last = event
    }
}

/// Adds 1 in its first atom, then 2, then 3, then 0 twice, and again.
struct Steps: TaskBody {
    var atom = 0
    var seen = false
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        task.emit(event + [1, 2, 3, 0, 0][atom % 5])
        seen = true
    }
    mutating func onAtomComplete(_ task: inout Context) {
        if seen { atom += 1 }
        seen = false
    }
}

struct WordCount: Event, Equatable, Hashable {
    var word: String
    var count: Int
}
