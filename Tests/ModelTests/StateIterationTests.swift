// Section 2.7 of the model, its last line: going over all states of a task on a partition.
import Portals
import Testing

/// Adds up under each key, forgets a key at the value 0, and tells all its states at the ends.
private struct Census: TaskBody {
    /// What the states are multiplied with at the end of an atom, while they are gone over.
    let factor: Int
    func initialState() -> Int { 0 }
    mutating func onEvent(_ event: Tagged, _ state: inout Int, _ task: inout Context) {
        state += event.value
        if event.value == 0 { task.removeState() }
    }
    mutating func onAtomComplete(_ task: inout Context) {
        task.forEachState { _, state in state *= factor }
        tell(&task)
    }
    mutating func onComplete(_ task: inout Context) { tell(&task) }

    private func tell(_ task: inout Context) {
        var states: [Tagged] = []
        task.forEachState { key, state in states.append(Tagged(key: key, value: state)) }
        for state in states { task.emit(state, key: state.key) }
    }
}

/// Changes all states at the end of an atom, and may fail there if the last event was large.
private struct FailingCensus: TaskBody {
    static var canFail: Bool { true }
    let fails: Bool
    var isLarge = false
    func initialState() -> Int { 0 }
    mutating func onEvent(_ event: Tagged, _ state: inout Int, _ task: inout Context) {
        state += event.value
        isLarge = event.value >= 1_000
    }
    mutating func onAtomComplete(_ task: inout Context) {
        task.forEachState { _, state in state *= 2 }
        task.forEachState { _, state in state += 1 }
        if isLarge && fails { task.fail("the atom is large") }
    }
    mutating func onComplete(_ task: inout Context) {
        var states: [Tagged] = []
        task.forEachState { key, state in states.append(Tagged(key: key, value: state)) }
        for state in states { task.emit(state, key: state.key) }
    }
}

@Suite("2.7: going over all states")
struct StateIterationTests {
    /// Enough for tables that grow several times, on four partitions too.
    private static let keys: [Key] = (0..<200).map { $0 &* 0x9E37_79B9_7F4A_7C15 }
    private static let atoms: [[Tagged]] = [
        keys.map { Tagged(key: $0, value: 1 + Int($0 % 5)) },
        // Every third is forgotten, and the second of those comes back.
        keys.enumerated().filter { $0.offset % 3 == 0 }.map { Tagged(key: $0.element, value: 0) }
            + [Tagged(key: keys[3], value: 9)],
        keys.suffix(20).map { Tagged(key: $0, value: 2) },
    ]

    /// The states after each atom, by key.
    private static func states(factor: Int) -> [[Key: Int]] {
        var states: [Key: Int] = [:]
        return atoms.map { atom in
            for event in atom {
                states[event.key, default: 0] += event.value
                if event.value == 0 { states[event.key] = nil }
            }
            states = states.mapValues { $0 * factor }
            return states
        }
    }

    @Test("2.7 forEachState goes over the task's keys of the partition, each once, in one order")
    func ownKeys() throws {
        // By number of partitions: the order is the same under all drivers.
        var orders: [Int: [[Tagged]]] = [:]
        try underAllDrivers { site in
            let outs = [Collector<Tagged>(), Collector<Tagged>()]
            try site.launch(
                Application("m") { app in
                    let keyed = app.workflow("w").source(app.generator("g", atoms: Self.atoms))
                        .key(\.key)
                    // Two tasks with the same keys and other states: each sees its own.
                    keyed.task("once", Census(factor: 1)).sink("told", outs[0])
                    keyed.task("twice", Census(factor: 2)).sink("told-twice", outs[1])
                })
            try site.rest()
            for (out, factor) in zip(outs, [1, 2]) {
                var expected = Self.states(factor: factor)
                expected.append(expected[expected.count - 1])  // The end of the stream.
                try site.expect(out.atoms.count, is: expected.count)
                for (atom, states) in zip(out.atoms, expected) {
                    // A key of another partition, or one told twice, would be one too many.
                    try site.expect(
                        atom.sorted { $0.key < $1.key },
                        is: states.map { Tagged(key: $0.key, value: $0.value) }
                            .sorted { $0.key < $1.key })
                    let places = atom.map { partition(of: $0.key, count: site.partitions) }
                    try site.expect(places, is: places.sorted())
                }
            }
            let order = orders[site.partitions] ?? outs[0].atoms
            orders[site.partitions] = order
            try site.expect(outs[0].atoms, is: order)
        }
    }

