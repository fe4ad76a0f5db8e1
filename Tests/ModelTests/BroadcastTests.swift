// Events for all partitions (2.4, 2.7): each sees each one once, in order, and aligned with the
// atoms.
import Portals
import Testing

/// What a partition has seen: emitted at the end of each atom, with the partition's number.
private struct Heard: Event, Hashable {
    var partition: Int
    var texts: [String]
}

private struct Listener<Form: Guarding>: TaskBody {
    typealias Input = String
    typealias Output = Heard
    static var canFail: Bool { Form.isOn }
    private var texts: [String] = []

    mutating func onEvent(_ event: String, _ state: inout Void, _ task: inout Context) {
        if event == "fails" && task.partition == 0 { return task.fail("as it should") }
        texts.append(event)
    }

    mutating func onAtomComplete(_ task: inout Context) {
        task.emit(Heard(partition: task.partition, texts: texts))
        texts = []
    }
}

/// The version that each partition has, asked by key.
private struct Versions: TaskBody {
    typealias Input = Int
    typealias Output = Never
    typealias Request = Int
    typealias Reply = Int
    private var version = 0

    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        version = event
    }
    mutating func onRequest(_ request: Int, _ state: inout Void, _ task: inout Context) {
        task.reply(request * 1_000 + version)
    }
}

@Suite struct BroadcastTests {
    private func heard<Form: Guarding>(
        _ site: TrialSite, _: Form.Type, policy: FailurePolicy, atoms: [[String]]
    ) throws -> [[Heard]] {
        let out = Collector<Heard>()
        try site.launch(
            Application("b") { app in
                app.workflow("w", onFailure: policy)
                    .source(app.generator("g", atoms: atoms)).broadcast()
                    .task("listen", Listener<Form>()).sink("out", out)
            })
        try site.rest()
        return out.atoms
    }

    @Test("2.4 each partition sees each event of a broadcast once, in the order of the atom")
    func all() throws {
        // More events than a chunk has room for.
        let atoms = [["a", "b"], (0..<700).map { "event \($0)" }, ["c"]]
        try underAllDrivers(seeds: 20) { site in
            let seen = try heard(site, Unguarded.self, policy: .deadLetter, atoms: atoms)
            try site.expect(seen.count, is: atoms.count)
            for (events, atom) in zip(seen, atoms) {
                try site.expect(events.map(\.partition).sorted(), is: Array(0..<site.partitions))
                for event in events {
                    // Several partitions send, each its own part of the atom, in its order.
                    try site.expect(event.texts.sorted(), is: atom.sorted())
                    if site.partitions == 1 { try site.expect(event.texts, is: atom) }
                }
            }
        }
    }

    @Test("4.1 where one partition fails to handle a broadcast, its atom is aborted on all")
    func aborted() throws {
        try underAllDrivers { site in
            let seen = try heard(
                site, Guarded.self, policy: .abortAtom, atoms: [["a"], ["b", "fails"], ["c"]])
            try site.expect(
                seen.flatMap { $0 }.flatMap(\.texts).sorted(),
                is: ["a", "c"].flatMap { text in (0..<site.partitions).map { _ in text } })
        }
    }

    @Test("3.4 of what a broadcast changes, the answers under one key never go back")
    func monotone() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("v") { app in
                    let portal = app.portal(
                        "version", asking: Int.self, replying: Int.self, keyedBy: { Key($0) })
                    app.workflow("replier")
                        .source(app.generator("versions", atoms: (1..<40).map { [$0] }))
                        .broadcast().task("t", Versions(), replies: portal)
                    app.workflow("asker")
                        .source(app.generator("g", atoms: (0..<30).map { _ in [0, 1, 2, 3] }))
                        .key { Key($0) }
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            task.await(task.ask(portal, event)) { reply, _, task in
                                task.emit(reply)
                            }
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(out.events.count, is: 120)
            for key in 0..<4 {
                let versions = out.events.filter { $0 / 1_000 == key }
                try site.expect(versions, is: versions.sorted())
            }
        }
    }

    @Test("a plan says that a broadcast sends each event to all partitions")
    func plan() throws {
        var options = EngineOptions()
        options.workers = 2
        let site = SteppedSite(options)
        try site.launch(
            Application("b") { app in
                app.workflow("w").source(app.generator("g", atoms: [[1]])).broadcast().sink("out")
            })
        let plan = site.engine.planDescription.elements[0]
        #expect(plan.stages == [["source", "broadcast"], ["sink 'out'"]])
        #expect(
            plan.channels.contains {
                $0.hasPrefix("each event to all partitions, to sink 'out' in stage 1")
            })
    }
}
