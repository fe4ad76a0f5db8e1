// The runtime's account of itself: what it counts is exact, what it samples adds up, and nothing of
// it remains where nobody asks.
import Portals
import Synchronization
import Testing

/// A clock that only its users let pass.
private final class SetClock: Sendable {
    private let time = Atomic<UInt64>(0)
    var now: UInt64 { time.load(ordering: .relaxed) }
    func pass(_ nanoseconds: UInt64) { time.add(nanoseconds, ordering: .relaxed) }
}

@Suite("the account of tasks") struct AccountTests {
    private static let events = 3_000
    private static let atomSize = 50

    private static func engine(
        _ clock: SetClock, workers: Int = 1, interval: Int
    ) -> Engine {
        var options = EngineOptions()
        options.workers = workers
        options.accountInterval = interval
        return Engine(options: options, memory: { _ in .heap }, clock: { clock.now })
    }

    /// A count by key whose handler takes 100 ns an event and its sink 7 ns.
    private static func application(_ clock: SetClock) -> Application {
        Application("a") { app in
            app.workflow("w")
                .source(
                    app.generator("g", Integers(), count: UInt64(events), atomSize: atomSize)
                )
                .key { $0 % 16 }
                .task("count", state: 0, emits: Int.self) { _, count, task in
                    clock.pass(100)
                    count += 1
                    task.emit(count)
                }
                .sink("s") { _ in SlowSink(clock: clock) }
        }
    }

    private struct SlowSink: SinkBody {
        let clock: SetClock
        mutating func onBatch(_ batch: Batch<Int>, _ step: StepInfo) {
            clock.pass(7 * UInt64(batch.count))
        }
    }

    private static func run(_ engine: Engine, _ application: Application) throws {
        try engine.launch([application])
        for worker in engine.workers { worker.resetMetrics() }
        while engine.workers.reduce(false, { $1.step() || $0 }) {}
        #expect(engine.isAtRest)
    }

    private static func line(
        _ account: EngineAccount, _ kind: String
    ) -> (events: UInt64, nanoseconds: Double) {
        account.tasks.filter { $0.kind == kind }.reduce((0, 0)) {
            ($0.0 + $1.events, $0.1 + $1.nanoseconds)
        }
    }

