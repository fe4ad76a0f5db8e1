// Section 4.1 of the model: what follows when a handler throws; and 4.3, determinism.
import Portals
import Testing

/// Throws on the events it is told to, after it has changed everything it can.
struct Failing: TaskBody {
    typealias Input = Int
    typealias Output = Int
    typealias Memory = Int
    static var canFail: Bool { true }
    let portal: Portal<Int, Int>
    let fails: @Sendable (Int) -> Bool
    /// Per partition.
    var handled = 0
    func initialState() -> Int { 0 }
    mutating func onEvent(_ event: Int, _ state: inout Int, _ task: inout Context) {
        handled += 1
        state += 1
        task.emit(event)
        task.ask(portal, event, remembering: event)
        task.emit(state * 1_000_000 + event)
        if fails(event) { task.fail("\(Refusal())") }
    }
}

@Suite("4.1: failure policies")
struct FailureTests {
    @Test("4.1 deadLetter: what the event did is undone, everything else stays")
    func deadLetter() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            let asked = Collector<Int>()
            let letters = Collector<DeadLetter>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Int.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.emit(request)
                            task.reply(request)
                        }.sink("asked", asked)
                    let workflow = app.workflow("w")
                    workflow.source(
                        app.generator("g", atoms: (0..<8).map { a in (0..<6).map { a * 6 + $0 } })
                    ).key { Key($0 % 3) }
                        .task(
                            "failing", Failing(portal: portal, fails: { $0 % 5 == 2 }),
                            asks: [
                                Asking(
                                    portal,
                                    onReply: { _, reply, memory, state, task in
                                        task.emit(-memory)
                                        state += 1_000
                                        // A continuation throws too.
                                        if memory % 5 == 3 { return task.fail("\(Refusal())") }
                                        state -= 1_000
                                    }, onFailure: { _, _, _, _, _ in })
                            ]
                        ).key { _ in 1 }.sink("out", out)
                    app.workflow("letters").source(keyed: workflow.deadLetters)
                        .sink("letters", letters)
                })
            try site.rest()
            let kept = (0..<48).filter { $0 % 5 != 2 }
            var expected = kept + kept.filter { $0 % 5 != 3 }.map { -$0 }
            for key in 0..<3 {
                for (count, event) in kept.filter({ $0 % 3 == key }).enumerated() {
                    expected.append((count + 1) * 1_000_000 + event)
                }
            }
            try site.expect(out.events.sorted(), is: expected.sorted())
            try site.expect(asked.events.sorted(), is: kept)
            let texts = letters.events.map { "\($0.task) \($0.key) \($0.error) \($0.event)" }
            try site.expect(
                texts.sorted(),
                is: (0..<48).filter { $0 % 5 == 2 || $0 % 5 == 3 }.map {
                    "/m/workflows/w/failing \($0 % 3) Refusal() \($0)"
                }.sorted())
            try site.expect(site.engine.deadLetters.count, is: letters.events.count)
            try site.expect(
                letters.events.allSatisfy {
                    $0.partition == partition(of: $0.key, count: site.partitions)
                }, "\(letters.events)")
        }
    }

    @Test("4.1 dead letters stand in the atom of the step that they failed in")
    func lettersByStep() throws {
        try underAllDrivers { site in
            let letters = Collector<DeadLetter>()
            try site.launch(
                Application("m") { app in
                    let workflow = app.workflow("w")
                    workflow.source(
                        app.generator("g", atoms: (0..<30).map { a in (0..<4).map { a * 4 + $0 } })
                    ).throwingTask("early", state: (), emits: Int.self) { event, _, task in
                        if event % 3 == 0 { return task.fail("\(Refusal())") }
                        task.emit(event)
                    }.key(keyOf).throwingTask("late", state: (), emits: Int.self) {
                        event, _, task in
                        if event % 3 == 1 { return task.fail("\(Refusal())") }
                        task.emit(event)
                    }.sink("out")
                    app.workflow("letters").source(keyed: workflow.deadLetters)
                        .sink("letters", letters)
                })
            try site.rest()
            let expected = (0..<30).map { atom in
                (0..<4).map { atom * 4 + $0 }.filter { $0 % 3 != 2 }.map(String.init)
            }
            try site.expect(
                letters.atoms.map { $0.map(\.event).sorted() }, is: expected.map { $0.sorted() })
            for (number, atom) in letters.atoms.enumerated() {
                try site.expect(atom.allSatisfy { $0.step == UInt64(number) }, "\(atom)")
            }
        }
    }

    @Test(
        "4.1 abortAtom: nothing of the atom remains on any partition; later ones are fine"
    )
    func abortAtom() throws {
        try underAllDrivers { site in
            let out = Collector<Tagged>()
            let asked = Collector<Int>()
            let inner = Collector<Int>()
            let letters = Collector<DeadLetter>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Int.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.emit(request)
                            task.reply(request)
                        }.sink("asked", asked)
                    let workflow = app.workflow("w", onFailure: .abortAtom)
                    app.workflow("letters").source(keyed: workflow.deadLetters)
                        .sink("letters", letters)
                    workflow.source(
                        app.generator("g", atoms: (0..<10).map { a in (0..<8).map { a * 8 + $0 } })
                    ).key(keyOf)
                        .task("before", state: 0, emits: Int.self, asks: portal) {
                            event, state, task in
                            task.ask(portal, event)
                            task.emit(event)
                        }.sink("inner", inner)
                        .key { Key($0 % 4) }
                        .task("counted", CountAtoms()).key { $0.key }
                        .throwingTask("failing", state: 0, emits: Tagged.self) {
                            event, state, task in
                            state += 1
                            task.emit(Tagged(key: event.key, value: event.value * 1_000 + state))
                            // Atoms 2, 5 and 8, by an event in their middle.
                            if event.value / 8 % 3 == 2 && event.value % 8 == 4 {
                                return task.fail("\(Refusal())")
                            }
                        }.sink("out", out)
                })
            try site.rest()
            let kept = (0..<10).filter { $0 % 3 != 2 }
            try site.expect(letters.atoms.map(\.count), is: [1, 1, 1])
            try site.expect(site.engine.abortedAtoms(of: "/m/workflows/w"), is: 3)
            let events = kept.flatMap { atom in (0..<8).map { atom * 8 + $0 } }
            try site.expect(inner.events.sorted(), is: events)
            try site.expect(asked.events.sorted(), is: events)
            var expected: [[Tagged]] = []
            for (number, atom) in kept.enumerated() {
                var tagged: [Tagged] = []
                for offset in 0..<8 {
                    let event = atom * 8 + offset
                    // Two events of the key an atom, and the partition's count of atoms.
                    let count = number * 2 + offset / 4 + 1
                    tagged.append(Tagged(key: Key(event % 4), value: event * 1_000 + count))
                }
                expected.append(tagged)
            }
            let atoms = out.atoms.map { $0.filter { $0.key < 4 } }
            // Which of the two comes first rests on their sending partitions.
            for part in [{ $0.value / 1_000 }, { $0.value % 1_000 }] as [(Tagged) -> Int] {
                try site.expect(
                    atoms.map { $0.map(part).sorted() }, is: expected.map { $0.map(part).sorted() })
            }
            // What the ends of the aborted atoms did to the bodies is undone too.
            let ends = out.atoms.map { Set($0.filter { $0.key >= 4 }.map(\.value)) }
            try site.expect(ends, is: (1...7).map { [-$0 * 1_000 + $0] })
        }
    }

    @Test("4.1 abortAtom: the requests of an aborted atom are refused, also those in continuations")
    func abortedRequests() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let back = app.portal("back", asking: Int.self, replying: Int.self)
                    app.workflow("b").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: back) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request)
                        }.sink("none")
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("r", onFailure: .abortAtom).requestsOnly()
                        .task(
                            "t", AbortingReplier(back: back),
                            asks: [
                                Asking(
                                    back,
                                    onReply: { _, reply, _, _, task in
                                        task.reply(reply)
                                        if reply % 4 == 3 { return task.fail("\(Refusal())") }
                                    }, onFailure: { _, _, _, _, _ in })
                            ], replies: portal
                        ).sink("none")
                    app.workflow("a").source(app.generator("g", atoms: (0..<16).map { [$0] }))
                        .key { _ in 0 }
                        .task("t", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let future = task.ask(portal, event)
                            task.await(
                                future, { reply, _, task in task.emit(reply) },
                                onFailure: { failure, _, task in
                                    task.emit(failure == .replierFailed ? -event : -1_000)
                                })
                        }.sink("out", out)
                })
            try site.rest()
            // 1 mod 4 fails in the handler, 3 mod 4 in the continuation; several requests may
            // share the atom that fails, so others may be refused with them.
            try site.expect(
                out.events.map(abs).sorted(), is: Array(0..<16))
            for event in 0..<16 where event % 2 == 1 {
                try site.expect(
                    out.events.contains(-event), "\(event) was not refused: \(out.events)")
            }
            try site.expect(out.isSealed, "not sealed")
        }
    }

    @Test("4.1 stopApplication: the atom is undone, the application stands, the others go on")
    func stopApplication() throws {
        try underAllDrivers { site in
            let failing = Collector<Int>()
            let reading = Collector<Int>()
            let other = Collector<Int>()
            try site.launch(
                Application("failing") { app in
                    app.workflow("w", onFailure: .stopApplication).source(
                        app.generator("g", atoms: (0..<20).map { [$0 * 2, $0 * 2 + 1] })
                    ).key(keyOf).throwingTask("t", state: (), emits: Int.self) { event, _, task in
                        task.emit(event)
                        if event == 15 { return task.fail("\(Refusal())") }
                    }.sink("out", failing).stream()
                },
                Application("reading") { app in
                    app.workflow("w").source(app.stream(at: "/failing/workflows/w", of: Int.self))
                        .key(keyOf).sink("out", reading)
                },
                Application("other") { app in
                    app.workflow("w").source(app.generator("g", atoms: (0..<50).map { [$0] }))
                        .key(keyOf).sink("out", other)
                })
            try site.rest()
            try site.expect(failing.events.sorted(), is: Array(0..<14))
            try site.expect(reading.events.sorted(), is: Array(0..<14))
            try site.expect(reading.isSealed, "the reader of a stopped stream did not finish")
            try site.expect(other.events.sorted(), is: Array(0..<50))
            try site.expect(other.isSealed, "the other application did not go on")
            try site.expect(site.engine.stoppedApplications, is: ["failing"])
        }
    }

    @Test("4.3 a seed repeats its run: the same order of steps, outputs, times and random numbers")
    func determinism() throws {
        try underAllDrivers(seeds: 10) { site in
            func run(_ site: SteppedSite) throws -> [String] {
                let out = Collector<Tagged>()
                let applications = [
                    Application("m") { app in
                        let join = app.sequencer("join", of: Int.self)
                        for number in 0..<3 {
                            app.connect(
                                app.generator(
                                    "g\(number)", atoms: (0..<10).map { [number * 100 + $0, $0] }),
                                to: join)
                        }
                        app.workflow("w").source(join.stream).key(keyOf)
                            .process("t", emits: Tagged.self) { event, task in
                                task.emit(Tagged(key: task.random(), value: event))
                                task.emit(Tagged(key: task.time, value: Int(task.step)))
                            }.sink("out", out)
                    }
                ]
                try site.engine.launch(applications)
                site.run()
                return ["\(out.atoms)"]
                    + site.engine.elements.map { "\(site.engine.order(of: $0.path) ?? [])" }
            }
            let first = try run(site.site)
            let second = try run(site.driver.makeSite { _ in })
            try site.expect(first, is: second)
        }
    }
}

