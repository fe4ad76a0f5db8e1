// A durable site fed by an inbox crashes anywhere: what was said to be durable comes back, in the
// atoms that it was in, and a sender that goes on where it is told to sends all once.
import AdaptiveBatching
import CrashWorld
import Portals
import Testing

@Suite struct InboxCrashTests {
    private static let events = 300

    private func application(
        _ batches: AdaptiveBatches<Inbox<UInt32>>, _ seen: OutsideWorld<UInt32>
    ) -> Application {
        Application("inbox") { app in
            app.workflow("pass").source(app.source("inbox", batches))
                .sink("seen") { seen.body($0) }
        }
    }

    @Test("without snapshots: atoms come again as they were, and nothing that was durable is lost")
    func crashes() throws {
        var recovered = 0
        for seed in UInt64(0)..<80 {
            var draws = Draws(seed)
            let seen = OutsideWorld<UInt32>()
            var journal = MemoryJournal()
            var said = 0
            for crash in 0... {
                let outcome = try live(
                    &draws, seen, said, crash < 5, snapshots: false
                ) { options, draws, applications in
                    try SimulatedSite(
                        options, seed: draws.next(), journal: journal,
                        blockByteCountMax: 512 << draws.below(4), applications: applications)
                }
                recovered += outcome.recovered
                if outcome.isOver { break }
                said = outcome.durable
                journal = journal.crash(keeping: draws.below(journal.unsynchronizedCount + 1))
            }
            #expect(seen.contradictions == [], "seed \(seed)")
            #expect(
                seen.inOrder.flatMap { $0 } == (0..<UInt32(Self.events)).map { $0 }, "seed \(seed)")
        }
        #expect(recovered > 1_000)
    }

    @Test("with snapshots too, though the atoms before them are gone")
    func snapshots() throws {
        var restored = 0
        for seed in UInt64(0)..<50 {
            var draws = Draws(seed)
            let seen = OutsideWorld<UInt32>()
            let disk = SimulatedDisk(seed: seed)
            var storage = disk.storage()
            var files = JournalOptions()
            files.segmentBytes = 4_096 << (1 + draws.below(3))
            files.salt = seed
            var said = 0
            for crash in 0... {
                let journal = try SegmentJournal(
                    opening: storage, application: JournalApplication(name: "inbox"),
                    options: files)
                try journal.fence()
                let outcome = try live(
                    &draws, seen, said, crash < 5, snapshots: true
                ) { options, draws, applications in
                    let site = try SimulatedSite(
                        options, seed: draws.next(), journal: journal,
                        blockByteCountMax: 512 << draws.below(4), snapshotsIn: storage,
                        applications: applications)
                    if site.restoredSnapshot != nil { restored += 1 }
                    return site
                }
                if outcome.isOver { break }
                said = outcome.durable
                storage = disk.crash(seed: draws.next())
            }
            #expect(seen.contradictions == [], "seed \(seed)")
            #expect(
                seen.inOrder.flatMap { $0 } == (0..<UInt32(Self.events)).map { $0 }, "seed \(seed)")
        }
        #expect(restored > 15)
    }

    /// One run until it ends or crashes.
    private func live(
        _ draws: inout Draws, _ seen: OutsideWorld<UInt32>, _ said: Int, _ mayCrash: Bool,
        snapshots: Bool, _ make: (EngineOptions, inout Draws, [Application]) throws -> SimulatedSite
    ) throws -> (isOver: Bool, durable: Int, recovered: Int) {
        var options = EngineOptions()
        // Steps are compared over crashes: the partitions stay.
        options.partitions = 2
        options.workers = 1 + draws.below(3)
        options.commit = .durable
        options.recordCapacity = 1_024
        options.ringCapacity = [1, 2, 8, 64][draws.below(4)]
        let inbox = Inbox<UInt32>(capacity: 1 + draws.below(40))
        let batches = AdaptiveBatches(
            inbox, objectiveNanoseconds: 2_000, atomsInFlightMax: 1 + draws.below(4), sizes: 1...64)
        let site = try make(options, &draws, [application(batches, seen)])
        site.synchronizeTurns = draws.below(20)
        var stepsLeft = mayCrash ? 1 + draws.below(700) : .max
        while site.isRecovering && stepsLeft > 0 {
            _ = try site.step()
            stepsLeft -= 1
        }
        if site.isRecovering { return (false, said, 0) }
        let recovered = batches.recoveredCount
        #expect(recovered >= said, "\(said) events were durable, \(recovered) came back")
        var next = recovered
        var hasFinished = false
        var idle = 0
        while stepsLeft > 0 && idle < 3 {
            for _ in 0..<draws.below(4) where next < Self.events {
                guard inbox.send(UInt32(next)) == .accepted(next - recovered) else { break }
                next += 1
            }
            if next == Self.events && !hasFinished {
                hasFinished = true
                inbox.finish()
            }
            if snapshots && draws.below(100) == 0 { site.snapshot() }
            site.advance(by: UInt64(draws.below(200)))
            idle = try site.step() ? 0 : hasFinished ? idle + 1 : 0
            stepsLeft -= 1
            #expect(batches.durableCount <= next && batches.completedCount <= batches.durableCount)
        }
        let isOver = idle == 3
        if isOver {
            #expect(batches.durableCount == Self.events)
            #expect(batches.completedCount == Self.events)
        }
        return (isOver, batches.durableCount, recovered)
    }

    @Test("a journal of other events is refused by their size")
    func otherEvents() throws {
        let journal = MemoryJournal()
        try run([UInt8](0..<3), journal)
        let error = #expect(throws: RecoveryError.self) { try run([UInt32](0..<3), journal) }
        let reason = "\(try #require(error))"
        #expect(reason.contains("3 bytes") && reason.contains("an event has 4"))
    }

    /// Sends events that wait together before anything runs.
    private func run<Element: Event & BitwiseCopyable>(
        _ events: [Element], _ journal: MemoryJournal
    ) throws {
        let inbox = Inbox<Element>()
        for event in events { _ = inbox.send(event) }
        inbox.finish()
        let batches = AdaptiveBatches(inbox, objectiveNanoseconds: 1_000, sizes: 3...3)
        var options = EngineOptions()
        options.commit = .durable
        try SimulatedSite(
            options, seed: nil, journal: journal,
            applications: [
                Application("inbox") { app in
                    app.workflow("pass").source(app.source("inbox", batches)).sink("seen")
                }
            ]
        ).run()
    }
}
