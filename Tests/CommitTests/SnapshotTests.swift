// What a snapshot holds and refuses: every kind of state, changed types, damaged files.
import CrashWorld
import Portals
import Testing

private struct Basket: Equatable {
    var items: [UInt64] = []
    var note = ""
}
extension Basket: StoredState {
    func store(into bytes: inout StateBytes) {
        items.store(into: &bytes)
        note.store(into: &bytes)
    }
    init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        items = try [UInt64](from: &bytes)
        note = try String(from: &bytes)
    }
}

private struct Unstorable {
    var names: Set<String> = []
}

/// A count with a kibibyte beside it: 3,500 keys take 8 MiB.
private struct WideCount: BitwiseCopyable {
    var count = 0
    var padding = InlineArray<127, UInt64>(repeating: 0)
}

private struct Total: Equatable {
    var sum = 0
}
private struct TotalAndCount: Equatable, MigratedState {
    var sum: Int = 0
    var count: Int = 0
    static func migration(
        from stored: String
    ) -> ((inout StateBytes.Reader) throws(RecordError) -> TotalAndCount)? {
        guard stored.hasPrefix("Total{sum: Int}") else { return nil }
        return { bytes throws(RecordError) in
            TotalAndCount(sum: try bytes.read(Int.self), count: 1_000)
        }
    }
}

/// One keyed task with a state, whose events come in so many atoms.
private func keyed<State>(
    _ initial: State, keys: UInt64, atoms: Int, _ out: OutsideWorld<String>,
    show: @escaping @Sendable (State) -> String,
    change: @escaping @Sendable (UInt64, inout State) -> Void
) -> Application where State: Sendable {
    Application("keyed") { app in
        let numbers = app.generator(
            "numbers",
            atoms: (0..<atoms).map { n in (0..<64).map { UInt64(n * 64 + $0) % keys } })
        app.workflow("states")
            .source(numbers)
            .key { $0 }
            .task("state", state: initial, emits: String.self) { key, state, task in
                change(key, &state)
                task.emit("\(key): \(show(state))")
            }
            .sink("out") { out.body($0) }
    }
}

@Suite struct SnapshotTests {
    /// One disk, and what runs on it.
    private struct Place {
        let disk = SimulatedDisk(seed: 1)
        var storage: SimulatedStorage
        var options = EngineOptions()

        init() {
            storage = disk.storage()
            options.commit = .durable
            options.workers = 2
        }

        func site(
            _ application: Application, snapshots: SnapshotOptions = .onRequest
        ) throws -> SimulatedSite {
            let journal = try SegmentJournal(
                opening: storage, application: JournalApplication(name: application.name))
            try journal.fence()
            return try SimulatedSite(
                options, seed: 1, journal: journal, snapshotsIn: storage, snapshots: snapshots,
                applications: [application])
        }

        /// Runs to half, takes a snapshot, runs to the end and crashes.
        mutating func half(_ application: Application) throws {
            let site = try site(application)
            for _ in 0..<40 { _ = try site.step() }
            site.snapshot()
            try site.run()
            #expect(site.snapshots.count == 1)
            storage = disk.crash(seed: 3)
        }
    }

    /// Steps while a condition holds, and not for ever.
    private func step(_ site: SimulatedSite, while condition: () -> Bool) throws {
        var steps = 0
        while condition() {
            _ = try site.step()
            steps += 1
            try #require(steps < 300_000)
        }
    }

    @Test("a state of strings and arrays, too large for one unit, is there again")
    func storedState() throws {
        let out = OutsideWorld<String>()
        let application = keyed(
            Basket(), keys: 5_000, atoms: 200, out,
            show: { "\($0.items.count) \($0.note)" }
        ) { key, basket in
            basket.items.append(key)
            basket.note += "é\(key)"
        }
        var place = Place()
        try place.half(application)
        let again = try place.site(application)
        #expect(again.restoredSnapshot != nil)
        try again.run()
        #expect(out.contradictions.isEmpty)
        #expect(again.recoveredSteps < 1_000)
    }

    @Test("snapshots in the middle of growth hold the state at their cut")
    func growth() throws {
        let out = OutsideWorld<String>()
        try checkGrowth(
            keyed(
                0, keys: 40_000, atoms: 1_500, out, show: { "\($0)" }
            ) { key, count in count += Int(key) }, out, runs: 8, steps: 1_000)
        #expect(out.atoms.values.reduce(0) { $0 + $1.count } == 1_500 * 64)
    }

    @Test("the same of states of more bytes than the caches, whose lines are asked for ahead")
    func growthOfWideStates() throws {
        let out = OutsideWorld<String>()
        try checkGrowth(
            keyed(
                WideCount(), keys: 7_000, atoms: 600, out, show: { "\($0.count)" }
            ) { _, state in state.count += 1 }, out, runs: 3, steps: 1_000)
        let expected = (0..<(600 * 64)).map { "\($0 % 7_000): \($0 / 7_000 + 1)" }
        #expect(out.atoms.values.flatMap { $0 }.sorted() == expected.sorted())
    }

