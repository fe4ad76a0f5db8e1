// A recovery knows a task that does not make the same of the same, and names it; and takes no task
// for one that is.
import CrashWorld
import Portals
import Synchronization
import Testing

/// Counts calls over all runs: what no snapshot and no journal knows of.
private final class OwnCounter: Sendable {
    private let calls = Atomic<UInt64>(0)
    func next() -> UInt64 { calls.add(1, ordering: .relaxed).newValue }
}

private struct Mark: Event, Hashable {
    var item: UInt64
    var count: UInt64
    /// Padding follows it.
    var small: UInt8
}

/// Two workflows, the second asked by the first; `mark` and `answer` say what is not deterministic.
private func program(
    mark: @escaping @Sendable (UInt64) -> UInt64 = { $0 },
    key: @escaping @Sendable (UInt64) -> Key = { $0 },
    answer: @escaping @Sendable (UInt64) -> UInt64 = { $0 }, atoms: Int = 40,
    out: OutsideWorld<Mark> = OutsideWorld<Mark>()
) -> Application {
    Application("marks") { app in
        let judge = app.portal(
            "judge", asking: UInt64.self, replying: UInt64.self, keyedBy: { $0 })
        app.workflow("judges").requestsOnly()
            .task("judge", state: UInt64(0), emits: Never.self, replies: judge) { _, _, _ in
            } onRequest: { item, _, task in
                task.reply(answer(item))
            }
        let items = app.generator(
            "items", atoms: (0..<atoms).map { n in (0..<6).map { UInt64($0 + n) % 9 } })
        app.workflow("work").source(items)
            .map { $0 }
            .key(key)
            .task("mark", state: UInt64(0), emits: Mark.self, asks: judge, remembering: UInt64.self)
        {
            item, count, task in
            count += 1
            task.ask(judge, item, remembering: item)
        } onReply: { reply, item, count, task in
            task.emit(Mark(item: item, count: mark(reply) &+ count, small: 1))
        }
            .key { $0.item }
            .task("pass", state: 0, emits: Mark.self) { event, _, task in task.emit(event) }
            .sink("out") { out.body($0) }
    }
}

@Suite struct DigestTests {
    /// Runs a program to its end, then recovers it as another process would.
    private func recover(
        _ options: EngineOptions, seed: UInt64? = nil, onDifference: DifferencePolicy = .refuse,
        _ first: Application, _ second: Application
    ) throws -> SimulatedSite {
        let journal = MemoryJournal()
        do {
            let site = try SimulatedSite(
                options, seed: seed, journal: journal, applications: [first])
            try site.run()
            site.engine.publishRecords()
            try site.run()
        }
        let site = try SimulatedSite(
            options, seed: seed, journal: journal, onDifference: onDifference,
            applications: [second])
        while site.isRecovering { _ = try site.step() }
        return site
    }

    private func options(partitions: Int = 1, interval: Int = 64) -> EngineOptions {
        var options = EngineOptions()
        options.commit = .durable
        options.partitions = partitions
        options.workers = min(partitions, 2)
        options.digestInterval = interval
        return options
    }

    private func failure(
        _ options: EngineOptions, _ first: Application, _ second: Application
    )
        -> (task: String, step: UInt64, partition: Int)?
    {
        do {
            _ = try recover(options, first, second)
        } catch RecoveryError.notDeterministic(let task, let step, let partition) {
            return (task, step, partition)
        } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    @Test("deterministic tasks come again as they were, whatever the schedule, and were compared")
    func deterministic() throws {
        for seed in UInt64(1)...20 {
            for partitions in 1...3 {
                let site = try recover(
                    options(partitions: partitions, interval: 3), seed: seed, program(), program())
                #expect(site.engine.comparedDigests > 20)
                #expect(site.engine.differences.isEmpty)
            }
        }
    }

    @Test("a random number of its own is named with the task and its first step", arguments: 1...3)
    func ownRandom(partitions: Int) throws {
        func app() -> Application { program(mark: { _ in UInt64.random(in: 0 ... .max) }) }
        let found = try #require(failure(options(partitions: partitions), app(), app()))
        #expect(found.task == "/marks/workflows/work/mark")
        // Step 0 takes the first atom and asks; the first replies come in the step after.
        #expect(found.step >= 1)
        #expect((0..<partitions).contains(found.partition))
    }

    @Test("a counter outside of the state is named")
    func ownCounter() throws {
        let counter = OwnCounter()
        func app() -> Application { program(mark: { _ in counter.next() }) }
        let found = try #require(failure(options(), app(), app()))
        #expect(found.task == "/marks/workflows/work/mark")
    }

    @Test("the machine's clock is named")
    func wallClock() throws {
        func app() -> Application {
            program(mark: { _ in
                let now = ContinuousClock.now - ContinuousClock().systemEpoch
                return UInt64(now.components.attoseconds) &+ UInt64(now.components.seconds)
            })
        }
        let found = try #require(failure(options(), app(), app()))
        #expect(found.task == "/marks/workflows/work/mark")
    }

    @Test("a key that differs is named, where it stays and where it moves", arguments: [1, 2])
    func otherKey(partitions: Int) throws {
        let found = try #require(
            failure(
                options(partitions: partitions), program(key: { $0 }),
                program(key: { ($0 &+ 1) &* 7 })))
        #expect(found.task.hasPrefix("/marks/workflows/work/key"))
        #expect(found.step == 0)
    }

