// A durable site with sagas that crashes at every instant of a small world, and at random ones of
// larger: every saga ends once, and the services hold what the outcomes say.
import Portals
import Sagas
import Testing

@Suite struct SagaCrashTests {
    @Test("after a crash at any instant, every saga ends once, as without the crash")
    func everyInstant() throws {
        var draws = Draws(1)
        let orders = draws.orders(6)
        var crashes = 0
        // Until an instant is past the end of the run.
        for instant in 1... {
            var life = SagaLife(seed: UInt64(instant), orders: orders)
            life.instants = [instant]
            try life.run()
            if life.crashes == 0 { break }
            crashes += 1
        }
        #expect(crashes > 100)
    }

    @Test("after crashes with snapshots, every saga ends once, and no outcome is contradicted")
    func snapshots() throws {
        var restored = 0
        for seed in UInt64(0)..<120 {
            var draws = Draws(seed)
            var life = SagaLife(seed: seed, orders: draws.orders(16 + draws.below(16)))
            life.instants = (0..<4).map { _ in 1 + draws.below(900) }
            life.takesSnapshots = true
            try life.run()
            restored += life.restored
        }
        // The seeds would prove nothing if hardly any run began with one.
        #expect(restored > 30)
    }
}

/// One site's life: runs on one disk, each but the last ended by a failure of the power.
struct SagaLife {
    let seed: UInt64
    let orders: [Order]
    /// How many steps each run makes before the power fails; a run after the last goes to its end.
    var instants: [Int] = []
    var takesSnapshots = false
    private(set) var crashes = 0
    private(set) var restored = 0
    private var draws: Draws

    init(seed: UInt64, orders: [Order]) {
        self.seed = seed
        self.orders = orders
        draws = Draws(seed ^ 0xC0FFEE)
    }

    mutating func run() throws {
        let outside = Outside()
        let ends = Ends()
        let disk = SimulatedDisk(seed: seed)
        var storage = disk.storage()
        var options = EngineOptions()
        options.partitions = 1 + draws.below(3)
        options.commit = .durable
        options.sourceWindow = 1 + draws.below(6)
        options.ringCapacity = [1, 2, 8, 64][draws.below(4)]
        let hasPortals = draws.below(2) == 0
        let backoff = [0, 1, 50, 5_000][draws.below(4)]
        var files = JournalOptions()
        files.segmentBytes = 4_096 << (1 + draws.below(3))
        files.salt = seed
        while true {
            var shop = ScriptedShop(orders: orders)
            shop.ends = ends
            shop.hasPortals = hasPortals
            shop.backoffNanoseconds = UInt64(backoff)
            options.workers = 1 + draws.below(3)
            let journal = try SegmentJournal(
                opening: storage, application: JournalApplication(name: "shop"), options: files)
            try journal.fence()
            let site = try SimulatedSite(
                options, seed: draws.next(), journal: journal,
                blockByteCountMax: 512 << draws.below(4), snapshotsIn: storage,
                applications: [shop.application { $0.sink("outcomes", outside) }])
            if site.restoredSnapshot != nil { restored += 1 }
            let isOver = try live(site, crashes < instants.count ? instants[crashes] : .max)
            #expect(site.snapshotFailures.isEmpty, "seed \(seed)")
            if isOver {
                #expect(outside.contradictions.isEmpty, "seed \(seed)")
                let fault = shop.fault(outside.outcomes)
                #expect(fault == nil, "seed \(seed)")
                return
            }
            storage = disk.crash(seed: draws.next())
            crashes += 1
        }
    }

    /// Runs, asking for snapshots now and then; false when the steps are used up.
    private mutating func live(_ site: SimulatedSite, _ stepsMax: Int) throws -> Bool {
        var next = takesSnapshots ? draws.below(100) : .max
        for step in 0..<stepsMax {
            if step == next {
                site.snapshot()
                next += 1 + draws.below(200)
            }
            if try !site.step() { return true }
        }
        return false
    }
}

/// What was shown of the outcomes, over all runs of a site.
final class Outside: IdempotentSink, @unchecked Sendable {  // The simulation has one thread.
    private struct Place: Hashable {
        var partition: Int
        var number: UInt64
    }
    private var atoms: [Place: [SagaOutcome<Order>]] = [:]
    private(set) var contradictions: [String] = []

    func release(_ atom: ReleasedAtom<SagaOutcome<Order>>) throws {
        let place = Place(partition: atom.partition, number: atom.number)
        if let before = atoms[place], before != atom.events {
            contradictions.append("\(place): \(before), then \(atom.events)")
        }
        atoms[place] = atom.events
    }

    var outcomes: [SagaOutcome<Order>] { atoms.values.flatMap { $0 } }
}