    private func checkGrowth(
        _ application: Application, _ out: OutsideWorld<String>, runs: Int, steps: Int
    ) throws {
        var place = Place()
        for run in 0..<runs {
            let site = try place.site(application)
            #expect(site.refusedSnapshots.isEmpty)
            #expect((site.restoredSnapshot == nil) == (run == 0))
            try step(site, while: { site.isRecovering })
            for step in 0..<(run < runs - 1 ? steps : .max) {
                if step % 200 == 100 { site.snapshot() }
                if try !site.step() { break }
            }
            if run < runs - 1 { #expect(site.snapshots.count >= 2) }
            place.storage = place.disk.crash(seed: UInt64(run))
        }
        #expect(out.contradictions.isEmpty)
    }

    @Test("a snapshot of a site that comes to rest ends, wherever the journal's writer is by then")
    func atRest() throws {
        // Nothing holds the cut back until the writer has done, and nothing follows that would have
        // it go on: with a drain begun before the cut, only the cut itself can ask for the next.
        for delay in 0..<20 {
            let out = OutsideWorld<String>()
            let application = keyed(
                0, keys: 5, atoms: 1, out, show: { "\($0)" }, change: { $1 += Int($0) })
            var place = Place()
            place.options.commit = .asynchronous
            place.options.workers = 1
            let site = try place.site(application)
            try step(site, while: { site.isRecovering })
            // The worker first, then writer and taker by turns.
            site.schedule { _ in 0 }
            for _ in 0..<delay { _ = try site.step() }
            site.snapshot()
            #expect(try site.run(stepsMax: 100_000))
            #expect(site.snapshots.count == 1, "asked for after \(delay) steps")
        }
    }

    @Test("an increment holds what has changed, and not what has not")
    func increments() throws {
        let out = OutsideWorld<String>()
        let application = Application("keyed") { app in
            // Forty thousand keys once, then the same few again and again.
            let atoms: [[UInt64]] = (0..<1_200).map { atom in
                (0..<64).map { index in UInt64(atom < 700 ? atom * 64 + index : index) }
            }
            let numbers = app.generator("numbers", atoms: atoms)
            app.workflow("states").source(numbers).key { $0 }
                .task("state", state: 0, emits: String.self) { key, state, task in
                    state += 1
                    task.emit("\(key): \(state)")
                }
                .sink("out") { out.body($0) }
        }
        let place = Place()
        let site = try place.site(application)
        try step(site, while: { site.engine.admittedAtoms(of: "/keyed/workflows/states") < 900 })
        for count in 1...2 {
            site.snapshot()
            try step(site, while: { site.snapshots.count < count })
        }
        let full = site.snapshots[0]
        let increment = site.snapshots[1]
        #expect(full.isFull && !increment.isFull)
        #expect(full.byteCount > 44_800 * 16)
        // At most 64 units of 4 KiB, and what every snapshot has.
        #expect(increment.byteCount < 64 * 5_000 + 20_000)
    }

    @Test("a snapshot whose writing back fails is given up with the file's name, and another taken")
    func failedWriteBack() throws {
        let out = OutsideWorld<String>()
        let place = Place()
        let site = try place.site(
            keyed(0, keys: 50, atoms: 300, out, show: { "\($0)" }) { _, count in count += 1 })
        try step(site, while: { site.isRecovering })
        place.disk.faults.failsWriteBack = true
        site.snapshot()
        try step(site, while: { site.snapshotFailures.isEmpty })
        #expect(site.snapshots.isEmpty)
        #expect("\(site.snapshotFailures[0])".contains("/simulated/"))
        place.disk.faults.failsWriteBack = false
        site.snapshot()
        try step(site, while: { site.snapshots.isEmpty })
        try site.run()
        #expect(site.snapshotFailures.count == 1)
        #expect(out.contradictions.isEmpty)
        #expect(out.atoms.values.reduce(0) { $0 + $1.count } == 300 * 64)
    }

    @Test("a type that can't be stored is named with its task, and the site goes on")
    func unstorable() throws {
        let out = OutsideWorld<String>()
        let application = keyed(
            Unstorable(), keys: 5, atoms: 20, out, show: { "\($0.names.count)" }
        ) { key, state in state.names.insert("\(key)") }
        let site = try Place().site(application)
        _ = try site.step()
        site.snapshot()
        try site.run()
        let failure = try #require(site.snapshotFailures.first)
        #expect("\(failure)".contains("/keyed/workflows/states/state"))
        #expect("\(failure)".contains("Unstorable"))
        #expect(out.inOrder.count == 20)
    }

    @Test("a changed type is refused by name, unless it says how to read the old one")
    func changedType() throws {
        let out = OutsideWorld<String>()
        var place = Place()
        // The next version of the program gives other events, as it is meant to.
        place.options.digestInterval = 0
        try place.half(
            keyed(Total(), keys: 9, atoms: 50, out, show: { "\($0.sum)" }) { $1.sum += 1 })
        let error = #expect(throws: RecordError.self) {
            _ = try place.site(
                keyed(UInt64(0), keys: 9, atoms: 50, out, show: { "\($0)" }) { $1 += 1 })
        }
        let text = "\(try #require(error))"
        #expect(text.contains("/keyed/workflows/states/state") && text.contains("Total{sum: Int}"))
        place.storage = place.disk.kill()
        let migrated = OutsideWorld<String>()
        let site = try place.site(
            keyed(
                TotalAndCount(), keys: 9, atoms: 50, migrated,
                show: { "\($0.sum) \($0.count)" }
            ) {
                $1.sum += 1
                $1.count += 1
            })
        try site.run()
        // What was counted before the snapshot has the count that the migration gave.
        #expect(migrated.atoms.values.joined().contains { $0.contains(" 10") })
    }

