// How streams end: behind what their ends depend on, and with nothing after them.
import Portals
import RandomApplications
import Testing

@testable import FaultSimulation

@Suite("Ends")
struct EndTests {
    /// Were it recorded before, a crash could keep it and lose what another worker had decided: the
    /// simulation finds that as `decidesOnUndurable` (scripts/test-mutations).
    @Test(
        "a stream ends only when all that its end depends on is durable",
        arguments: FixedProgram.allCases.filter { $0 != .stops })
    func durableEnds(_ program: FixedProgram) throws {
        var numbers = Draw(seed: 7)
        var options = EngineOptions()
        options.workers = 3
        options.placement = .spread
        options.commit = .durable
        let journal = try SegmentJournal(
            opening: SimulatedDisk().storage(), application: JournalApplication(name: "ends"))
        try journal.fence()
        let site = try SimulatedSite(
            options, seed: 7, journal: journal,
            applications: program.build(7, OutsideWorld().run()))
        // The writer has its turn only when nobody else has anything to do.
        site.schedule { _ in numbers.below(3) }
        var (before, durable): (UInt64, UInt64) = (0, 0)
        var commits = site.commits
        while site.engine.endedElements == 0 {
            before = site.engine.nextSteps.reduce(0, +)
            if site.commits > commits { durable = before }
            commits = site.commits
            try #require(try site.step())
        }
        // All steps before the first end.
        #expect(durable == before && before > 0)
        #expect(try site.run())
    }

    @Test("a reply that comes when the stream has ended is dropped")
    func lateReplies() throws {
        var dropped = 0
        for seed in 0..<300 as Range<UInt64> {
            let world = OutsideWorld()
            let out = Out(watch: world.run())
            var options = EngineOptions()
            options.workers = 2
            options.placement = .spread
            options.ringCapacity = 1
            options.recordsOrder = true
            let site = SteppedSite(options, seed: seed)
            try site.launch(
                Application("late") { app in
                    let slow = app.portal("slow", asking: Int.self, replying: Int.self)
                    app.workflow("replier").requestsOnly()
                        .task("replier", state: (), emits: Never.self, replies: slow) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request)
                        }
                    app.workflow("asker").source(
                        app.generator("g", atoms: (0..<3).map { [$0] })
                    ).key { _ in 0 }
                        .task("asker", state: 0, emits: Int.self, asks: slow) { event, _, task in
                            let future = task.ask(slow, event)
                            task.await(future, { _, _, _ in })
                            task.cancel(future)
                        }
                        .key { _ in 0 }
                        .task(
                            "ends", state: 0, emits: Int.self,
                            { event, _, task in task.emit(event) },
                            onAtomComplete: { task in task.emit(-1, key: 0) }
                        ).sink("out", out.sink("out"))
                })
            site.run()
            #expect(world.faults.isEmpty, "seed \(seed)")
            dropped += site.engine.recordedOrder.steps.joined().count { $0.kind == .refusal }
        }
        #expect(dropped > 0, "no reply came late")
    }
}
