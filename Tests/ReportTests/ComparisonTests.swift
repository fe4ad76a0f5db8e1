// Comparisons of equals, and of what differs, with the noise of processes and of their intervals.
import Foundation
import Testing

@testable import Report

@Suite("comparisons")
struct ComparisonTests {
    /// Noise of processes and intervals as on the project's machine: trials of a cell differ by
    /// some percent, all cells of a block share a drift, and one trial in twelve lost its core for
    /// a while.
    private struct Machine {
        var generator: SeededGenerator

        mutating func normal() -> Double {
            (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0...1, using: &generator) }
        }

        mutating func process(_ block: UInt64, drift: Double, speed: Double) -> ProcessSample {
            let stall = Double.random(in: 0...1, using: &generator) < 1.0 / 12 ? 0.95 : 1
            let level = speed * exp(drift + 0.01 * normal()) * stall
            let intervals = (0..<8).map { _ in level * exp(0.02 * normal()) }
            return ProcessSample(
                block: block, rate: intervals.reduce(0, +) / 8, intervals: intervals)
        }

        /// Blocks with one process of each speed.
        mutating func blocks(_ count: Int, _ speeds: [Double]) -> [[ProcessSample]] {
            var cells = speeds.map { _ in [ProcessSample]() }
            for block in 0..<UInt64(count) {
                let drift = 0.05 * normal()
                for (index, speed) in speeds.enumerated() {
                    cells[index].append(process(block, drift: drift, speed: speed))
                }
            }
            return cells
        }
    }

    /// The verdicts of comparisons that are made together.
    private func verdicts(_ pairs: [(a: [ProcessSample], b: [ProcessSample])]) -> [Verdict] {
        let cells = pairs.map { pair in
            (
                ratio: HierarchicalBootstrap.ratio(pair.b, over: pair.a, resamples: 500),
                floor: NoiseFloor.halves(pair.a, pair.b)
            )
        }
        let adjusted = FalseDiscovery.adjusted(cells.map { $0.ratio?.pValue ?? 1 })
        return zip(cells, adjusted).map { cell, p in
            guard let ratio = cell.ratio, let floor = cell.floor else { return .undecided }
            return Verdict(ratio, adjusted: p, floor: floor, delta: 0.01)
        }
    }

    @Test("of 200 comparisons of equals at most 5 % are called different, one by one")
    func equals() {
        for count in [5, 10] {
            var machine = Machine(generator: SeededGenerator(seed: UInt64(count)))
            let wrong = (0..<200).count { _ in
                let cells = machine.blocks(count, [1e6, 1e6])
                let verdict = verdicts([(cells[0], cells[1])])[0]
                return verdict == .faster || verdict == .slower
            }
            #expect(wrong <= 10, "of trials: \(count)")
        }
    }

    @Test("a matrix of 200 equals has no more than one false verdict in twenty matrices' worth")
    func matrixOfEquals() {
        var machine = Machine(generator: SeededGenerator(seed: 77))
        let pairs = (0..<200).map { _ in
            let cells = machine.blocks(10, [1e6, 1e6])
            return (a: cells[0], b: cells[1])
        }
        let called = verdicts(pairs).count { $0 == .faster || $0 == .slower }
        #expect(called <= 1)
    }

    @Test("a slowdown of 3 % is found by 20 blocks in nine of ten runs")
    func planted() {
        var machine = Machine(generator: SeededGenerator(seed: 5))
        let found = (0..<40).count { _ in
            let cells = machine.blocks(20, [1e6, 0.97e6])
            return verdicts([(cells[0], cells[1])]) == [.slower]
        }
        #expect(found >= 36)
    }

    @Test("equals are called so where there are trials enough")
    func equal() {
        var machine = Machine(generator: SeededGenerator(seed: 9))
        let cells = machine.blocks(60, [1e6, 1e6])
        #expect(verdicts([(cells[0], cells[1])]) == [.equal])
    }

    @Test("the interval covers the true ratio in 95 of 100 runs, and B over A is one over A over B")
    func coverage() throws {
        var machine = Machine(generator: SeededGenerator(seed: 11))
        var covered = 0
        for _ in 0..<200 {
            let cells = machine.blocks(6, [1e6, 1.2e6])
            let ratio = try #require(
                HierarchicalBootstrap.ratio(cells[1], over: cells[0], resamples: 500))
            let inverse = try #require(
                HierarchicalBootstrap.ratio(cells[0], over: cells[1], resamples: 500))
            #expect((ratio.ratio * inverse.ratio - 1).magnitude < 1e-9)
            #expect(ratio.isPaired)
            if ratio.interval.contains(1.2) { covered += 1 }
        }
        #expect(covered >= 186)
    }

    @Test("trials of other blocks are compared without pairs, and too few not at all")
    func unpaired() throws {
        var machine = Machine(generator: SeededGenerator(seed: 13))
        let cells = machine.blocks(6, [1e6, 2e6])
        let later = cells[1].map {
            ProcessSample(block: $0.block + 100, rate: $0.rate, intervals: $0.intervals)
        }
        let ratio = try #require(HierarchicalBootstrap.ratio(later, over: cells[0]))
        #expect(!ratio.isPaired)
        #expect(ratio.interval.contains(2) && !ratio.interval.contains(1))
        #expect(HierarchicalBootstrap.ratio(Array(later[..<2]), over: cells[0]) == nil)
    }

    @Test("the rate of false discoveries is that of Benjamini and Hochberg's example")
    func falseDiscovery() {
        // Benjamini and Hochberg 1995, section 3.1: at 5 % the first four of fifteen count.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
            0.4262, 0.5719, 0.6528, 0.7590, 1.000,
        ]
        let adjusted = FalseDiscovery.adjusted(p.reversed())
        #expect(adjusted.count { $0 <= 0.05 } == 4)
        #expect(adjusted.last == 0.0015)
        #expect(adjusted.first == 1)
        #expect(FalseDiscovery.adjusted([]).isEmpty)
    }

    @Test("the trials that a difference needs are those of the textbook")
    func power() throws {
        // One pair varies by 2 %: (1.96 + 1.645)² · 0.02² / ln(1.01)² = 52.5, and some more as
        // Student's quantiles are larger.
        let trials = try #require(
            PowerAnalysis.processes(
                toFind: 0.01, standardError: 0.02 / 10.0.squareRoot(),
                processes: 10))
        #expect((53...56).contains(trials))
        #expect(PowerAnalysis.processes(toFind: 0.01, standardError: 0, processes: 10) == nil)
    }

    // MARK: Of runs

    private func row(
        _ system: String, rate: Double, block: UInt64, workers: Int = 1, atom: Int? = 128,
        build: String? = nil, status: TrialStatus = .answered(.verified)
    ) -> ResultRow {
        var figures = TrialFigures()
        figures.eventsPerSecond = rate
        figures.seconds = 1
        return ResultRow(
            workload: "cart", system: system, version: "1", workers: workers, atomSize: atom,
            axes: build.map { [ComparedBy.column: $0] } ?? [:], seed: block,
            guarantee: system == "loop" ? "at-most-once" : "exactly-once", figures: figures,
            status: status)
    }

    /// A run on disk, as `portals compare` reads it.
    private func run(
        _ rows: [ResultRow], schema: ResultSchema = ResultSchema(axisColumns: [ComparedBy.column])
    ) throws -> RecordedRun {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "portals-run-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text =
            ResultFile.headerLine(schema) + rows.map { ResultFile.line($0, schema) }.joined()
        try Data(text.utf8).write(to: folder.appending(path: "results.csv"))
        return try RecordedRun(folder: folder.path, trialFiles: .series)
    }

    private func rows(
        _ system: String, _ rate: Double, seed: UInt64, build: String? = nil
    )
        -> [ResultRow]
    {
        var machine = Machine(generator: SeededGenerator(seed: seed))
        return machine.blocks(12, [rate])[0].map {
            row(system, rate: $0.rate, block: $0.block, build: build)
        }
    }

    @Test("two runs: slower is 2, faster 4, a wrong answer 3, and what one lacks is named")
    func runs() throws {
        let old = try run(rows("portals", 1e6, seed: 1))
        let slow = try run(rows("portals", 0.5e6, seed: 1))
        let comparison = try Comparison(old, slow, by: .runs)
        #expect(comparison.exitStatus == 2)
        #expect(comparison.cells.map(\.verdict) == [.slower])
        #expect(comparison.text.contains("slower: B/A 0.500"))
        #expect(try Comparison(slow, old, by: .runs).exitStatus == 4)
        #expect(try Comparison(old, old, by: .runs).exitStatus == 0)

        let wrong = try run(
            rows("portals", 1e6, seed: 1)
                + [row("portals", rate: 1, block: 99, status: .answered(.wrong("no")))])
        #expect(try Comparison(old, wrong, by: .runs).exitStatus == 3)

        let other = try run(rows("portals", 1e6, seed: 1) + rows("loop", 1e6, seed: 1))
        let partial = try Comparison(old, other, by: .runs)
        #expect(partial.notCompared.count == 1)
        #expect(partial.notCompared[0].contains("loop"))
        #expect(partial.exitStatus == 5)
        #expect(
            try JSONDecoder().decode(
                ComparisonRecord.self, from: Data(comparison.json.utf8)
            ).cells[0].verdict == .slower)
    }

    @Test("two systems match where they agree in what both know, and their guarantees are told")
    func systems() throws {
        let loop = rows("loop", 4e6, seed: 1).map { row in
            var row = row
            row.atomSize = nil
            return row
        }
        let both = try run(rows("portals", 1e6, seed: 1) + loop)
        let comparison = try Comparison(
            both, both, by: .systems(a: "loop", b: "portals"))
        #expect(comparison.cells.map(\.verdict) == [.slower])
        #expect(comparison.cells[0].name.contains("atom 128"))
        #expect(comparison.text.contains("their guarantees differ: A at-most-once"))
    }

    @Test("of cells that differ in one setting each, all are set against the one in their middle")
    func settings() throws {
        let cells: [([String: String], Double)] = [
            ([:], 2e6), (["rings": "locked"], 1e6), (["pinning": "off"], 1.5e6),
        ]
        var all: [ResultRow] = []
        for (changes, rate) in cells {
            all += rows("portals", rate, seed: 1).map { row in
                var row = row
                row.axes = ["rings": "lock-free", "pinning": "on"].merging(changes) { $1 }
                return row
            }
        }
        let schema = ResultSchema(axisColumns: ["rings", "pinning"])
        let measured = try run(all, schema: schema)
        let comparison = try Comparison(
            measured, measured, by: .settings(["rings": "lock-free", "pinning": "on"]))
        #expect(comparison.cells.map(\.verdict) == [.slower, .slower])
        #expect(comparison.cells[0].name.contains("pinning off for on"))
        #expect(comparison.cells[1].name.contains("rings locked for lock-free"))
        #expect(((comparison.cells[1].ratio?.ratio ?? 0) - 0.5).magnitude < 0.01)
    }

    @Test("the programs of a run are compared against a floor that was measured")
    func builds() throws {
        let measured = try run(
            rows("portals", 1e6, seed: 1, build: ComparedBy.baseline)
                + rows("portals", 1e6, seed: 2, build: ComparedBy.baselineAgain)
                + rows("portals", 0.8e6, seed: 3, build: ComparedBy.candidate))
        let comparison = try Comparison(measured, measured, by: .builds)
        #expect(comparison.cells.map(\.verdict) == [.slower])
        #expect(comparison.cells[0].isFloorMeasured)
        #expect(!comparison.cells[0].name.contains("build"))
    }
}
