// The authors' matrix on the engine, stepped, simulated, on threads and with a journal, against
// the oracles.
import Foundation
import Portals
import Testing

@Suite("The authors' matrix stepped and simulated")
struct AuthorsEngineTests {
    @Test("each workload is right", arguments: EngineRun.withoutThreads, AuthorsWorkload.allCases)
    func right(run: EngineRun, workload: AuthorsWorkload) throws {
        #expect(try workload.verdict { _ = try run.run($0) } == nil)
    }

    @Test("a ring of a thousand workflows and sequencers is launched and goes round")
    func large() throws {
        // Who can seal was once found out by walking all ways: minutes for this ring.
        let workload = AuthorsWorkload.ring(.init(ring: .sequencers, length: 500, hops: 1_000))
        let run = EngineRun(driver: .stepped, partitions: 1)
        #expect(try workload.verdict { _ = try run.run($0) } == nil)
    }
}

@Suite("The authors' matrix on threads", .serialized)
struct AuthorsThreadsTests {
    @Test("each workload is right", arguments: EngineRun.onThreads, AuthorsWorkload.allCases)
    func right(run: EngineRun, workload: AuthorsWorkload) throws {
        #expect(try workload.verdict { _ = try run.run($0) } == nil)
    }

    @Test(
        "each workload is right with a journal, elements spread over the workers",
        arguments: [CommitMode.asynchronous, .durable], AuthorsWorkload.allCases)
    func journal(mode: CommitMode, workload: AuthorsWorkload) throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "portals-authors-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = SiteOptions(workers: 2)
        options.engine.placement = .spread
        options.journal = SiteJournal(path: path, mode: mode)
        let verdict = try workload.verdict { application in
            let site = try Site(.configured(options))
            try site.launch(application)
            try site.awaitRest(timeoutSeconds: 60)
            // What is asynchronous may be committed later.
            #expect(mode == .asynchronous || site.committed.commits > 0)
        }
        #expect(verdict == nil)
    }
}
