// Replies put off to the end of the step (3.5): answered together, each request once, and whatever
// happens in between each one ends.
import Portals
import Testing

/// Answers at the end of the atom: each request with its rank among the atom's, those that are
/// negative never.
private struct Ranking<Form: Guarding>: TaskBody {
    typealias Input = Never
    typealias Output = Never
    typealias Request = Int
    typealias Reply = Int
    static var canFail: Bool { Form.isOn }
    /// Fails when it has put this one off, and at the end of an atom that has the other.
    var failsAt = Int.max
    var failsEndAt = Int.max
    private var waiting: [(request: Int, reply: DeferredReply<Int>)] = []

    init(failsAt: Int = .max, failsEndAt: Int = .max) {
        self.failsAt = failsAt
        self.failsEndAt = failsEndAt
    }

    mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout Context) {}

    mutating func onRequest(_ request: Int, _ state: inout Void, _ task: inout Context) {
        waiting.append((request, task.deferReply()))
        if request == failsAt { task.fail("at \(request)") }
    }

    mutating func onAtomComplete(_ task: inout Context) {
        let sorted = waiting.sorted { $0.request < $1.request }
        waiting = []
        for (rank, entry) in sorted.enumerated() where entry.request >= 0 {
            let isOpen = task.reply(1_000 * rank + entry.request, to: entry.reply)
            if isOpen && entry.request == failsEndAt { return task.fail("at the end") }
        }
    }
}

/// The outcome of each request of some atoms.
private func outcomes<Form: Guarding>(
    _ site: TrialSite, _ body: Ranking<Form>, policy: FailurePolicy = .deadLetter,
    atoms: [[Int]]
) throws -> [Int] {
    let out = Collector<Int>()
    try site.launch(
        Application("m") { app in
            let portal = app.portal(
                "p", asking: Int.self, replying: Int.self, keyedBy: { _ in 0 })
            app.workflow("replier", onFailure: policy).requestsOnly()
                .task("t", body, replies: portal).sink("none")
            app.workflow("asker").source(app.generator("g", atoms: atoms)).key { _ in 0 }
                .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                    task.await(
                        task.ask(portal, event), { reply, _, task in task.emit(reply) },
                        onFailure: { failure, _, task in
                            task.emit(event * 100 + outcome(failure))
                        })
                }.sink("out", out)
        })
    try site.rest()
    return out.events
}

@Suite struct DeferredReplyTests {
    @Test("3.5 replies put off are given at the end of the atom, in the order of the answers")
    func ranks() throws {
        try underAllDrivers { site in
            let seen = try outcomes(site, Ranking<Unguarded>(), atoms: [[5, 3, 4], [1], [9, 8]])
            try site.expect(seen, is: [3, 1_004, 2_005, 1, 8, 1_009])
        }
    }

    @Test("3.5 a request put off and never answered ends with replierFailed, also where undone")
    func unanswered() throws {
        let failed = outcome(.replierFailed)
        try underAllDrivers { site in
            let seen = try outcomes(site, Ranking<Unguarded>(), atoms: [[2, -1], [-3]])
            try site.expect(seen.sorted(), is: [-300 + failed, -100 + failed, 1_002].sorted())
        }
        try underAllDrivers { site in
            let seen = try outcomes(
                site, Ranking<Unguarded>(), policy: .abortAtom, atoms: [[2, -1], [-3]])
            try site.expect(seen.sorted(), is: [-300 + failed, -100 + failed, 1_002].sorted())
        }
    }

    @Test("3.5 a handler that puts its reply off and fails has put nothing off")
    func failingRequest() throws {
        let failed = outcome(.replierFailed)
        try underAllDrivers { site in
            let seen = try outcomes(
                site, Ranking<Guarded>(failsAt: 4), atoms: [[5, 4, 3]])
            try site.expect(seen.sorted(), is: [3, 400 + failed, 1_005].sorted())
        }
    }

    @Test("3.5 where the end of an atom fails, none of its replies remain and each request ends")
    func failingEnd() throws {
        let failed = outcome(.replierFailed)
        for policy in [FailurePolicy.deadLetter, .abortAtom] {
            try underAllDrivers { site in
                let seen = try outcomes(
                    site, Ranking<Guarded>(failsEndAt: 4), policy: policy, atoms: [[5, 4, 3], [7]])
                try site.expect(
                    seen.map { $0 < 300 ? $0 : $0 % 1_000 }.sorted(),
                    is: [300 + failed, 400 + failed, 500 + failed, 7].sorted())
            }
        }
    }

    @Test("3.5 a reply put off can't be given twice, or put off without a request")
    func misuse() async {
        await #expect(processExitsWith: .failure) { try runMisusing(.twice) }
        await #expect(processExitsWith: .failure) { try runMisusing(.withoutRequest) }
    }
}

private enum Misuse { case twice, withoutRequest }

private struct Misusing: TaskBody {
    typealias Input = Never
    typealias Output = Never
    typealias Request = Int
    typealias Reply = Int
    let misuse: Misuse
    var kept: DeferredReply<Int>?
    mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout Context) {}
    mutating func onRequest(_ request: Int, _ state: inout Void, _ task: inout Context) {
        if misuse == .withoutRequest { task.reply(request) }
        kept = task.deferReply()
    }
    mutating func onAtomComplete(_ task: inout Context) {
        guard let reply = kept else { return }
        task.reply(1, to: reply)
        if misuse == .twice { task.reply(1, to: reply) }
    }
}

private func runMisusing(_ misuse: Misuse) throws {
    let site = SteppedSite()
    try site.launch(
        Application("m") { app in
            let portal = app.portal("p", asking: Int.self, replying: Int.self)
            app.workflow("r").requestsOnly()
                .task("t", Misusing(misuse: misuse), replies: portal).sink("none")
            app.workflow("a").source(app.generator("g", atoms: [[1], [2]])).key { _ in 0 }
                .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                    task.await(task.ask(portal, event), { reply, _, task in task.emit(reply) })
                }.sink("out")
        })
    site.run()
}