    @Test("what a replier answers otherwise is its difference, not the asker's")
    func reply() throws {
        let counter = OwnCounter()
        func app() -> Application { program(answer: { _ in counter.next() }) }
        let found = try #require(failure(options(partitions: 2), app(), app()))
        #expect(found.task == "/marks/workflows/judges/judge")
    }

    @Test("the first difference in a later step is named with that step")
    func laterStep() throws {
        let found = try #require(
            failure(
                options(interval: 1), program(mark: { $0 }),
                program(mark: { $0 == 8 ? 9 : $0 })))
        #expect(found.task == "/marks/workflows/work/mark")
        #expect(found.step > 1)
        // Another interval looks at the first 64 steps all the same.
        let again = try #require(
            failure(options(), program(mark: { $0 }), program(mark: { $0 == 8 ? 9 : $0 })))
        #expect(again.step == found.step)
    }

    @Test("without digests nothing is compared; beyond the first steps one in an interval is")
    func interval() throws {
        let counter = OwnCounter()
        func app() -> Application { program(mark: { _ in counter.next() }) }
        let blind = try recover(options(interval: 0), app(), app())
        #expect(blind.engine.comparedDigests == 0 && blind.engine.differences.isEmpty)
        let all = try recover(options(interval: 1), program(atoms: 400), program(atoms: 400))
        let some = try recover(options(interval: 16), program(atoms: 400), program(atoms: 400))
        #expect(some.engine.comparedDigests < all.engine.comparedDigests / 6)
        #expect(some.engine.comparedDigests > all.engine.comparedDigests / 24)
    }

    @Test("a site that is to go on does, and says what differed")
    func goesOn() throws {
        let counter = OwnCounter()
        func app() -> Application { program(mark: { _ in counter.next() }) }
        let site = try recover(options(), onDifference: .goOn, app(), app())
        #expect(site.engine.differences.first?.task == "/marks/workflows/work/mark")
        #expect(site.cutSteps == 0)
    }

    @Test("digests of steps that a crash took are forgotten with them")
    func cut() throws {
        for seed in UInt64(0)..<200 {
            var draws = Draws(seed)
            var options = options(partitions: 1 + draws.below(3), interval: 1 + draws.below(4))
            options.ringCapacity = 8
            var journal = MemoryJournal()
            for run in 0..<5 {
                options.workers = 1 + draws.below(3)
                let site = try SimulatedSite(
                    options, seed: draws.next(), journal: journal,
                    blockByteCountMax: 512, applications: [program()])
                if try site.run(stepsMax: run < 4 ? 1 + draws.below(400) : .max) { break }
                journal = journal.crash(keeping: draws.below(journal.unsynchronizedCount + 1))
            }
        }
    }

    @Test("a site on threads refuses, leaves its journal as it was, and goes on if it is told to")
    func threads() throws {
        let directory = TestDirectory()
        let counter = OwnCounter()
        func app() -> Application { program(mark: { _ in counter.next() }) }
        func launch(_ policy: DifferencePolicy) throws -> SiteRecovery? {
            var journal = SiteJournal.directory(directory.path)
            journal.digests.onDifference = policy
            let site = try Site(.threads(2), journal: journal)
            try site.launch(app())
            try site.awaitRest(timeoutSeconds: 60)
            return site.recovery
        }
        #expect(try launch(.refuse)?.steps == 0)
        for _ in 0..<2 {
            let error = #expect(throws: RecoveryError.self) { try launch(.refuse) }
            let text = "\(try #require(error))"
            #expect(text.contains("/marks/workflows/work/mark is not deterministic"))
            #expect(text.contains("in step") && text.contains("on partition"))
        }
        let recovery = try #require(try launch(.goOn))
        #expect(recovery.comparedDigests > 0 && recovery.cutSteps == 0)
        #expect(recovery.differences.first?.task == "/marks/workflows/work/mark")
    }

    @Test("after a snapshot the steps behind it are looked at")
    func snapshot() throws {
        let directory = TestDirectory()
        let counter = OwnCounter()
        let isOwn = Atomic<Bool>(false)
        func app() -> Application {
            program(
                mark: { isOwn.load(ordering: .relaxed) ? counter.next() : $0 }, atoms: 3_000)
        }
        do {
            let site = try Site(.threads(1), journal: .directory(directory.path))
            try site.launch(app())
            try site.snapshot()
            try site.awaitRest(timeoutSeconds: 60)
        }
        isOwn.store(true, ordering: .relaxed)
        let site = try Site(.threads(1), journal: .directory(directory.path))
        let error = #expect(throws: RecoveryError.self) { try site.launch(app()) }
        #expect("\(try #require(error))".contains("not deterministic"))
    }
}
