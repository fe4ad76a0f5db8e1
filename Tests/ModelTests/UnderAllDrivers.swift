// Runs one behaviour under every driver: stepped and simulated, on 1, 2 and 4 partitions. A
// driver is added in one place: `Driver.all`.
import Portals
import Testing

/// How a behaviour is run.
struct Driver: Sendable, CustomStringConvertible {
    enum Kind { case stepped, crowded, simulated(seed: UInt64) }

    let kind: Kind
    let partitions: Int

    var description: String {
        switch kind {
        case .stepped: "stepped on \(partitions)"
        case .crowded: "stepped, \(partitions) partitions on one worker"
        case .simulated(let seed): "simulated on \(partitions) with seed \(seed)"
        }
    }

    /// Every driver, on each number of partitions.
    static func all(_ partitions: [Int], seeds: UInt64) -> [Driver] {
        partitions.flatMap { count in
            [Driver(kind: .stepped, partitions: count), Driver(kind: .crowded, partitions: count)]
                + (0..<seeds).map { Driver(kind: .simulated(seed: $0), partitions: count) }
        }
    }

    func makeSite(_ change: (inout EngineOptions) -> Void) -> SteppedSite {
        var options = EngineOptions()
        options.recordsOrder = true
        switch kind {
        case .stepped:
            options.workers = partitions
            change(&options)
            return SteppedSite(options)
        case .crowded:
            options.partitions = partitions
            change(&options)
            return SteppedSite(options)
        case .simulated(let seed):
            options.workers = partitions
            options.ringCapacity = [1, 2, 8, 64][Int(seed % 4)]
            options.sourceWindow = 1 + Int(seed / 4 % 5)
            change(&options)
            return SteppedSite(options, seed: seed)
        }
    }
}

/// A site under one driver, and what is expected of it.
struct TrialSite: CustomStringConvertible {
    let driver: Driver
    let site: SteppedSite
    var engine: Engine { site.engine }
    var partitions: Int { driver.partitions }
    var description: String { driver.description }

    func launch(_ applications: Application...) throws {
        try engine.launch(applications)
    }

    /// Runs to rest.
    func rest(sourceLocation: SourceLocation = #_sourceLocation) throws {
        if !site.run(stepsMax: 1_000_000) {
            Issue.record("\(self): does not come to rest", sourceLocation: sourceLocation)
            throw Mismatch()
        }
    }

    /// Runs a little, and stands still wherever that leads to.
    func run(steps: Int) {
        for _ in 0..<steps where !site.step() { return }
    }

    /// Fails this trial, naming its driver, and ends it.
    func expect(
        _ isRight: Bool, _ message: @autoclosure () -> String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        if isRight { return }
        Issue.record("\(self): \(message())", sourceLocation: sourceLocation)
        throw Mismatch()
    }

    func expect<Value: Equatable>(
        _ actual: Value, is expected: Value, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expect(
            actual == expected, "\(actual), not \(expected)", sourceLocation: sourceLocation)
    }

    /// The same atoms; in each the same events, on several partitions in the same order for each
    /// key.
    func expect<Element: Hashable>(
        atoms: [[Element]], are expected: [[Element]], by key: (Element) -> Key,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        if partitions == 1 {
            return try expect(atoms, is: expected, sourceLocation: sourceLocation)
        }
        func ordered(_ atoms: [[Element]]) -> [[Key: [Element]]] {
            atoms.map { Dictionary(grouping: $0, by: key) }
        }
        try expect(
            ordered(atoms) == ordered(expected), "\(atoms), not \(expected)",
            sourceLocation: sourceLocation)
    }

    /// The launch is refused, with these faults and no others; each is named by a part of its text.
    func refuses(
        _ faults: String..., sourceLocation: SourceLocation = #_sourceLocation,
        launch: () throws -> Void
    ) throws {
        let elements = engine.elements.count
        do {
            try launch()
        } catch let error as LaunchError {
            var left = error.faults
            for fault in faults {
                let place = left.firstIndex { fault.isEmpty || $0.contains(fault) }
                guard let place else {
                    return try expect(
                        false, "no fault says '\(fault)': \(error)", sourceLocation: sourceLocation)
                }
                left.remove(at: place)
            }
            try expect(left.isEmpty, "more faults: \(left)", sourceLocation: sourceLocation)
            try expect(engine.elements.count, is: elements, sourceLocation: sourceLocation)
            return
        }
        try expect(false, "the launch was not refused", sourceLocation: sourceLocation)
    }

    /// Chunks that are out, over all workers.
    var chunksInUse: Int { engine.workers.reduce(0) { $0 + $1.chunksInUse } }
}

/// A trial has failed, and said so.
struct Mismatch: Error {}

/// Runs a behaviour under every driver; the first that fails ends it.
func underAllDrivers(
    partitions: [Int] = [1, 2, 4], seeds: UInt64 = behaviourSeeds,
    options: (inout EngineOptions) -> Void = { _ in }, _ body: (TrialSite) throws -> Void
) throws {
    for driver in Driver.all(partitions, seeds: seeds) {
        do {
            try body(TrialSite(driver: driver, site: driver.makeSite(options)))
        } catch is Mismatch {
            return
        }
    }
}