    @Test(
        "4.1 what forEachState changed is undone where its handler fails, and with its atom",
        arguments: [
            (FailurePolicy.deadLetter, true), (.abortAtom, true),
            // Another task fails, and the atom with it.
            (.abortAtom, false),
        ])
    func undone(policy: FailurePolicy, failsItself: Bool) throws {
        try underAllDrivers { site in
            let out = Collector<Tagged>()
            let keys = 0..<64 as Range<Key>
            try site.launch(
                Application("m") { app in
                    // The large atom has half of the keys: the others change at its end.
                    let atoms = [(1, 64), (1_000, 32), (3, 64)].map { value, count in
                        keys.prefix(count).map { Tagged(key: $0, value: value) }
                    }
                    let keyed = app.workflow("w", onFailure: policy)
                        .source(app.generator("g", atoms: atoms)).key(\.key)
                    keyed.task("t", FailingCensus(fails: failsItself)).sink("out", out)
                    keyed.throwingTask("other", state: (), emits: Never.self) { event, _, _ in
                        if event.value >= 1_000 && !failsItself { throw Refusal() }
                    }
                })
            try site.rest()
            // 1 → 3 → 13 where the large atom did nothing, or its end did nothing.
            let large = policy == .deadLetter ? (1_003 + 3) * 2 + 1 : 13
            try site.expect(
                out.events.sorted { $0.key < $1.key },
                is: keys.map { Tagged(key: $0, value: $0 < 32 ? large : 13) })
        }
    }

    @Test(
        "2.7 without keys forEachState goes over the one state of the partition, and is undone too",
        arguments: [(FailurePolicy.deadLetter, true), (.abortAtom, true), (.abortAtom, false)])
    func withoutKeys(policy: FailurePolicy, failsItself: Bool) throws {
        try underAllDrivers { site in
            let out = Collector<Tagged>()
            try site.launch(
                Application("m") { app in
                    let atoms = [1, 1_000, 3].map { [Tagged(key: 9, value: $0)] }
                    let events = app.workflow("w", partitions: 1, onFailure: policy)
                        .source(app.generator("g", atoms: atoms))
                    events.task("t", FailingCensus(fails: failsItself)).sink("out", out)
                    events.throwingTask("other", state: (), emits: Never.self) { event, _, _ in
                        if event.value >= 1_000 && !failsItself { throw Refusal() }
                    }
                })
            try site.rest()
            // As with keys.
            try site.expect(
                out.events,
                is: [Tagged(key: 0, value: policy == .deadLetter ? (1_003 + 3) * 2 + 1 : 13)])
        }
    }

    @Test("2.6 at the end of an atom there is no state to remove, and none of key 0 is")
    func noStaleRemoval() async {
        await #expect(processExitsWith: .failure) {
            let site = SteppedSite()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1]])).key { _ in 0 }
                        .task(
                            "t", state: 0, emits: Never.self, { _, state, _ in state += 1 },
                            onAtomComplete: { task in task.removeState() })
                })
            site.run()
        }
    }

    @Test("2.6 there is no current key in onComplete")
    func noStaleKey() async {
        await #expect(processExitsWith: .failure) {
            let site = SteppedSite()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: [[1]])).key { _ in 7 }
                        .task(
                            "t", state: (), emits: Int.self, { event, _, task in task.emit(event) },
                            onComplete: { task in task.emit(Int(task.key), key: 0) }
                        ).sink("out")
                })
            site.run()
        }
    }
}
