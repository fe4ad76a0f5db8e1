// A site on threads with a journal in a directory: what it did is there again when it is launched
// anew.
import CrashWorld
import Foundation
import Portals
import Testing

/// A directory that goes when the test ends.
final class TestDirectory {
    let path: String
    init() {
        path = NSTemporaryDirectory() + "portals-\(UUID().uuidString)"
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct DurableSiteTests {
    @Test("a launch on the journal of an earlier run does its steps again, and sinks see the same")
    func goesOn() throws {
        let directory = TestDirectory()
        let sold = OutsideWorld<Sale>()
        let told = OutsideWorld<Sale>()
        var seen = 0
        for run in 0..<3 {
            let site = try Site(.threads(2), journal: .directory(directory.path))
            try site.launch(shop(sold, told))
            try site.awaitRest(timeoutSeconds: 60)
            let recovery = try #require(site.recovery)
            #expect(recovery.cutSteps == 0)
            #expect((recovery.steps > 0) == (run > 0))
            #expect(sold.contradictions.isEmpty && told.contradictions.isEmpty)
            if run == 0 {
                seen = sold.atoms.count + told.atoms.count
                #expect(seen > 12)
                #expect(site.committed.commits > 0)
            }
            #expect(sold.atoms.count + told.atoms.count == seen)
        }
    }

    @Test("a journal of other applications is refused by what differs")
    func otherApplication() throws {
        let directory = TestDirectory()
        let world = OutsideWorld<Sale>()
        do {
            let site = try Site(.threads(1), journal: .directory(directory.path))
            try site.launch(shop(world, world))
            try site.awaitRest(timeoutSeconds: 60)
        }
        var options = SiteOptions(workers: 1)
        options.engine.seed = 1
        options.journal = .directory(directory.path)
        let site = try Site(.configured(options))
        let error = #expect(throws: RecoveryError.self) { try site.launch(shop(world, world)) }
        #expect("\(try #require(error))".contains("seed 1"))
    }

    @Test("a directory that another site has is refused")
    func inUse() throws {
        let directory = TestDirectory()
        let world = OutsideWorld<Sale>()
        let site = try Site(.threads(1), journal: .directory(directory.path))
        try site.launch(shop(world, world))
        let other = try Site(.threads(1), journal: .directory(directory.path))
        #expect(throws: JournalError.self) { try other.launch(shop(world, world)) }
        try site.awaitRest(timeoutSeconds: 60)
        #expect(throws: SiteError.self) { try site.launch(shop(world, world)) }
    }
}

/// Twenty thousand keys, again and again.
private struct Repeating: IndexedSource {
    func event(at index: UInt64) -> UInt64 { index % 20_000 }
}

@Suite struct SnapshotSiteTests {
    @Test("a site takes snapshots while it runs, and goes on from the newest")
    func goesOn() throws {
        let directory = TestDirectory()
        let out = OutsideWorld<Sale>()
        let numbers = Application("numbers") { app in
            let numbers = app.generator("numbers", Repeating(), count: nil, atomSize: 64)
            app.workflow("counts").source(numbers).key { $0 }
                .task("count", state: 0, emits: Sale.self) { key, count, task in
                    count += 1
                    task.emit(Sale(item: key, count: count))
                }
                .sink("out") { out.body($0) }
        }
        var counted: UInt64 = 0
        for run in 0..<3 {
            let site = try Site(.threads(2), journal: .directory(directory.path))
            try site.launch(numbers)
            let recovery = try #require(site.recovery)
            #expect((recovery.snapshot == nil) == (run == 0))
            for _ in 0..<3 {
                site.sleep(seconds: 0.05)
                let report = try site.snapshot()
                #expect(report.byteCount > 16_000)
            }
            #expect(site.snapshots.count == 3)
            try site.run(seconds: 0.05)
            #expect(out.contradictions.isEmpty)
            let now = site.engine.admittedAtoms(of: "/numbers/workflows/counts")
            #expect(now > counted)
            counted = now
        }
        #expect(out.inOrder.count == Int(counted))
    }

    @Test("a snapshot without a journal is refused")
    func noJournal() throws {
        let site = try Site(.threads(1))
        #expect(throws: SnapshotError.self) { try site.snapshot() }
    }
}
