// Programs whose outputs hold times and random numbers, and programs whose handlers fail.
import Portals
import RandomApplications

func timeoutProgram(_ atoms: Int, _ out: Out) -> Application {
    Application("timeouts") { app in
        let never = app.portal("never", asking: Int.self, replying: Int.self)
        app.workflow("never").requestsOnly()
            .task("t", state: (), emits: Never.self, replies: never, asks: never) { _, _, _ in
            } onRequest: { request, _, task in
                if request < 0 { task.reply(request) } else { task.ask(never, -1) }
            }.sink("none")
        let portal = app.portal(
            "slow", asking: Int.self, replying: Int.self, keyedBy: { keyOf($0 % 3) })
        // Odd requests are answered only when an ask that nobody answers has timed out, later.
        app.workflow("slow").requestsOnly()
            .task("t", state: (), emits: Never.self, replies: portal, asks: never) { _, _, _ in
            } onRequest: { request, _, task in
                if request % 2 == 0 { return task.reply(request) }
                let future = task.ask(never, request, timeoutNanoseconds: 5_000)
                task.await(
                    future, { _, _, _ in }, onFailure: { _, _, task in task.reply(request) })
            }.sink("none")
        app.workflow("asker").source(app.generator("g", atoms: numbered(atoms, 1))).key(keyOf)
            .task("asker", state: 0, emits: Int.self, asks: portal, remembering: Int.self) {
                event, _, task in
                task.ask(portal, event, remembering: event, timeoutNanoseconds: 1_000)
            } onReply: { reply, event, count, task in
                count += 1
                task.emit(event * 100 + count)
            } onFailure: { _, event, count, task in
                count += 1
                task.emit(-event * 100 - count)
                task.emit(Int(truncatingIfNeeded: task.time))
                task.emit(Int(truncatingIfNeeded: task.random()))
            }.sink("out", out.sink("out"))
    }
}

/// The steps of its time-outs are followed by no output, so that a cut comes before they are
/// durable.
func silentProgram(_ atoms: Int, _ out: Out) -> Application {
    Application("silent") { app in
        let never = app.portal("never", asking: Int.self, replying: Int.self)
        app.workflow("never").requestsOnly()
            .task("never", state: (), emits: Never.self, replies: never) { _, _, _ in
            } onRequest: { _, _, _ in
            }
        let portal = app.portal(
            "seen", asking: Int.self, replying: Int.self, keyedBy: { keyOf($0 % 3) })
        app.workflow("watch").source(app.generator("g", atoms: numbered(atoms, 1)))
            .key { keyOf($0 % 3) }
            .task("watch", state: 0, emits: Never.self, replies: portal, asks: never) {
                event, _, task in
                let future = task.ask(never, event, timeoutNanoseconds: 3_000)
                task.await(
                    future, { _, _, _ in },
                    onFailure: { _, sum, task in
                        sum = (sum &* 31 &+ event &+ Int(truncatingIfNeeded: task.time)) & 0xFFFFFF
                    })
            } onRequest: { _, sum, task in
                task.reply(sum)
            }
        app.workflow("asker").source(app.generator("questions", atoms: numbered(atoms, 2)))
            .key(keyOf)
            .task("asker", state: 0, emits: Int.self, asks: portal, remembering: Int.self) {
                event, _, task in
                task.ask(portal, event, remembering: event)
            } onReply: { reply, event, count, task in
                count += 1
                task.emit(event * 1_000 + count)
                task.emit(reply)
            }.sink("answers", out.preparingSink("answers"))
    }
}

func clockedProgram(_ atoms: Int, _ out: Out) -> Application {
    struct Naturals: IndexedSource {
        func event(at index: UInt64) -> Int { Int(index) }
    }
    return Application("clocked") { app in
        let both = app.sequencer("both", of: Int.self)
        app.connect(
            app.generator(
                "rated", Naturals(), count: UInt64(atoms * 2), atomSize: 2, atomsPerSecond: 1_000),
            to: both)
        app.connect(app.generator("fast", atoms: numbered(atoms * 3, 100)), to: both)
        app.workflow("times").source(both.stream).key { keyOf($0 % 4) }
            .task("times", state: 0, emits: Int.self) { event, last, task in
                let time = Int(truncatingIfNeeded: task.time)
                task.emit(event)
                task.emit(time)
                task.emit(time - last)
                task.emit(Int(truncatingIfNeeded: task.random() >> 8))
                last = time
            }.sink("out", out.sink("out"))
    }
}

