// Sites that take snapshots and crash anywhere come to what a run without a crash could have come
// to, and read no more of the journal than they have to.
import CrashWorld
import Portals
import Testing

@Suite struct SnapshotCrashTests {
    @Test("after crashes with snapshots, outputs are those of one run in the recorded order")
    func crashes() throws {
        var restored = 0
        var taken = 0
        var increments = 0
        for seed in UInt64(0)..<300 {
            var life = SnapshotLife(seed)
            try life.run()
            restored += life.restored
            taken += life.reports.count
            increments += life.reports.count { !$0.isFull }
        }
        // The seeds would prove nothing if they hardly took any.
        #expect(restored > 100 && taken > 500 && increments > 100)
    }
}

/// One site's life: several runs on one disk, each but the last ended by a failure of the power.
struct SnapshotLife {
    let seed: UInt64
    var restored = 0
    var reports: [SnapshotReport] = []
    private var draws: Draws
    private let sold = OutsideWorld<Sale>()
    private let told = OutsideWorld<Sale>()
    private var options = EngineOptions()
    private var order: RecordedOrder?

    init(_ seed: UInt64) {
        self.seed = seed
        draws = Draws(seed)
        options.partitions = 1 + draws.below(3)
        options.commit = .durable
        options.sourceWindow = 1 + draws.below(6)
        options.ringCapacity = [1, 2, 8, 64][draws.below(4)]
        options.recordsOrder = true
    }

    mutating func run() throws {
        let disk = SimulatedDisk(seed: seed)
        var storage = disk.storage()
        var files = JournalOptions()
        files.segmentBytes = 4_096 << (1 + draws.below(3))
        files.salt = seed
        for crash in 0... {
            options.workers = 1 + draws.below(3)
            let journal = try SegmentJournal(
                opening: storage, application: JournalApplication(name: "shop"), options: files)
            try journal.fence()
            let site = try SimulatedSite(
                options, seed: draws.next(), journal: journal,
                blockByteCountMax: 512 << draws.below(4), snapshotsIn: storage,
                applications: [shop(sold, told)])
            if site.restoredSnapshot != nil { restored += 1 }
            #expect(site.refusedSnapshots.isEmpty, "seed \(seed)")
            let isOver = try live(site, crash < 5 ? 1 + draws.below(900) : .max)
            reports += site.snapshots
            #expect(site.snapshotFailures.isEmpty, "seed \(seed)")
            let run = site.engine.recordedOrder
            if order == nil { order = run } else { try order?.replaceTail(by: run) }
            if isOver { return try compare() }
            storage = disk.crash(seed: draws.next())
        }
    }

    /// Runs, asking for snapshots now and then; false when the steps are used up.
    private mutating func live(_ site: SimulatedSite, _ stepsMax: Int) throws -> Bool {
        var next = draws.below(100)
        for step in 0..<stepsMax {
            if step == next {
                site.snapshot()
                next += 1 + draws.below(300)
            }
            if try !site.step() { return true }
        }
        return false
    }

    /// Runs the same inputs in the same order, on one worker, without a crash.
    private func compare() throws {
        let calmSold = OutsideWorld<Sale>()
        let calmTold = OutsideWorld<Sale>()
        var calm = options
        calm.workers = 1
        calm.commit = .none
        let stepped = SteppedSite(calm)
        try stepped.engine.launch([shop(calmSold, calmTold)])
        try stepped.engine.follow(try #require(order))
        stepped.run()
        #expect(sold.contradictions.isEmpty && told.contradictions.isEmpty, "seed \(seed)")
        #expect(sold.atoms == calmSold.atoms, "seed \(seed)")
        #expect(told.atoms == calmTold.atoms, "seed \(seed)")
    }
}