    @Test(
        "events are counted exactly on every node, however seldom a step is timed",
        arguments: [1, 2, 4], [1, 7, 64])
    func countsEvents(workers: Int, interval: Int) throws {
        let clock = SetClock()
        let engine = Self.engine(clock, workers: workers, interval: interval)
        try Self.run(engine, Self.application(clock))
        let account = try #require(engine.account())
        for kind in ["source", "key", "task", "sink"] {
            #expect(Self.line(account, kind).events == UInt64(Self.events), "\(kind)")
        }
        // The end of the stream is a step too.
        let atoms = UInt64(Self.events / Self.atomSize)
        #expect(account.elements.count == workers)
        for element in account.elements { #expect(element.steps == atoms + 1) }
        #expect(account.workers.reduce(0) { $0 + $1.endedAtoms } == Int(atoms))
        #expect(account.rings.count == workers * (workers - 1))
    }

    @Test("where every turn is timed, each node is charged what it took and nothing else")
    func chargesExactly() throws {
        let clock = SetClock()
        let engine = Self.engine(clock, interval: 1)
        try Self.run(engine, Self.application(clock))
        let account = try #require(engine.account())
        #expect(Self.line(account, "task").nanoseconds == Double(100 * Self.events))
        #expect(Self.line(account, "sink").nanoseconds == Double(7 * Self.events))
        #expect(Self.line(account, "source").nanoseconds == 0)
        #expect(Self.line(account, "key").nanoseconds == 0)
        let worker = try #require(account.workers.first)
        #expect(worker.passed == UInt64(107 * Self.events))
        #expect(worker.tasks == Double(worker.passed))
        #expect(worker.waiting == 0)
        #expect(worker.turns == worker.timedTurns)
    }

    @Test("where few turns are timed, what they took stands for all")
    func chargesSampled() throws {
        let clock = SetClock()
        let engine = Self.engine(clock, interval: 4)
        try Self.run(engine, Self.application(clock))
        let account = try #require(engine.account())
        let expected = Double(100 * Self.events)
        let charged = Self.line(account, "task").nanoseconds
        #expect(abs(charged - expected) < expected / 2, "\(charged)")
        let worker = try #require(account.workers.first)
        #expect(worker.timedTurns < worker.turns / 2 && worker.timedTurns > 4)
    }

    @Test("time in which nothing was there to do is waiting")
    func waits() throws {
        let clock = SetClock()
        let engine = Self.engine(clock, interval: 1)
        try Self.run(engine, Self.application(clock))
        for worker in engine.workers { worker.resetMetrics() }
        for _ in 0..<10 {
            clock.pass(1_000)
            #expect(!engine.workers[0].step())
        }
        let worker = try #require(engine.account()?.workers.first)
        #expect(worker.passed == 10_000)
        #expect(worker.waiting == 10_000)
        #expect(worker.tasks == 0)
    }

    @Test("requests and replies are counted apart from events")
    func countsAsks() throws {
        let clock = SetClock()
        let engine = Self.engine(clock, workers: 2, interval: 3)
        try Self.run(
            engine,
            Application("a") { app in
                let portal = app.portal(
                    "p", asking: UInt64.self, replying: UInt64.self, keyedBy: { $0 })
                app.workflow("replier").requestsOnly()
                    .task("r", DoubleTask(), replies: portal).sink("none")
                app.workflow("asker")
                    .source(app.generator("g", Integers(), count: 90, atomSize: 10))
                    .key { $0 }
                    .task(
                        "t", state: 0, emits: Int.self, asks: portal, remembering: UInt64.self
                    ) {
                        event, _, task in
                        task.ask(portal, event, remembering: event)
                    } onReply: { _, _, _, task in
                        task.emit(1)
                    }
                    .sink("s")
            })
        let account = try #require(engine.account())
        func sums(_ suffix: String) -> [UInt64] {
            let tasks = account.tasks.filter { $0.path.hasSuffix(suffix) }
            return [\EngineAccount.Task.events, \.requests, \.replies].map { path in
                tasks.reduce(0) { $0 + $1[keyPath: path] }
            }
        }
        #expect(sums("/r") == [0, 90, 0])
        #expect(sums("/t") == [90, 0, 90])
    }

    private struct DoubleTask: TaskBody {
        typealias Input = Never
        typealias Output = Never
        typealias Request = UInt64
        typealias Reply = UInt64
        mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout Context) {}
        mutating func onRequest(_ request: UInt64, _ state: inout Void, _ task: inout Context) {
            task.reply(request * 2)
        }
    }

    @Test("without an interval there is no account")
    func isOff() throws {
        let clock = SetClock()
        let engine = Self.engine(clock, interval: 0)
        try Self.run(engine, Self.application(clock))
        #expect(engine.account() == nil)
    }

    @Test("a reset begins at nothing, and what was before is not counted again")
    func resets() throws {
        let clock = SetClock()
        let engine = Self.engine(clock, interval: 2)
        try Self.run(engine, Self.application(clock))
        for worker in engine.workers { worker.resetMetrics() }
        let account = try #require(engine.account())
        #expect(account.tasks.allSatisfy { $0.events == 0 && $0.nanoseconds == 0 })
        #expect(account.elements.allSatisfy { $0.steps == 0 && $0.stepNanoseconds == nil })
        #expect(account.workers.allSatisfy { $0.passed == 0 && $0.turns == 0 })
    }
}

@Suite struct AccountThreadsTests {
    @Test("a site on threads gives its account while it goes on, and after it")
    func site() throws {
        var options = SiteOptions(workers: 2)
        options.engine.accountInterval = 8
        let site = try Site(.configured(options))
        try site.launch(
            Application("a") { app in
                app.workflow("w")
                    .source(app.generator("g", Integers(), count: 200_000, atomSize: 100))
                    .key { $0 }
                    .task("t", state: 0, emits: Int.self) { _, count, task in
                        count += 1
                        task.emit(count)
                    }
                    .sink("s")
            })
        _ = site.account()
        try site.awaitRest(timeoutSeconds: 60)
        let account = try #require(site.account())
        #expect(account.commits == nil)
        let tasks = account.tasks.filter { $0.kind == "task" }
        #expect(tasks.reduce(0) { $0 + $1.events } == 200_000)
        for worker in account.workers {
            #expect(worker.waiting >= 0 && worker.waiting <= Double(worker.passed))
        }
        site.resetAccount()
        let after = try #require(site.account())
        #expect(after.tasks.allSatisfy { $0.events == 0 })
    }
}
