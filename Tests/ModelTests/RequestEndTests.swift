// Section 3.5 of the model, seen by the replier: when a request that it works on has ended.
import Portals
import Testing

/// Whether the handlers of a task are guarded, by a type: a body says so when it is compiled.
protocol Guarding: SendableMetatype { static var isOn: Bool { get } }
enum Guarded: Guarding { static var isOn: Bool { true } }
enum Unguarded: Guarding { static var isOn: Bool { false } }

/// A replier between two portals, of closures: it is asked by one and asks the other.
struct Middle<Form: Guarding>: TaskBody {
    typealias Input = Never
    typealias Output = Never
    typealias Memory = Int
    typealias Request = Int
    typealias Reply = Int
    static var canFail: Bool { Form.isOn }
    let handle: @Sendable (Int, inout TaskContext<Self>) -> Void
    mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout Context) {}
    mutating func onRequest(_ request: Int, _ state: inout Void, _ task: inout Context) {
        handle(request, &task)
    }
}

/// Asks `front`, whose replier may ask `back`; gives the outcome of each request.
private func outcomes<Form: Guarding>(
    _ site: TrialSite, _: Form.Type, policy: FailurePolicy = .deadLetter, requests: Range<Int>,
    onRequest: @escaping @Sendable (Portal<Int, Int>, Int, inout TaskContext<Middle<Form>>) -> Void,
    onReply: @escaping @Sendable (Int, Int, inout TaskContext<Middle<Form>>) -> Void = {
        _, _, _ in
    },
    onFailure: @escaping @Sendable (Int, inout TaskContext<Middle<Form>>) -> Void = { _, _ in }
) throws -> [Int] {
    let out = Collector<Tagged>()
    try site.launch(
        Application("m") { app in
            let back = app.portal(
                "back", asking: Int.self, replying: Int.self, keyedBy: { Key(abs($0) % 5) })
            let front = app.portal(
                "front", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 3) })
            app.workflow("b").requestsOnly()
                .task("t", state: (), emits: Never.self, replies: back) { _, _, _ in
                } onRequest: { request, _, task in
                    if request < 0 { task.refuse() } else { task.reply(request) }
                }.sink("none")
            app.workflow("middle", onFailure: policy).requestsOnly()
                .task(
                    "t", Middle<Form>(handle: { onRequest(back, $0, &$1) }),
                    asks: [
                        Asking(
                            back,
                            onReply: { _, reply, memory, _, task in onReply(reply, memory, &task) },
                            onFailure: { _, _, memory, _, task in onFailure(memory, &task) })
                    ], replies: front
                ).sink("none")
            app.workflow("a").source(app.generator("g", atoms: requests.map { [$0] })).key(keyOf)
                .task("t", state: (), emits: Tagged.self, asks: front) { event, _, task in
                    let future = task.ask(front, event)
                    task.await(
                        future,
                        { reply, _, task in task.emit(Tagged(key: Key(event), value: reply)) },
                        onFailure: { failure, _, task in
                            task.emit(Tagged(key: Key(event), value: outcome(failure)))
                        })
                }.sink("out", out)
        })
    try site.rest()
    try site.expect(out.events.map(\.key).sorted(), is: requests.map { Key($0) })
    try site.expect(out.isSealed, "not sealed")
    return out.events.sorted { $0.key < $1.key }.map(\.value)
}

@Suite("3.5: a request ends when nothing is left that could answer it")
struct RequestEndTests {
    /// Ends no request, each time in another way.
    private func forms<Form: Guarding>(_ site: TrialSite, _ form: Form.Type) throws {
        let ends = try outcomes(site, form, requests: 0..<14) { back, request, task in
            switch request {
            case 0: task.ask(back, request, remembering: 0)
            case 1: task.ask(back, -1, remembering: 0)
            case 2: task.ask(back, request)
            case 3: task.await(task.ask(back, request), { _, _, _ in })
            case 4: task.await(task.ask(back, -1), { _, _, _ in }, onFailure: { _, _, _ in })
            case 5:
                task.awaitAll((0..<3).map { task.ask(back, $0) }, { _, _, _ in })
            case 6:
                task.awaitAny((0..<3).map { task.ask(back, $0) }, { _, _, _, _ in })
            case 7:
                let future = task.ask(back, request)
                task.await(future, { _, _, _ in }, onFailure: { _, _, _ in })
                task.cancel(future)
            case 8: task.cancel(task.ask(back, request))
            case 9:
                // The continuation asks further, and what it asks is the last.
                task.await(task.ask(back, request)) { reply, _, task in
                    task.await(task.ask(back, reply)) { reply, _, task in task.ask(back, reply) }
                }
            case 10: task.refuse()
            case 11: break
            case 12: task.ask(back, request, remembering: 1)
            default: task.ask(back, -1)
            }
        }
        try site.expect(ends, is: Array(repeating: outcome(.replierFailed), count: 14))
    }

