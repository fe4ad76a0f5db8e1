// What a run will do: its cells, what was left out and why, and the order of the trials.
import Report

/// One cell of the matrix: a trial without its seed.
public struct Cell: Sendable, Equatable {
    /// Seed 0; the trial gets that of its block.
    public internal(set) var configuration: TrialConfiguration
    public internal(set) var timeOutSeconds: Double
    public let version: String
    /// What the system promises.
    public let guarantee: String
    /// Nil if the system ignores the size of atoms.
    public let atomSize: Int?
    /// Settings of the further axes that the system knows, by column.
    public internal(set) var axes: [String: String]

    func built(by build: String) -> Cell {
        var cell = self
        cell.configuration.build = build
        cell.axes[ComparedBy.column] = build
        return cell
    }

    /// The cell in words, for lists.
    public var description: String { text(leavingOut: []) }

    /// The cell in words, without some columns of its further axes.
    func text(leavingOut columns: Set<String>) -> String {
        var parts = [
            configuration.workload, configuration.system, "workers \(configuration.workers)",
        ]
        if let atomSize { parts.append("atom \(atomSize)") }
        parts += axes.filter { !columns.contains($0.key) }.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value)" }
        return parts.joined(separator: " · ")
    }

    /// Start of the process, set-up of the workload and check of its answer, guessed; the estimate
    /// corrects itself as trials end.
    static let overheadSeconds = 0.5

    /// Seconds that a trial of the cell is guessed to take.
    public var estimatedSeconds: Double {
        let window: Double
        switch configuration.length {
        case .seconds(let seconds): window = seconds
        // Nothing is known of the rate: a guess that the first trial corrects.
        case .events: window = 2
        }
        return window + configuration.warmUpSeconds + Self.overheadSeconds
    }
}

/// A run: cells, repetitions, seed.
public struct Plan: Sendable {
    public let cells: [Cell]
    /// One line for each group of cells left out.
    public let leftOut: [String]
    public let repetitions: Int
    public let seed: UInt64
    public let schema: ResultSchema
    public let headings: [ResultTable.Heading]
    public let record: MatrixRecord
    /// The recorded journal that is repeated; nil where events are generated.
    public var inputDirectory: String?

    /// Columns of the further axes with one value in all cells that have them: they tell no cell
    /// from another.
    var commonColumns: Set<String> { Set(cells.map(\.axes).commonEntries.keys) }

    /// Trials in all.
    public var trialCount: Int { cells.count * repetitions }

    /// Seconds that the run is guessed to take.
    public var estimatedSeconds: Double {
        cells.reduce(0) { $0 + $1.estimatedSeconds } * Double(repetitions)
    }

    /// Randomised complete blocks: each holds every cell once, in an order drawn from the seed.
    ///
    /// So that a drift of the machine meets all cells alike, and two systems can be compared
    /// within a block.
    public var blocks: [[Int]] {
        var generator = SeededGenerator(seed: seed)
        return (0..<repetitions).map { _ in
            Array(cells.indices).shuffled(using: &generator)
        }
    }

    /// A page: over all of it the stack of a process moves in steps of 16 bytes.
    static let environmentPaddingMax = 4_096

    /// By how much the environment of a trial's process is larger: each draws its own from the
    /// run's seed, so that no cell always has the place of the stack that suits it.
    public func environmentPadding(block: Int, position: Int) -> Int {
        var generator = SeededGenerator(
            seed: seed &+ UInt64(block) << 32 &+ UInt64(position) &+ 1)
        return Int.random(in: 0..<Self.environmentPaddingMax, using: &generator)
    }

    /// The same run of several programs side by side: each block holds every cell once for each.
    public func measuring(builds: [String]) -> Plan {
        Plan(
            cells: cells.flatMap { cell in builds.map { cell.built(by: $0) } }, leftOut: leftOut,
            repetitions: repetitions, seed: seed,
            schema: ResultSchema(axisColumns: schema.axisColumns + [ComparedBy.column]),
            headings: headings, record: record.measuring(builds: builds),
            inputDirectory: inputDirectory)
    }

    /// The trial of a cell in a block: all trials of a block see events of the same seed, and those
    /// of a recorded input all of its.
    public func configuration(cell: Int, block: Int) -> TrialConfiguration {
        var configuration = cells[cell].configuration
        configuration.inputDirectory = inputDirectory
        // A recorded input has the seed that it has.
        configuration.seed = inputDirectory == nil ? seed &+ UInt64(block) : seed
        return configuration
    }
}
