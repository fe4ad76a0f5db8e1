// Every task sees the steps in their order (2.3), also where a step brings replies or time-outs to
// tasks of two levels.
import Portals
import Testing

/// What a task has seen on one key: its steps never go back.
private struct Seen {
    private var last: UInt64 = 0

    mutating func isInOrder(_ step: UInt64) -> Bool {
        defer { last = max(last, step) }
        return step >= last
    }
}

/// How an ask of the tasks ends.
private enum End { case reply, timeOut }

@Suite struct LevelOrderTests {
    /// Two asking tasks with an exchange between them. Emits -1 for each step out of its order.
    private func program(_ end: End, _ out: Collector<Int>) -> Application {
        Application("levels") { app in
            let portal = app.portal(
                "p", asking: Int.self, replying: Int.self, keyedBy: { Key($0 % 3) })
            app.workflow("replier").requestsOnly()
                .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                } onRequest: { request, _, task in
                    task.reply(request)
                }
            app.workflow("w")
                .source(app.generator("g", atoms: (0..<12).map { n in (0..<4).map { $0 + n } }))
                .key { Key($0 % 4) }
                .task(
                    "early", state: Seen(), emits: Int.self, asks: portal, remembering: Int.self
                ) { event, seen, task in
                    ask(portal, end, event, seen.isInOrder(task.step), &task)
                } onReply: { _, event, seen, task in
                    task.emit(seen.isInOrder(task.step) ? event : -1)
                } onFailure: { _, event, seen, task in
                    task.emit(seen.isInOrder(task.step) ? event : -1)
                }
                .key { Key(abs($0) % 3) }
                .task(
                    "late", state: Seen(), emits: Int.self, asks: portal, remembering: Int.self
                ) { event, seen, task in
                    ask(portal, end, event, seen.isInOrder(task.step), &task)
                } onReply: { _, event, seen, task in
                    task.emit(seen.isInOrder(task.step) ? event : -1)
                } onFailure: { _, event, seen, task in
                    task.emit(seen.isInOrder(task.step) ? event : -1)
                }.sink("out", out)
        }
    }

    @Test(
        "2.3 replies and time-outs come to a task of a later level behind the steps before",
        arguments: [End.reply, .timeOut])
    fileprivate func order(_ end: End) throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(program(end, out))
            try site.rest()
            let expected = (0..<12).flatMap { n in (0..<4).map { $0 + n } }
            try site.expect(out.events.sorted(), is: expected.sorted())
        }
    }
}

/// Asks, or pauses, for an event that came in its order; else for -1.
private func ask<Body: TaskBody>(
    _ portal: Portal<Int, Int>, _ end: End, _ event: Int, _ isInOrder: Bool,
    _ task: inout TaskContext<Body>
) where Body.Memory == Int {
    let event = isInOrder ? event : -1
    switch end {
    case .reply: task.ask(portal, abs(event), remembering: event)
    case .timeOut: task.pause(on: portal, nanoseconds: 500, remembering: event)
    }
}