    @Test("3.5 no handler of a request answers or asks further: replier failed")
    func nobodyAnswers() throws {
        try underAllDrivers { site in try forms(site, Unguarded.self) }
        try underAllDrivers { site in try forms(site, Guarded.self) }
    }

    /// Asks twice, and answers by the second alone, by the first alone, or at once.
    private func oneOfTwo<Form: Guarding>(_ site: TrialSite, _ form: Form.Type) throws {
        let ends = try outcomes(site, form, requests: 0..<12) { back, request, task in
            let futures = (0..<2).map { task.ask(back, request * 2 + $0) }
            for (number, future) in futures.enumerated() {
                task.await(future) { reply, _, task in
                    if request % 3 == number { task.reply(request) }
                }
            }
            if request % 3 == 2 { task.reply(request) }
        }
        try site.expect(ends, is: Array(0..<12))
    }

    @Test("3.5 while an ask of a request is open, a continuation that leaves it ends nothing")
    func anotherAnswers() throws {
        try underAllDrivers { site in try oneOfTwo(site, Unguarded.self) }
        try underAllDrivers { site in try oneOfTwo(site, Guarded.self) }
    }

    @Test("3.5 a continuation that fails ends its request only where no other ask is open")
    func failingContinuation() throws {
        try underAllDrivers { site in
            let ends = try outcomes(
                site, Guarded.self, requests: 0..<12,
                onRequest: { back, request, task in
                    task.ask(back, request, remembering: 0)
                    if request % 3 != 0 { task.ask(back, request, remembering: 1) }
                    if request % 3 == 2 { task.fail("at once") }
                },
                onReply: { reply, memory, task in
                    task.reply(reply)
                    if memory == 0 { task.fail("in the continuation") }
                })
            try site.expect(
                ends, is: (0..<12).map { $0 % 3 == 1 ? $0 : outcome(.replierFailed) })
        }
    }

    @Test("4.1 abortAtom: an aborted continuation ends its request only where no other ask is open")
    func abortedContinuation() throws {
        try underAllDrivers { site in
            let ends = try outcomes(
                site, Guarded.self, policy: .abortAtom, requests: 0..<8,
                onRequest: { back, request, task in
                    task.ask(back, -1 - request, remembering: 0)
                    if request % 2 == 1 { return }
                    // A round longer than the other: its reply stands in a later atom.
                    task.await(task.ask(back, request)) { reply, _, task in
                        task.await(task.ask(back, reply)) { reply, _, task in task.reply(reply) }
                    }
                },
                onFailure: { _, task in task.fail("aborts the atom") })
            // Atoms of replies may hold those of several requests: no more can be said of evens.
            for event in 0..<8 where event % 2 == 1 {
                try site.expect(ends[event], is: outcome(.replierFailed))
            }
            for event in 0..<8 where event % 2 == 0 {
                try site.expect(
                    ends[event] == event || ends[event] == outcome(.replierFailed), "\(ends)")
            }
        }
    }

    @Test("3.5 a second reply, by another continuation of the request, is an error of the replier")
    func secondReply() async {
        await #expect(processExitsWith: .failure) {
            let site = TrialSite(
                driver: Driver(kind: .stepped, partitions: 1), site: SteppedSite())
            _ = try outcomes(site, Unguarded.self, requests: 0..<1) { back, request, task in
                for number in 0..<2 {
                    task.await(task.ask(back, number)) { reply, _, task in task.reply(reply) }
                }
            }
        }
    }

    @Test("3.5 a second reply, in a continuation after one in the handler, is an error too")
    func replyAfterReply() async {
        await #expect(processExitsWith: .failure) {
            let site = TrialSite(
                driver: Driver(kind: .stepped, partitions: 1), site: SteppedSite())
            _ = try outcomes(site, Unguarded.self, requests: 0..<1) { back, request, task in
                task.await(task.ask(back, request)) { reply, _, task in task.reply(reply) }
                task.reply(request)
            }
        }
    }

    @Test("3.5 a cancelled future ends when the handler that gave it up has returned, in order")
    func cancelOrder() throws {
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
                    app.workflow("a").source(app.generator("g", atoms: [[10, 20], [30]]))
                        .key { _ in 0 }
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            for number in 1...2 {
                                let future = task.ask(portal, event)
                                task.await(
                                    future, { _, _, _ in },
                                    onFailure: { _, _, task in task.emit(event + number) })
                                task.cancel(future)
                            }
                            task.emit(event)
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(out.atoms, is: [[10, 11, 12, 20, 21, 22], [30, 31, 32]])
        }
    }
}
