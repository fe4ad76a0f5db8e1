// Sections 2.1 to 2.4 of the model: what a step is, and the order of events in an atom.
import Portals
import Testing

/// An event with a key and a place, to tell events of one value apart.
struct Tagged: Event, Hashable {
    var key: Key
    var value: Int
}

@Suite("2.1 to 2.4: steps")
struct StepTests {
    @Test("2.1 a step consumes one atom: its number in the order is the atom's number")
    func oneAtomAStep() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: (0..<20).map { [$0, $0] }))
                        .key(keyOf)
                        .process("p", emits: Int.self) { _, task in task.emit(Int(task.step)) }
                        .sink("out", out)
                })
            try site.rest()
            try site.expect(out.atoms, is: (0..<20).map { [$0, $0] })
            let order = site.engine.order(of: "/m/workflows/w") ?? []
            try site.expect(
                order.prefix(20).map(\.producerStep), is: (0..<20).map { UInt64($0) })
            try site.expect(order.count, is: 21)
        }
    }

    @Test("2.2 one atom in, at most one out, through keys, unions, splits and diamonds")
    func neverFusedNorCut() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let source = app.workflow("w").source(
                        app.generator(
                            "g", atoms: (0..<30).map { [$0 * 10, $0 * 10 + 1, $0 * 10 + 2] }))
                    let deep = source.key(keyOf).map { $0 }.key { keyOf($0 / 2) }
                    let shallow = source.key { _ in 3 }
                    let none = source.filter { _ in false }.key(keyOf)
                    let stream = deep.union(shallow).union(none).stream()
                    let split = app.splitter(
                        "s", stream,
                        splits: [("even", { $0 % 2 == 0 }), ("odd", { $0 % 2 == 1 })])
                    let join = app.sequencer("join", of: Int.self)
                    app.connect(split["even"], to: join)
                    app.connect(split["odd"], to: join)
                    app.workflow("end").source(join.stream).sink("out", out)
                })
            try site.rest()
            // Each atom comes once from each split, whole.
            var expected: [[Int]] = []
            for atom in 0..<30 {
                let events = [atom * 10, atom * 10 + 1, atom * 10 + 2]
                expected.append((events + events).filter { $0 % 2 == 0 }.sorted())
                expected.append((events + events).filter { $0 % 2 == 1 }.sorted())
            }
            let got = out.atoms.map { $0.sorted() }
            try site.expect(got.sorted { $0[0] < $1[0] }, is: expected.sorted { $0[0] < $1[0] })
            try site.expect(out.isSealed, "not sealed")
        }
    }

    @Test("2.2 a step that emits nothing publishes no atom")
    func nothingIsNoAtom() throws {
        try underAllDrivers { site in
            let ends = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let thinned = app.workflow("thin").source(
                        app.generator("g", atoms: (0..<12).map { [$0] })
                    ).key(keyOf).process("p", emits: Int.self) { event, task in
                        if event % 3 == 0 { task.emit(event) }
                    }.stream()
                    app.workflow("ends").source(thinned).key { _ in 0 }.task(
                        "ends", state: (), emits: Int.self, { event, _, task in task.emit(event) },
                        onAtomComplete: { task in
                            if task.partition == partition(of: 0, count: task.partitionCount) {
                                task.emit(-1, key: 0)
                            }
                        }
                    ).sink("out", ends)
                })
            try site.rest()
            try site.expect(ends.atoms, is: [0, 3, 6, 9].map { [$0, -1] })
            let order = site.engine.order(of: "/m/workflows/ends") ?? []
            try site.expect(order.count, is: 5)  // And the seal.
        }
    }

    @Test("2.2 an empty atom of a generator is none, fused into its reader or read by several")
    func emptyAtoms() throws {
        try underAllDrivers { site in
            let outs = [Collector<Int>(), Collector<Int>(), Collector<Int>()]
            try site.launch(
                Application("m") { app in
                    let atoms = [[], [1, 2], [], [], [3], []]
                    let alone = app.generator("alone", atoms: atoms)
                    let shared = app.generator("shared", atoms: atoms)
                    for (number, stream) in [alone, shared, shared].enumerated() {
                        app.workflow("w\(number)").source(stream).key { _ in 0 }.task(
                            "ends", state: (), emits: Int.self,
                            { event, _, task in task.emit(event) },
                            onAtomComplete: { task in
                                if task.partition == partition(of: 0, count: task.partitionCount) {
                                    task.emit(-1, key: 0)
                                }
                            }
                        ).sink("out", outs[number])
                    }
                    app.workflow("nothing").source(
                        app.generator("nothing", atoms: [[], []] as [[Int]])
                    ).sink("out")
                })
            try site.rest()
            for (number, out) in outs.enumerated() {
                try site.expect(out.atoms, is: [[1, 2, -1], [3, -1]])
                let order = site.engine.order(of: "/m/workflows/w\(number)") ?? []
                try site.expect(order.map(\.producerStep), is: [0, 1, 0])  // And the seal.
            }
            try site.expect(site.engine.order(of: "/m/workflows/nothing")?.count, is: 1)
        }
    }

    @Test("2.3 every partition runs the steps in the one recorded order, as a serial run would")
    func oneOrder() throws {
        try underAllDrivers { site in
            let seen = Collector<Tagged>()
            try site.launch(
                Application("m") { app in
                    let merged = app.sequencer("merged", of: Int.self)
                    for number in 0..<3 {
                        app.connect(
                            app.generator(
                                "g\(number)", atoms: (0..<10).map { [number * 100 + $0] }),
                            to: merged)
                    }
                    app.workflow("w").source(merged.stream)
                        .flow(emits: Int.self) { batch, out in
                            for key in 0..<8 where batch.count > 0 { out.emit(batch[0] * 8 + key) }
                        }
                        .key { Key($0 % 8) }
                        .task("t", state: 0, emits: Tagged.self) { event, state, task in
                            // The last event of the key, and this one: an order for each key.
                            task.emit(Tagged(key: task.key, value: state * 10_000 + event / 8))
                            state = event / 8
                        }.sink("out", seen)
                })
            try site.rest()
            let order = try #require(site.engine.order(of: "/m/workflows/w"))
            let merged = try #require(site.engine.order(of: "/m/sequencers/merged"))
            // A sequencer's step is one atom of one generator, in that generator's order.
            let atoms = merged.filter { $0.input < 3 }.map {
                Int($0.input) * 100 + Int($0.producerStep)
            }
            let serial = order.filter { $0.input == 0 }.map { atoms[Int($0.producerStep)] }
            try site.expect(serial.sorted(), is: atoms.sorted())
            for key in 0..<8 as Range<Key> {
                var last = 0
                let expected = serial.map { atom in
                    defer { last = atom }
                    return last * 10_000 + atom
                }
                try site.expect(
                    seen.events.filter { $0.key == key }.map(\.value), is: expected)
            }
        }
    }

    @Test("2.4 events keep their order along a chain")
    func chainOrder() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            let atoms = (0..<5).map { atom in (0..<3_000).map { atom * 3_000 + $0 } }
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(app.generator("g", atoms: atoms))
                        .map { $0 + 1 }.filter { $0 % 5 != 0 }
                        .process("p", emits: Int.self) { event, task in
                            task.emit(event * 2)
                            task.emit(event * 2 + 1)
                        }.sink("out", out)
                })
            try site.rest()
            var expected: [[Int]] = []
            for atom in atoms {
                let kept = atom.map { $0 + 1 }.filter { $0 % 5 != 0 }
                expected.append(kept.flatMap { [2 * $0, 2 * $0 + 1] })
            }
            try site.expect(out.atoms, is: expected)
        }
    }

    @Test("2.4 after a union the inputs follow one another as declared")
    func unionOrder() throws {
        try underAllDrivers { site in
            let out = Collector<Tagged>()
            try site.launch(
                Application("m") { app in
                    let source = app.workflow("w").source(
                        app.generator(
                            "g", atoms: (0..<4).map { atom in (0..<8).map { atom * 8 + $0 } }))
                    let late = source.key(keyOf).map { Tagged(key: 0, value: $0) }
                        .key { keyOf($0.value) }
                    let middle = source.key(keyOf).map { Tagged(key: 1, value: $0) }
                    let early = source.key(keyOf).map { Tagged(key: 2, value: $0) }
                    early.union(late).union(middle).sink("out", out)
                })
            try site.rest()
            try site.expect(out.atoms.count, is: 4)
            for (number, atom) in out.atoms.enumerated() {
                if site.partitions == 1 {
                    let events = (0..<8).map { number * 8 + $0 }
                    try site.expect(
                        atom,
                        is: [2, 0, 1].flatMap { key in events.map { Tagged(key: key, value: $0) } })
                }
                for value in (number * 8)..<(number * 8 + 8) {
                    try site.expect(
                        atom.filter { $0.value == value }.map(\.key), is: [2, 0, 1])
                }
            }
        }
    }

    @Test("2.4 after a shuffle events come by sending partition, then in the order of sending")
    func shuffleOrder() throws {
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(
                        app.generator(
                            "g", atoms: (0..<6).map { atom in (0..<40).map { atom * 40 + $0 } })
                    ).key(keyOf).map { $0 }.key { _ in 5 }.sink("out", out)
                })
            try site.rest()
            let expected = (0..<6).map { atom in
                let events = (0..<40).map { atom * 40 + $0 }
                return (0..<site.partitions).flatMap { sender in
                    events.filter { partition(of: keyOf($0), count: site.partitions) == sender }
                }
            }
            try site.expect(out.atoms, is: expected)
        }
    }

    @Test("2.4 an atom of many chunks stays one atom, in order")
    func largeAtoms() throws {
        try underAllDrivers(seeds: 6) { site in
            let out = Collector<UInt64>()
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(
                        app.generator("g", Integers(), count: 25_000, atomSize: 10_000)
                    ).key { $0 % 7 }.task("t", state: 0, emits: UInt64.self) { event, count, task in
                        count += 1
                        task.emit(event)
                    }.sink("out", out)
                })
            try site.rest()
            try site.expect(
                atoms: out.atoms,
                are: [Array(0..<10_000), Array(10_000..<20_000), Array(20_000..<25_000)],
                by: { $0 % 7 })
        }
    }
}
