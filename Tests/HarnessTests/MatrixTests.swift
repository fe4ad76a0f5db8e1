// Matrices: what they expand to, and what is said about wrong ones.
import Report
import Testing

@testable import Harness

@Suite("matrix")
struct MatrixTests {
    let registry = fakeRegistry([
        FakeSystem(name: "portals"),
        FakeSystem(name: "hand-written", known: [.atomSize], ignored: ["mode"], workersMax: 1),
    ])

    private func plan(
        _ flags: [String: String], parameters: [String] = []
    ) throws -> Plan {
        try MatrixResolver.plan(
            draft(flags, parameters: parameters), registry: registry, drawnSeed: 9)
    }

    private func plan(yaml: String, flags: [String: String] = [:]) throws -> Plan {
        try MatrixResolver.plan(
            MatrixFile.read(text: yaml, name: "test.yaml").replaced(by: draft(flags)),
            registry: registry, drawnSeed: 9)
    }

    private func problems(_ make: () throws -> Plan) -> [String] {
        do {
            _ = try make()
            return []
        } catch let error as MatrixError {
            return error.problems
        } catch {
            return ["another error: \(error)"]
        }
    }

    @Test("a matrix is the product of its axes, without what a system ignores or refuses")
    func product() throws {
        let plan = try plan(
            [
                "workload": "shopping-cart", "workers": "1,2", "atom-size": "5,128",
                "pinning": "on,off", "repetitions": "3", "seed": "4", "duration": "250ms",
            ], parameters: ["mode=conserving,faithful"])
        // portals: workers 2 × atoms 2 × pinning 2 × mode 2; hand-written: atoms 2, one worker.
        #expect(plan.cells.count { $0.configuration.system == "portals" } == 16)
        #expect(plan.cells.count { $0.configuration.system == "hand-written" } == 2)
        #expect(
            plan.leftOut == [
                "left out, 2 cells: shopping-cart × hand-written refused: runs on 1 worker only"
            ])
        #expect(plan.repetitions == 3 && plan.seed == 4 && plan.trialCount == 54)
        let hand = try #require(plan.cells.first { $0.configuration.system == "hand-written" })
        #expect(hand.axes.isEmpty && hand.atomSize == 5)
        let ours = try #require(plan.cells.first { $0.configuration.system == "portals" })
        #expect(
            ours.axes == [
                "pinning": "on", "allocator": "jemalloc", "idle": "spin", "journal": "none",
                "mode": "conserving", "rings": "lock-free",
            ])
        #expect(ours.configuration.length == .seconds(0.25))
        #expect(
            plan.schema.axisColumns == [
                "ring_capacity", "rings", "placement", "numa", "pinning", "allocator", "idle",
                "rate_per_second", "arrivals", "journal", "journal_content", "commit_bytes",
                "commit_interval_ns", "commit_when_idle", "snapshot_interval_ns", "mode",
            ])
    }

    @Test("axes that are varied one at a time leave the product, others do not")
    func oneAtATime() throws {
        let draft = try MatrixFile.read(
            text: """
                workload: keyed-count
                workers: [1, 2]
                pinning: [on, off]
                rings: [lock-free, locked]
                parameters: { keys: [10, 20] }
                one-at-a-time: [pinning, rings, keys]
                """, name: "m")
        let plan = try MatrixResolver.plan(
            draft, registry: fakeRegistry([FakeSystem(name: "a")]), drawnSeed: 1)
        // For each number of workers the first cell and three that differ in one axis.
        #expect(plan.cells.count == 8)
        for workers in [1, 2] {
            let cells = plan.cells.filter { $0.configuration.workers == workers }
            let base = ["pinning": "on", "rings": "lock-free", "keys": "10"]
            let changes = cells.map { cell in base.count { cell.axes[$0.key] != $0.value } }
            #expect(changes.sorted() == [0, 1, 1, 1])
        }
        #expect(throws: MatrixError.self) {
            try MatrixResolver.plan(
                MatrixFile.read(text: "one-at-a-time: [pining]", name: "m"),
                registry: fakeRegistry([FakeSystem(name: "a")]), drawnSeed: 1)
        }
    }

    @Test("arrivals are varied where there is a rate, or one is searched; else they mean nothing")
    func arrivals() throws {
        let flags = [
            "workload": "keyed-count", "system": "portals", "arrivals": "constant,poisson",
        ]
        let cells = try plan(flags.merging(["rate": "500"]) { $1 }).cells
        #expect(cells.map(\.configuration.arrivals) == [.constant, .poisson])
        #expect(cells.map { $0.axes["arrivals"] } == ["constant", "poisson"])
        #expect(
            problems { try plan(flags) }
                == [
                    "--arrivals: 'arrivals' means nothing without a rate; give a 'rate', or leave "
                        + "'arrivals' away"
                ])
        let searched = try MatrixResolver.plan(
            draft(flags), registry: registry, drawnSeed: 9, searchesRates: true
        ).cells
        #expect(searched.map { $0.axes["arrivals"] } == ["constant", "poisson"])
        #expect(
            searched.map { $0.atRate(5, lengthened: 1).axes["arrivals"] }
                == ["constant", "poisson"])
        #expect(searched.allSatisfy { $0.atRate(nil, lengthened: 1).axes["arrivals"] == nil })
        // Where nothing has a rate, there is one cell.
        let mixed = try plan(
            yaml: """
                system: portals
                arrivals: [constant, poisson]
                per-workload: { keyed-count: { rate: 500 } }
                """)
        #expect(
            mixed.cells.map { $0.configuration.arrivals?.rawValue ?? "none" }
                == ["none", "constant", "poisson"])
    }

    @Test("no flag at all is every workload on every system with the defaults")
    func defaults() throws {
        let plan = try plan([:])
        #expect(plan.cells.count == 4)
        #expect(plan.seed == 9)
        #expect(Set(plan.cells.map(\.configuration.atomSize)) == [1_024])
        let count = plan.cells.first { $0.configuration.workload == "keyed-count" }
        #expect(count?.configuration.parameters == ["keys": "10000"])
    }

    @Test("a file means what the same flags mean, with its own rules")
    func file() throws {
        let yaml = """
            # A comment
            workload: [shopping-cart, keyed-count]
            system: portals
            workers: [1, 2]
            pinning: [on, off]
            parameters: { mode: faithful }
            rate: 2M
            repetitions: 2
            seed: 77
            per-workload:
              keyed-count: { atom-size: [8, 16], keys: 5, events: 1k }
            exclude:
              - { workload: keyed-count, atom-size: 8, pinning: off }
            constraints:
              - { when: { pinning: off }, then: { workers: 2 } }
            """
        let plan = try plan(yaml: yaml)
        let cells = plan.cells.map(\.configuration)
        // shopping-cart: on×{1,2}, off×2; keyed-count: 8: on×{1,2}; 16: on×{1,2}, off×2.
        #expect(cells.count == 8)
        #expect(cells.allSatisfy { $0.pinning == .on || $0.workers == 2 })
        #expect(cells.contains { $0.pinning == .off })
        #expect(!cells.contains { $0.atomSize == 8 && $0.pinning == .off })
        #expect(cells.allSatisfy { $0.ratePerSecond == 2e6 })
        let counts = cells.filter { $0.workload == "keyed-count" }
        #expect(counts.allSatisfy { $0.length == .events(1_000) && $0.parameters["keys"] == "5" })
        #expect(plan.leftOut.contains { $0.contains("excluded at test.yaml:13") })
        #expect(plan.leftOut.contains { $0.contains("excluded at test.yaml:15") })
        #expect(plan.record.file == "test.yaml" && plan.record.settings["rate"] == ["2M"])
    }

    @Test("a flag wins over the file, also over what the file says of one workload")
    func flagsWin() throws {
        let yaml = """
            system: portals
            atom-size: 1
            repetitions: 7
            per-workload:
              keyed-count: { atom-size: 2, events: 10 }
            """
        let plan = try plan(
            yaml: yaml, flags: ["atom-size": "3", "repetitions": "1", "duration": "1s"])
        #expect(Set(plan.cells.map(\.configuration.atomSize)) == [3])
        #expect(plan.repetitions == 1)
        #expect(plan.cells.allSatisfy { $0.configuration.length == .seconds(1) })
    }

    @Test(
        "a wrong flag is named with the cure",
        arguments: [
            ("workload", "shoping-cart", "did you mean 'shopping-cart'?"),
            ("system", "flink", "known are: portals, hand-written"),
            ("workers", "two", "'two' is no number of workers; write an integer from 1"),
            ("workers", "0", "'0' is no number of workers"),
            ("atom-size", "1,,2", "'' is no size of an atom"),
            ("pinning", "onn", "did you mean 'on'?"),
            ("duration", "5", "write a number with its unit"),
            ("rate", "-3", "is no rate"),
            ("repetitions", "1,2", "is a second value of repetitions"),
            ("seed", "x", "is no seed"),
        ])
    func wrongFlag(flag: (name: String, value: String, cure: String)) {
        let found = problems { try plan([flag.name: flag.value]) }
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("--\(flag.name): ") == true, "\(found)")
        #expect(found.first?.contains(flag.cure) == true, "\(found)")
    }

    @Test("a wrong parameter is named with the cure")
    func wrongParameter() {
        #expect(
            problems { try plan([:], parameters: ["mod=faithful"]) }.first?
                .contains("did you mean 'mode'?") == true)
        #expect(
            problems { try plan([:], parameters: ["mode=faithfull"]) }.first?
                .contains("did you mean 'faithful'?") == true)
        #expect(problems { try plan([:], parameters: ["keys=0"]) }.count == 1)
        #expect(
            problems { try plan([:], parameters: ["mode"]) }.first?.contains("NAME=VALUE") == true)
    }

    @Test("faults of a file are all told at once, each with its line")
    func wrongFile() {
        let read = problems {
            try plan(yaml: "workers: 1\nworkrs: 2\nidle: [{a: 1}]\nexclude: [5]\n")
        }
        #expect(
            read == [
                "test.yaml:2: 'workrs' is no key of a matrix; did you mean 'workers'?",
                "test.yaml:3: a value of 'idle' is no single text; write VALUE or [VALUE, VALUE]",
                "test.yaml:4: 'exclude' holds no keys; write { KEY: VALUE }",
            ])
        let checked = problems {
            try plan(
                yaml: "idle: spinn\nper-workload: {keyed-cont: {keys: 1}}\nexclude: [{wrkers: 1}]\n"
            )
        }
        #expect(checked.count == 3)
        #expect(checked.contains("test.yaml:1: 'spinn' is no value of idle; did you mean 'spin'?"))
        #expect(problems { try plan(yaml: "a: [") }.first?.contains("is no YAML") == true)
        #expect(problems { try plan(yaml: "") }.first?.contains("holds no keys") == true)
        #expect(
            problems { try plan(yaml: "events: 5\nduration: 1s\n") }.first?
                .contains("both given") == true)
    }

    @Test("a matrix without a cell says what left them out")
    func empty() {
        let found = problems { try plan(["system": "hand-written", "workers": "2"]) }
        #expect(found.first == "the matrix has no cell that can be run")
        #expect(found.contains { $0.contains("runs on 1 worker only") })
    }

    @Test("every block holds every cell once, in orders of the seed that differ")
    func blocks() throws {
        let plan = try plan(["atom-size": "1,2,3,4,5,6,7,8", "repetitions": "20"])
        let blocks = plan.blocks
        #expect(blocks.count == 20)
        #expect(blocks.allSatisfy { $0.sorted() == Array(plan.cells.indices) })
        #expect(Set(blocks).count == 20)
        #expect(blocks == plan.blocks)
        let other = try self.plan(
            ["atom-size": "1,2,3,4,5,6,7,8", "repetitions": "20", "seed": "10"])
        #expect(other.blocks != blocks)
        #expect(plan.configuration(cell: 0, block: 3).seed == 12)
    }

    @Test("the committed matrices name only keys that exist")
    func committed() throws {
        let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        for name in ["quick", "durable", "snapshots", "authors", "authors-quick", "chains"] {
            let draft = try MatrixFile.read(path: "/\(path)/Benchmarks/Matrices/\(name).yaml")
            #expect(draft.entries.contains { $0.key.text == "repetitions" })
        }
    }

    @Test("lengths of some cells win over those of their workload; a flag wins over all")
    func lengths() throws {
        let text = """
            workload: [shopping-cart, keyed-count]
            system: portals
            atom-size: [5, 128]
            events: 1000
            per-workload:
              keyed-count: { duration: 2s }
            lengths:
              - { when: { workload: shopping-cart }, events: 7k }
              - { when: { atom-size: 128, workload: shopping-cart }, duration: 250ms }
            """
        func lengths(_ plan: Plan) -> [TrialConfiguration.Length] {
            plan.cells.map(\.configuration.length)
        }
        #expect(
            lengths(try plan(yaml: text)) == [
                .events(7_000), .seconds(0.25), .seconds(2), .seconds(2),
            ])
        #expect(
            lengths(try plan(yaml: text, flags: ["events": "3"]))
                == Array(repeating: .events(3), count: 4))
        let found = problems {
            try plan(
                yaml: """
                    lengths:
                      - { when: { wokers: 1 }, events: 5 }
                      - { when: { workers: 1 }, events: many }
                      - { when: { workers: 1 } }
                      - { when: { workers: 1 }, events: 5, duration: 1s }
                    """)
        }
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.contains("exactly 'when' and one of") })
        let named = problems {
            try plan(
                yaml: """
                    lengths:
                      - { when: { wokers: 1 }, events: 5 }
                      - { when: { workers: 1 }, events: many }
                    """)
        }
        #expect(named.contains { $0.contains("'wokers' is no axis; did you mean 'workers'?") })
        #expect(named.contains { $0.contains("'many' is no number of events") })
    }

    @Test("limits of commits multiply the cells that have a journal, and are in their rows only")
    func journals() throws {
        let plan = try MatrixResolver.plan(
            draft([
                "workload": "keyed-count", "journal": "none,asynchronous,durable",
                "commit-bytes": "64KiB,1MiB", "commit-interval": "250us,1ms",
                "commit-when-idle": "on,off",
            ]), registry: fakeRegistry([FakeSystem(name: "a")]), drawnSeed: 1)
        #expect(plan.cells.count == 1 + 2 * 8)
        let inMemory = try #require(plan.cells.first { $0.configuration.journal == .none })
        #expect(inMemory.axes["journal"] == "none")
        #expect(!inMemory.axes.keys.contains { $0.hasPrefix("commit_") })
        #expect(inMemory.configuration.commitBytes == nil)
        let others = plan.cells.filter { $0.configuration.journal != .none }
        #expect(Set(others.map { $0.axes["commit_bytes"] }) == ["65536", "1048576"])
        #expect(Set(others.map { $0.axes["commit_interval_ns"] }) == ["250000", "1000000"])
        #expect(Set(others.map { $0.axes["commit_when_idle"] }) == ["on", "off"])
    }

    @Test("a rule names limits of commits in any unit")
    func journalRules() throws {
        let text = """
            workload: keyed-count
            journal: [none, durable]
            commit-bytes: [64KiB, 512KiB]
            commit-interval: [100us, 1ms]
            exclude:
              - { commit-bytes: 65536, commit-interval: 0.1ms }
            constraints:
              - { when: { commit-interval: 1ms }, then: { commit-bytes: 0.5MiB } }
            """
        let plan = try MatrixResolver.plan(
            MatrixFile.read(text: text, name: "x.yaml"),
            registry: fakeRegistry([FakeSystem(name: "a")]), drawnSeed: 1)
        let limits = plan.cells.map {
            [
                $0.configuration.commitBytes ?? 0,
                Int($0.configuration.commitIntervalNanoseconds ?? 0),
            ]
        }
        #expect(Set(limits) == [[0, 0], [524_288, 100_000], [524_288, 1_000_000]])
    }

    @Test("snapshots are off or come at an interval, and belong to a journal")
    func snapshots() throws {
        let text = """
            workload: keyed-count
            journal: [none, durable]
            snapshots: [off, 1s, 250ms]
            exclude:
              - { snapshots: 0.25s }
              - { snapshots: often }
            """
        let plan = try MatrixResolver.plan(
            MatrixFile.read(text: text, name: "x.yaml"),
            registry: fakeRegistry([FakeSystem(name: "a")]), drawnSeed: 1)
        #expect(
            plan.cells.map(\.configuration.snapshots) == [
                nil, .off, .every(nanoseconds: 1_000_000_000),
            ])
        #expect(
            plan.cells.map { $0.axes["snapshot_interval_ns"] } == [nil, "off", "1000000000"])
        let problems = problems {
            try self.plan(["journal": "durable", "snapshots": "often,0s,1"])
        }
        #expect(problems.count == 3)
        #expect(
            problems.allSatisfy {
                $0.contains("is no interval of snapshots; write 'off' or a number with its unit")
            })
    }

    @Test("what is no journal, number of bytes or switch is refused with its cure")
    func journalFaults() {
        let error = #expect(throws: MatrixError.self) {
            try MatrixResolver.plan(
                draft([
                    "journal": "durabel", "commit-bytes": "lots", "commit-interval": "5",
                    "commit-when-idle": "yes",
                ]), registry: fakeRegistry([FakeSystem(name: "a")]), drawnSeed: 1)
        }
        let problems = error?.problems.joined(separator: "\n") ?? ""
        #expect(problems.contains("did you mean 'durable'?"))
        #expect(problems.contains("'lots' is no number of bytes"))
        #expect(problems.contains("'5' is no span of time"))
        #expect(problems.contains("'yes' is no value of commit-when-idle"))
    }

    @Test("the listing names workloads, systems and axes with their defaults")
    func listing() {
        let text = Listing.text(of: registry)
        #expect(text.contains("shopping-cart: how fast is a cart?"))
        #expect(text.contains("--parameter keys=1…1000000 keys (default 10000)"))
        #expect(text.contains("hand-written 7: a fake"))
        #expect(text.contains("--atom-size"))
        #expect(Listing.text(of: fakeRegistry([])).contains("none in this program"))
    }

    @Test("the listing says once what a system ignores everywhere, and where else it ignores what")
    func listingOfIgnoredAxes() {
        let system = FakeSystem(
            name: "one", known: Set(Axis.allCases).subtracting([.idle]),
            knownIn: ["keyed-count": Set(Axis.allCases).subtracting([.idle, .rate, .numa])])
        let text = Listing.text(of: fakeRegistry([system]))
        #expect(text.contains("    ignores idle\n"))
        #expect(text.contains("    ignores numa, rate in keyed-count\n"))
        #expect(!Listing.text(of: fakeRegistry([FakeSystem(name: "all")])).contains("ignores"))
    }
}
