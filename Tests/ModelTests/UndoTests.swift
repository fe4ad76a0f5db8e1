// Section 4.1 of the model where an aborted atom could leak: sinks behind keys, ends of atoms and of
// streams.
import Portals
import Testing

/// Emits in the handlers of ends what its events added up to.
private struct Summing: TaskBody {
    typealias Input = Int
    typealias Output = Int
    var sum = 0
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        sum += event
        task.emit(event)
    }
    mutating func onAtomComplete(_ task: inout Context) { if sum > 0 { task.emit(sum * 100) } }
    mutating func onComplete(_ task: inout Context) { if sum > 0 { task.emit(sum * 10_000) } }
}

/// Aborts the atom of one portal's replies, in which replies stand that others wait for.
private struct Waiting: TaskBody {
    typealias Input = Int
    typealias Output = Int
    typealias Memory = Int
    static var canFail: Bool { true }
    let fast: Portal<Int, Int>
    let other: Portal<Int, Int>
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        switch event {
        case 1: task.await(task.ask(fast, 1)) { _, _, task in task.fail("aborts the atom") }
        case 2:
            task.awaitAll(
                [task.ask(fast, 2), task.ask(other, 20)],
                { replies, _, task in task.emit(replies[0] + replies[1]) })
        default:
            task.awaitAny(
                [task.ask(fast, -1), task.ask(other, -1)], { _, _, _, _ in },
                onFailure: { failure, _, task in task.emit(outcome(failure)) })
        }
    }
}

/// Answers what it is asked; refuses what is below zero.
private func addEcho(
    _ app: ApplicationBuilder, _ name: String, keyedBy: @escaping @Sendable (Int) -> Key
)
    -> Portal<Int, Int>
{
    let portal = app.portal(name, asking: Int.self, replying: Int.self, keyedBy: keyedBy)
    app.workflow(name + "-replier").requestsOnly()
        .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
        } onRequest: { request, _, task in
            if request < 0 { task.refuse() } else { task.reply(request) }
        }.sink("none")
    return portal
}

@Suite("4.1: nothing of an aborted atom is seen")
struct UndoTests {
    /// Sinks at many places of a workflow whose last task fails on some events.
    private func sinks(
        _ site: TrialSite, atoms: [[Int]], fails: @escaping @Sendable (Int) -> Bool
    ) throws -> [[[Int]]] {
        let outs = (0..<6).map { _ in Collector<Int>() }
        try site.launch(
            Application("m") { app in
                let workflow = app.workflow("w", onFailure: .abortAtom)
                let source = workflow.source(app.generator("g", atoms: atoms))
                source.sink("unkeyed", outs[0])
                let keyed = source.key { _ in 0 }
                keyed.sink("key", outs[1])
                let summed = keyed.task("sums", Summing())
                summed.sink("ends", outs[2])
                let again = summed.key { _ in 1 }
                again.sink("second-key", outs[3])
                keyed.union(again).sink("union", outs[4])
                again.throwingTask("failing", state: (), emits: Int.self) { event, _, task in
                    task.emit(event)
                    if fails(event) { throw Refusal() }
                }.key { _ in 2 }.sink("last", outs[5])
            })
        try site.rest()
        for out in outs { try site.expect(out.isSealed, "not sealed") }
        return outs.map(\.atoms)
    }

    @Test("4.1 no sink gets an event of an aborted atom, wherever it stands")
    func sinksOfAbortedAtoms() throws {
        try underAllDrivers { site in
            let seen = try sinks(site, atoms: [[1], [2], [3]]) { $0 == 2 }
            // The end of the stream is an atom of its own, and nothing of it fails.
            let sums = [[1, 100], [3, 400], [40_000]]
            let both = [[1, 1, 100], [3, 3, 400], [40_000]]
            try site.expect(seen, is: [[[1], [3]], [[1], [3]], sums, sums, both, sums])
        }
    }