    @Test("of a damaged snapshot the one before is taken, and said so")
    func fallsBack() throws {
        let out = OutsideWorld<String>()
        let application = keyed(0, keys: 3_000, atoms: 300, out, show: { "\($0)" }) { $1 += 1 }
        var place = Place()
        let site = try place.site(application)
        for count in 1...3 {
            for _ in 0..<300 { _ = try site.step() }
            site.snapshot()
            try step(site, while: { site.snapshots.count < count })
        }
        place.storage = place.disk.crash(seed: 1)
        let newest = try #require(
            place.storage.names().filter { $0.hasPrefix("snapshot") }.max())
        place.disk.flipBit(999, in: newest)
        let again = try place.site(application)
        #expect(again.restoredSnapshot == site.snapshots[1].number)
        #expect(again.refusedSnapshots.count == 1)
        #expect(again.refusedSnapshots.first?.contains(newest) == true)
        try again.run()
        #expect(out.contradictions.isEmpty && out.inOrder.count == 300)
    }

    @Test("no flipped bit and no cut of a snapshot file is taken for the state")
    func fuzz() throws {
        let out = OutsideWorld<String>()
        let application = keyed(
            Basket(), keys: 60, atoms: 30, out, show: { "\($0.items.count)" }
        ) { key, basket in basket.items.append(key) }
        var place = Place()
        try place.half(application)
        let name = try #require(place.storage.names().first { $0.hasPrefix("snapshot") })
        let file = try place.storage.open(name, for: .reading)
        let size = try file.size()
        file.close()
        var draws = Draws(7)
        var refused = 0
        for _ in 0..<400 {
            let bit = draws.below(size * 8)
            place.disk.flipBit(bit, in: name)
            do {
                let site = try place.site(application)
                #expect(site.restoredSnapshot == nil && site.refusedSnapshots.count == 1)
                refused += 1
            } catch let error as JournalError {
                // Of a newer version: what follows can't be known.
                Issue.record("bit \(bit): \(error)")
            }
            place.disk.flipBit(bit, in: name)
            place.storage = place.disk.kill()
        }
        #expect(refused == 400)
        for cut in stride(from: 0, to: size, by: max(1, size / 100)) {
            let file = try place.storage.open(name, for: .writing)
            try file.truncate(to: size - cut - 1)
            let site = try place.site(application)
            #expect(site.restoredSnapshot == nil && site.refusedSnapshots.count == 1)
            place.storage = place.disk.kill()
        }
    }

    @Test("a disk that is full costs the snapshot, and nothing else")
    func diskFull() throws {
        let out = OutsideWorld<String>()
        let application = keyed(0, keys: 40_000, atoms: 700, out, show: { "\($0)" }) { $1 += 1 }
        let place = Place()
        let site = try place.site(application)
        try step(site, while: { site.engine.admittedAtoms(of: "/keyed/workflows/states") < 600 })
        place.disk.faults.capacityBytes = place.disk.usedBytes + 100_000
        site.snapshot()
        try step(site, while: { site.snapshotFailures.isEmpty })
        #expect("\(site.snapshotFailures[0])".contains("free space"))
        place.disk.faults.capacityBytes = .max
        site.snapshot()
        try site.run()
        // What has changed since the lost one is not known: all is written.
        #expect(site.snapshots.first?.isFull == true)
        #expect(out.inOrder.count == 700)
    }

    @Test("a journal that begins behind a snapshot refuses to go on without it")
    func noSnapshot() throws {
        let out = OutsideWorld<String>()
        let application = keyed(0, keys: 40_000, atoms: 900, out, show: { "\($0)" }) { $1 += 1 }
        var place = Place()
        var files = JournalOptions()
        files.segmentBytes = 8_192
        let journal = try SegmentJournal(
            opening: place.storage, application: JournalApplication(name: "keyed"), options: files)
        try journal.fence()
        let site = try SimulatedSite(
            place.options, seed: 1, journal: journal, snapshotsIn: place.storage,
            applications: [application])
        for count in 1...4 {
            for _ in 0..<2_000 { _ = try site.step() }
            site.snapshot()
            try step(site, while: { site.snapshots.count < count })
        }
        try site.run()
        place.storage = place.disk.kill()
        for name in try place.storage.names() where name.hasPrefix("snapshot") {
            try place.storage.remove(name)
        }
        #expect(throws: RecoveryError.self) { _ = try place.site(application) }
    }
}