/// One application that fails under a policy, fed by two sources, and one that asks it.
func failingPrograms(_ atoms: Int, _ policy: FailurePolicy, _ out: Out) -> [Application] {
    // Late enough that something went before.
    let limit = policy == .stopApplication ? 7 * atoms / 2 : 0
    let failing = Application("failing") { app in
        let portal = app.portal(
            "sum", asking: Int.self, replying: Int.self, keyedBy: { keyOf($0 % 4) })
        let both = app.sequencer("both", of: Int.self)
        app.connect(app.generator("a", atoms: numbered(atoms, 0)), to: both)
        app.connect(app.generator("b", atoms: numbered(atoms, 3)), to: both)
        let workflow = app.workflow("failing", onFailure: policy)
        workflow.source(both.stream).key { keyOf($0 % 4) }
            .task("failing", Failing(limit: limit), replies: portal)
            .key { _ in 1 }
            .sink("out", out.sink("out"))
        app.workflow("letters").source(keyed: workflow.deadLetters)
            .sink("letters", out.preparingSink("letters"))
    }
    let asking = Application("asking") { app in
        let portal = app.portal(
            at: "/failing/portals/sum", asking: Int.self, replying: Int.self,
            keyedBy: { keyOf($0 % 4) })
        app.workflow("asker").source(app.generator("g", atoms: numbered(atoms, 2))).key(keyOf)
            .task("asker", state: 0, emits: Int.self, asks: portal, remembering: Int.self) {
                event, _, task in
                task.ask(portal, event, remembering: event)
            } onReply: { reply, event, count, task in
                count += 1
                task.emit(event * 1_000_000 + reply * 10 + count)
            } onFailure: { failure, event, _, task in
                task.emit(-event * 10 - Int(failure.rawValue))
            }.sink("answers", out.sink("answers"))
    }
    return [failing, asking]
}

/// Throws on every fifth number from a limit on, after it has changed everything it can.
private struct Failing: TaskBody {
    typealias Input = Int
    typealias Output = Int
    typealias Request = Int
    typealias Reply = Int
    static var canFail: Bool { true }
    let limit: Int
    var handled = 0
    func initialState() -> Int { 0 }
    mutating func onEvent(_ event: Int, _ state: inout Int, _ task: inout Context) {
        handled += 1
        state += event
        task.emit(event * 10_000 + state)
        if event % 5 == 2 && event >= limit { task.fail("\(Refusal())") }
    }
    mutating func onRequest(_ request: Int, _ state: inout Int, _ task: inout Context) {
        task.reply(state * 100 + handled)
    }
}

struct WordCount: Event, Equatable, Hashable {
    var word: String
    var count: Int
}

func wordProgram(_ atoms: Int, _ out: Out) -> Application {
    let text = "the quick brown fox jumps over the lazy dog and a longer word than any of these"
        .split(separator: " ").map(String.init)
    return Application("words") { app in
        let lines = app.sequencer("lines", of: String.self)
        for (index, name) in ["left", "right"].enumerated() {
            let atoms = (0..<atoms).map { atom in
                (0..<3).map { text[(atom * 3 + $0 + index * 5) % text.count] }
            }
            app.connect(app.generator(name, atoms: atoms), to: lines)
        }
        app.workflow("count").source(lines.stream).key { $0.utf8.reduce(0) { $0 &* 31 &+ Key($1) } }
            .task("count", state: 0, emits: WordCount.self) { word, count, task in
                count += 1
                task.emit(WordCount(word: word, count: count))
            }.sink("out", out.sink("out"))
    }
}