    @Test("4.1 what the end of an atom emitted is undone with its atom")
    func endsOfAbortedAtoms() throws {
        try underAllDrivers { site in
            let seen = try sinks(site, atoms: [[1], [2], [3]]) { $0 == 300 }
            let sums = [[1, 100], [3, 400], [40_000]]
            let both = [[1, 1, 100], [3, 3, 400], [40_000]]
            try site.expect(seen, is: [[[1], [3]], [[1], [3]], sums, sums, both, sums])
        }
    }

    @Test("4.1 a wait of several counts a reply whose atom was aborted, and a failure as well")
    func waitsInAbortedAtoms() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let fast = addEcho(app, "fast", keyedBy: { _ in 0 })
                    let other = addEcho(app, "other", keyedBy: { _ in 0 })
                    app.workflow("a", onFailure: .abortAtom)
                        .source(app.generator("g", atoms: [[1, 2, 3]])).key { _ in 0 }
                        .task(
                            "t", Waiting(fast: fast, other: other),
                            asks: [
                                Asking(
                                    fast, onReply: { _, _, _, _, _ in },
                                    onFailure: { _, _, _, _, _ in }),
                                Asking(
                                    other, onReply: { _, _, _, _, _ in },
                                    onFailure: { _, _, _, _, _ in }),
                            ]
                        ).sink("out", out)
                })
            try site.rest()
            // Replies and refusals of one portal come in one atom; the first reply of `fast` aborts
            // its own, and what ended in that is not done again.
            let path = "/m/workflows/a"
            let plan = site.engine.elements.first { $0.path == path }!
            let repliers = (site.engine.order(of: path) ?? [])
                .filter { plan.inputKinds[Int($0.input)] == .reply }
                .map { plan.inputProducers[Int($0.input)] }
            try site.expect(
                repliers.count == 2 && Set(repliers).count == 2, "one atom of replies each")
            let endsLater = repliers[0] == "/m/workflows/fast-replier"
            try site.expect(
                out.events.sorted(), is: endsLater ? [outcome(.replierFailed), 22] : [])
            try site.expect(out.isSealed, "not sealed")
        }
    }

    @Test("4.1 requests whose atom was aborted are refused in the order in which they were handled")
    func refusalsOfAbortedAtoms() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            let last = site.partitions - 1
            let count = site.partitions
            let ends = [0, last].map { place in
                (0...).first { partition(of: Key($0), count: count) == place }!
            }
            try site.launch(
                Application("m") { app in
                    let back = addEcho(app, "back", keyedBy: { Key($0) })
                    let front = app.portal(
                        "front", asking: Int.self, replying: Int.self, keyedBy: { _ in 0 })
                    app.workflow("middle", onFailure: .abortAtom).requestsOnly()
                        .task(
                            "t",
                            Middle<Guarded> { request, task in
                                // The first request's replies come first and last.
                                for end in request == 0 ? ends : [ends[0]] {
                                    task.await(task.ask(back, end)) { _, _, task in
                                        task.fail("aborts the atom")
                                    }
                                }
                            },
                            asks: [
                                Asking(
                                    back, onReply: { _, _, _, _, _ in },
                                    onFailure: { _, _, _, _, _ in })
                            ], replies: front
                        ).sink("none")
                    app.workflow("a").source(app.generator("g", atoms: [[0, 1]])).key { _ in 0 }
                        .task("t", state: (), emits: Int.self, asks: front) { event, _, task in
                            task.await(
                                task.ask(front, event), { _, _, _ in },
                                onFailure: { _, _, task in task.emit(event) })
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(out.events, is: [0, 1])
        }
    }

    @Test("4.1 what the end of the stream emitted is undone where it fails, and the stream ends")
    func abortedSeal() throws {
        try underAllDrivers { site in
            let seen = try sinks(site, atoms: [[1], [2]]) { $0 == 30_000 }
            let sums = [[1, 100], [2, 300]]
            let both = [[1, 1, 100], [2, 2, 300]]
            try site.expect(seen, is: [[[1], [2]], [[1], [2]], sums, sums, both, sums])
        }
    }
}