/// Tags events with their key, and counts atoms with events a partition.
struct CountAtoms: TaskBody {
    typealias Output = Tagged
    var atoms = 0
    var seen = false
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        seen = true
        task.emit(Tagged(key: task.key, value: event))
    }
    mutating func onAtomComplete(_ task: inout Context) {
        if !seen { return }
        seen = false
        atoms += 1
        // Its place apart from the events' keys: one key a partition.
        let key = (4...).first { partition(of: $0, count: task.partitionCount) == task.partition }
        task.emit(Tagged(key: key ?? 4, value: -atoms))
    }
}

/// Asks back for odd multiples, throws on others.
struct AbortingReplier: TaskBody {
    typealias Input = Never
    typealias Output = Never
    typealias Memory = Void
    typealias Request = Int
    typealias Reply = Int
    static var canFail: Bool { true }
    let back: Portal<Int, Int>
    mutating func onEvent(
        _ event: Never, _ state: inout Void, _ task: inout Context
    ) {}
    mutating func onRequest(
        _ request: Int, _ state: inout Void, _ task: inout Context
    ) {
        if request % 4 == 1 {
            task.reply(request)
            return task.fail("\(Refusal())")
        }
        if request % 4 == 3 { return task.ask(back, request, remembering: ()) }
        task.reply(request)
    }
}
