// A durable site under every fault that its disk can have, by seed; and the oracle against itself.
import Foundation
import Testing

@testable import FaultSimulation

/// A few trials; `scripts/test-faults` runs hundreds and thousands, optimized.
/// `PORTALS_FAULT_SEED=42 swift test --filter FaultTests` runs one, shrinks it and prints it.
private let faultSeeds: Range<UInt64> = {
    let environment = ProcessInfo.processInfo.environment
    if let text = environment["PORTALS_FAULT_SEED"], let seed = UInt64(text) {
        return seed..<seed + 1
    }
    return 0..<60
}()

@Suite("Faults")
struct FaultTests {
    @Test("whatever the disk does, the outside sees a run without crashes, once")
    func faults() {
        var coverage = FaultCoverage()
        for seed in faultSeeds {
            let plan = FaultPlan.random(seed: seed)
            guard let finding = FaultTrial.failure(of: plan, &coverage) else { continue }
            let smallest = plan.shrunk()
            Issue.record(
                """
                seed \(seed): \(finding)
                PORTALS_FAULT_SEED=\(seed) swift test --filter FaultTests
                the smallest that fails: \(FaultTrial.failure(of: smallest)?.description ?? "")
                \(smallest)
                """)
            return
        }
        if faultSeeds.count == 1 { return }
        #expect(coverage.recoveries >= 10 && coverage.snapshots >= 10, "\(coverage)")
    }

    @Test("a seed gives the same trial")
    func repeats() {
        for seed in 0..<20 as Range<UInt64> {
            let (one, two) = (FaultPlan.random(seed: seed), FaultPlan.random(seed: seed))
            #expect("\(one)" == "\(two)")
        }
    }

    @Test("leaders that waited for room in the record go on when there is some")
    func fullRecord() {
        // Seed 1499, made smaller: the record is full while only replies and requests wait.
        var life = FaultPlan.Life()
        life.recordCapacity = 1_024
        life.seed = 10_055_291_634_009_003_141
        life.stallPercent = 5
        life.stallBits = 9
        life.commitTurns = 160
        life.synchronizeTurns = 10
        let plan = FaultPlan(
            program: .fixed(.recursion, atoms: 53), partitions: 3, sourceWindow: 1,
            segmentPages: 8, lives: [life])
        #expect(FaultTrial.failure(of: plan)?.description == nil)
    }

    @Test("an outside that is told twice, or in the wrong order, says so")
    func oracle() {
        let world = OutsideWorld()
        var run = world.run()
        run.released(["1"], sink: "s", partition: 0, step: 3)
        run.released(["2"], sink: "s", partition: 1, step: 3)
        #expect(world.faults.isEmpty)
        run = world.run()
        run.released(["1"], sink: "s", partition: 0, step: 3)
        #expect(world.faults.isEmpty)
        run.released(["0"], sink: "s", partition: 0, step: 2)
        #expect(world.faults.count == 1)
        run = world.run()
        run.released(["3"], sink: "s", partition: 0, step: 3)
        #expect(world.faults.count == 2)
        run = world.run()
        run.released(["1"], sink: "s", partition: 0, step: 3)
        run.released(["4"], sink: "s", partition: 0, step: 3)
        #expect(world.faults.count == 2)
        #expect(world.releases[.init(sink: "s", partition: 0, step: 3)] == ["1", "4"])
    }

    @Test("what fails is shrunk, and still fails")
    func shrinks() {
        let plan = FaultPlan.random(seed: 3)
        let smallest = plan.shrunk { $0.lives.contains { $0.workers > 1 } }
        #expect(
            smallest.lives.contains { $0.workers > 1 } == plan.lives.contains { $0.workers > 1 })
        #expect(smallest.lives.count <= plan.lives.count)
    }
}
