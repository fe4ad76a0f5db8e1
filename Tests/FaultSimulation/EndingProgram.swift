// A program whose ends depend on steps that show nothing.
import Portals
import RandomApplications

/// What the steps of `merge` give hangs on their order and time: about half of them show nothing.
/// `tail` ends when it has ended, `late` when both, which ask each other, are at rest. If a crash
/// loses the last steps of `merge` and keeps one of those ends, what comes of the same events at
/// another time comes too late.
func endingProgram(_ atoms: Int, _ out: Out) -> Application {
    Application("endings") { app in
        let odd = app.portal("odd", asking: Int.self, replying: Int.self, keyedBy: { _ in 0 })
        let back = app.portal("back", asking: Int.self, replying: Int.self, keyedBy: { _ in 0 })
        let both = app.sequencer("both", of: Int.self)
        app.connect(app.generator("a", atoms: (0..<atoms).map { [$0 + 1] }), to: both)
        app.connect(app.generator("b", atoms: (0..<atoms).map { [-7 * $0] }), to: both)
        let merged = app.workflow("merge").source(both.stream).key { _ in 0 }
            .task("merge", state: 0, emits: Int.self, replies: back, asks: odd) {
                event, state, task in
                let time = Int(truncatingIfNeeded: task.time ^ task.time >> 7)
                state = (state &* 31 &+ event &+ time) & 0xFFFF
                if state % 4 == 0 { task.emit(state) }
                if state % 4 == 1 {
                    let future = task.ask(odd, state)
                    task.await(future, { _, _, _ in })
                }
            } onRequest: { _, state, task in
                task.reply(state)
            }.stream()
        app.workflow("tail").source(merged).key { _ in 0 }
            .task(
                "tail", state: 0, emits: Int.self,
                { event, count, task in
                    count += 1
                    task.emit(event * 1_000 + count)
                }, onComplete: { task in task.emit(-task.partition - 1, key: 0) }
            ).sink("ends", out.preparingSink("ends"))
        app.workflow("late").requestsOnly()
            .task("late", state: 0, emits: Int.self, replies: odd, asks: back) { _, _, _ in
            } onRequest: { request, count, task in
                count += 1
                task.emit(request * 1_000 + count)
                let future = task.ask(back, request)
                task.await(future, { reply, _, task in task.emit(-reply) })
                task.reply(count)
            }.sink("answered", out.sink("answered"))
    }
}
