// Section 6 of the model: every program, on 1, 2 and 4 partitions, under every driver.
import Portals
import Testing

@Suite("Programs that must come out right")
struct ModelProgramTests {
    @Test("stepped", arguments: modelPrograms, [1, 2, 4])
    func stepped(program: ModelProgram, partitions: Int) throws {
        var options = EngineOptions()
        options.workers = partitions
        let out = Collector<Int>()
        let site = SteppedSite(options)
        try site.engine.launch(program.describe(out))
        #expect(site.run(stepsMax: 1_000_000), "the program does not come to rest")
        check(program, out, partitions)
        #expect(site.engine.deadLetters.isEmpty)
        #expect(site.engine.workers.allSatisfy { $0.chunksInUse <= 64 })
    }

    @Test("stepped, four partitions on one worker", arguments: modelPrograms)
    func crowded(program: ModelProgram) throws {
        var options = EngineOptions()
        options.partitions = 4
        let out = Collector<Int>()
        let site = SteppedSite(options)
        try site.engine.launch(program.describe(out))
        #expect(site.run(stepsMax: 1_000_000))
        check(program, out, 4)
    }

    /// `PORTALS_SEEDS` sets how many schedules are tried of each program and number of partitions.
    @Test("simulated under 1,000 seeds", arguments: modelPrograms, [1, 2, 4])
    func simulated(program: ModelProgram, partitions: Int) throws {
        for seed in 0..<simulationSeeds {
            var options = EngineOptions()
            options.workers = partitions
            options.ringCapacity = [1, 2, 8, 64][Int(seed % 4)]
            options.sourceWindow = 1 + Int(seed / 4 % 5)
            let out = Collector<Int>()
            let site = SteppedSite(options, seed: seed)
            try site.engine.launch(program.describe(out))
            guard site.run(stepsMax: 1_000_000) else {
                Issue.record("seed \(seed): the program does not come to rest")
                return
            }
            if !check(program, out, partitions, "seed \(seed)") { return }
        }
    }
}

/// Compares a collector with what the program must give.
@discardableResult
func check(
    _ program: ModelProgram, _ out: Collector<Int>, _ partitions: Int, _ place: String = ""
) -> Bool {
    let atoms = out.atoms
    var isRight: Bool
    if partitions == 1 {
        isRight = atoms == program.expected
    } else {
        isRight = atoms.count == program.expected.count
        for (atom, expected) in zip(atoms, program.expected) where isRight {
            isRight = atom.sorted() == expected.sorted()
            for key in Set(expected.map(program.key)) where isRight {
                isRight =
                    atom.filter { program.key($0) == key }
                    == expected.filter { program.key($0) == key }
            }
        }
    }
    if !isRight {
        Issue.record(
            "\(program) on \(partitions) partitions \(place): \(atoms), not \(program.expected)")
    }
    if program.seals && !out.isSealed {
        Issue.record("\(program) on \(partitions) partitions \(place): the stream did not seal")
        isRight = false
    }
    return isRight
}
