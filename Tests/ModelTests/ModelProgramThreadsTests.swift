// Section 6 of the model on threads: every program, on 1, 2 and 4 workers, whatever the machine's
// scheduler does; and what a site does besides running: launching meanwhile, stopping, ending.
import Portals
import Testing

@Suite("Programs that must come out right, on threads", .serialized)
struct ModelProgramThreadsTests {
    /// A site of so many workers. Few messages in a ring make workers wait for each other often.
    static func makeSite(
        _ workers: Int, ringCapacity: Int = 1_024, sourceWindow: Int = 8
    ) throws -> Site {
        var options = SiteOptions(workers: workers)
        options.engine.ringCapacity = ringCapacity
        options.engine.sourceWindow = sourceWindow
        return try Site(.configured(options))
    }

    @Test("on threads, 20 times", arguments: modelPrograms, [1, 2, 4])
    func onThreads(program: ModelProgram, workers: Int) throws {
        for run in 0..<20 {
            let capacity = [1, 2, 8, 1_024][run % 4]
            let site = try Self.makeSite(workers, ringCapacity: capacity, sourceWindow: 1 + run % 5)
            let out = Collector<Int>()
            try site.launch(program.describe(out))
            try site.awaitRest(timeoutSeconds: 30)
            let failures = site.standing { site.engine.deadLetters.count }
            #expect(failures == 0)
            if !check(program, out, workers, "run \(run), rings of \(capacity)") { return }
        }
    }

    @Test("two programs on one site do not disturb each other", arguments: [1, 2, 4])
    func together(workers: Int) throws {
        let program = modelPrograms[2]
        let site = try Self.makeSite(workers, ringCapacity: 8)
        let out = Collector<Int>()
        let ticks = Collector<Int>()
        try site.launch(
            Application("ticks") { app in
                app.workflow("w").source(app.generator("g", atoms: (0..<2_000).map { [$0] }))
                    .key(keyOf).map { $0 }.sink("out", ticks)
            })
        try site.launch(program.describe(out))
        try site.awaitRest(timeoutSeconds: 30)
        check(program, out, workers)
        #expect(ticks.atoms == (0..<2_000).map { [$0] })
    }

    /// Integers from 0 up, without an end.
    struct Naturals: IndexedSource {
        func event(at index: UInt64) -> Int { Int(index) }
    }

    @Test(
        "an application launched while another runs sees a whole tail of its stream",
        arguments: [1, 2, 4])
    func launchWhileRunning(workers: Int) throws {
        let site = try Self.makeSite(workers, ringCapacity: 64)
        let (first, next, earliest) = (Collector<Int>(), Collector<Int>(), Collector<Int>())
        try site.launch(
            Application("a") { app in
                app.workflow("w", retaining: 4)
                    .source(
                        app.generator(
                            "g", Naturals(), count: nil, atomSize: 6, atomsPerSecond: 2_000)
                    )
                    .key(keyOf).map { $0 }.sink("out", first).stream()
            })
        // Runs until a collector has so many atoms, however slow the machine is; at most 10 s.
        func run(until out: Collector<Int>, has count: Int) {
            for _ in 0..<5_000 {
                if site.standing({ out.atoms.count }) >= count { return }
                site.sleep(seconds: 0.002)
            }
        }
        for (name, out, start) in [
            ("b", next, StreamStart.next), ("c", earliest, .earliest),
        ] {
            run(until: first, has: site.standing { first.atoms.count } + 20)
            try site.launch(
                Application(name) { app in
                    app.workflow("w").source(
                        app.stream(at: "/a/workflows/w", of: Int.self), from: start
                    ).sink("out", out)
                })
        }
        run(until: earliest, has: 20)
        site.engine.stopSources()
        try site.awaitRest(timeoutSeconds: 30)
        let all = first.atoms.map { $0.sorted() }
        #expect(all == (0..<all.count).map { atom in (0..<6).map { atom * 6 + $0 } })
        for out in [next, earliest] {
            let seen = out.atoms.map { $0.sorted() }
            #expect(seen.count >= 20 && seen.count < all.count)
            #expect(seen == Array(all.suffix(seen.count)))
            #expect(out.isSealed)
        }
    }

    @Test("a refused launch leaves what runs as it is", arguments: [1, 2])
    func refusedLaunch(workers: Int) throws {
        let site = try Self.makeSite(workers)
        let out = Collector<Int>()
        let program = modelPrograms[0]
        try site.launch(program.describe(out))
        #expect(throws: LaunchError.self) { try site.launch(program.describe(Collector<Int>())) }
        try site.awaitRest(timeoutSeconds: 30)
        check(program, out, workers)
    }

    @Test(
        "a stopped application is reported with its failure, and the others go on",
        arguments: [1, 2, 4])
    func stopped(workers: Int) throws {
        struct Broken: Error {}
        let site = try Self.makeSite(workers, ringCapacity: 8)
        let out = Collector<Int>()
        try site.launch(
            Application("broken") { app in
                app.workflow("w", onFailure: .stopApplication)
                    .source(app.generator("g", atoms: (0..<100).map { [$0] }))
                    .key(keyOf)
                    .throwingTask("fails", state: (), emits: Int.self) { event, _, task in
                        if event == 50 { throw Broken() }
                        task.emit(event)
                    }.sink("out", out)
            })
        let other = Collector<Int>()
        try site.launch(modelPrograms[0].describe(other))
        do {
            try site.awaitRest(timeoutSeconds: 30)
            Issue.record("nothing was reported")
        } catch SiteError.stopped(let applications, let failures) {
            #expect(applications == ["broken"])
            #expect(failures.contains { $0.task == "/broken/workflows/w/fails" }, "\(failures)")
            #expect(failures.contains { $0.error.contains("Broken") }, "\(failures)")
        }
        // What came before is out, the failed atom and those after it are not.
        #expect(out.atoms == (0..<50).map { [$0] })
        check(modelPrograms[0], other, workers)
    }

    @Test("a site that goes away while it runs takes its threads with it", arguments: [1, 2, 4])
    func endsWhileRunning(workers: Int) throws {
        for _ in 0..<5 {
            weak var engine: Engine?
            do {
                let site = try Self.makeSite(workers, ringCapacity: 8)
                engine = site.engine
                try site.launch(
                    Application("endless") { app in
                        app.workflow("w")
                            .source(app.generator("g", Naturals(), count: nil, atomSize: 16))
                            .key(keyOf).map { $0 }.sink("out")
                    })
                // It is under way, however busy the machine is.
                while site.standing({ site.engine.admittedAtoms(of: "/endless/workflows/w") }) == 0
                {
                    site.sleep(seconds: 0.001)
                }
            }
            // Its threads would crash on memory that is gone.
            #expect(engine == nil, "something keeps the engine alive")
        }
    }

    @Test("a wait with a limit ends at it")
    func timesOut() throws {
        let site = try Self.makeSite(2)
        try site.launch(
            Application("endless") { app in
                app.workflow("w").source(app.generator("g", Naturals(), count: nil, atomSize: 16))
                    .key(keyOf).map { $0 }.sink("out")
            })
        #expect(throws: SiteError.self) { try site.awaitRest(timeoutSeconds: 0.01) }
        site.engine.stopSources()
        try site.awaitRest(timeoutSeconds: 30)
    }
}
