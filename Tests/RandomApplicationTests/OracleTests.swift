// The engine against the reference model, on random applications; and the oracle against
// itself: what is wrong must be seen.
import Portals
import RandomApplications
import Testing

@Suite("Random applications against the reference model")
struct OracleTests {
    @Test("stepped and simulated, outputs and dead letters are those of the recorded order")
    func simulated() {
        var handled = 0
        for seed in randomSeeds {
            let description = SystemDescription.random(seed: seed)
            let text = RandomRun.difference(description) { try RandomRun.stepped($0, seed: seed) }
            if let text {
                Issue.record("\(RandomRun.report(seed, text, suite: "OracleTests/simulated"))")
                return
            }
            handled += (try? ReferenceModel(description).run().handledCount) ?? 0
        }
        #expect(handled > 10 * randomSeeds.count || randomSeeds.count == 1, "hardly any events")
    }

    @Test("a seed gives the same system, and a system the same run")
    func repeats() throws {
        for seed in 0..<20 as Range<UInt64> {
            let one = SystemDescription.random(seed: seed)
            let two = SystemDescription.random(seed: seed)
            #expect(one == two)
            let runs = try (0..<2).map { _ in try RandomRun.stepped(one, seed: seed) }
            #expect(runs[0].outcome == runs[1].outcome)
            #expect(runs[0].notes.draws == runs[1].notes.draws)
        }
    }

    @Test("an error put into the reference model is seen", arguments: Mutation.allCases)
    func detects(mutation: Mutation) throws {
        for seed in 0..<400 as Range<UInt64> {
            let description = SystemDescription.random(seed: seed)
            guard let record = try? RandomRun.stepped(description, seed: seed),
                record.difference(description) == nil
            else { continue }
            if record.difference(description, mutation: mutation) != nil { return }
        }
        Issue.record("400 systems do not notice that the reference model \(mutation)")
    }

    @Test("what fails is shrunk to little, and still fails")
    func shrinks() throws {
        func fails(_ description: SystemDescription) -> Bool {
            guard let record = try? RandomRun.stepped(description, seed: 1),
                record.difference(description) == nil
            else { return false }
            return record.difference(description, mutation: .swapsUnions) != nil
        }
        var seed: UInt64 = 0
        var description = SystemDescription.random(seed: seed)
        while !fails(description) {
            seed += 1
            description = SystemDescription.random(seed: seed)
        }
        let smallest = description.shrunk(fails: fails)
        #expect(fails(smallest))
        #expect(
            smallest.description.count * 2 < description.description.count, "\(smallest)")
    }
}

@Suite("Random applications on threads")
struct OracleThreadsTests {
    @Test("on threads too, outputs and dead letters are those of the recorded order")
    func threads() {
        // A tenth: a site starts its threads anew for each.
        let seeds = randomSeeds.count == 1 ? randomSeeds : 0..<UInt64(randomSeeds.count / 10)
        for seed in seeds {
            let description = SystemDescription.random(seed: seed)
            if let text = RandomRun.difference(description, RandomRun.threads) {
                Issue.record("\(RandomRun.report(seed, text, suite: "OracleThreadsTests"))")
                return
            }
        }
    }
}
