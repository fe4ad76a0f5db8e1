// What environment.json holds: everything needed to judge a run, or to run it again.

/// The contents of `environment.json`. What could not be read is absent.
public struct EnvironmentRecord: Codable, Sendable, Equatable {
    /// Version of this record and of the columns of `results.csv`.
    public var schemaVersion = ResultSchema.version
    /// Start of the run, ISO 8601, UTC.
    public var startedAt: String
    /// The arguments as typed, the program first.
    public var command: [String]
    /// What was run: names and values of the matrix after flags and file were put together.
    public var matrix: MatrixRecord
    public var machine: MachineRecord
    /// Where the journals of the trials were written; absent if none had one.
    public var journalStorage: StorageRecord?
    public var build: BuildRecord
    /// What was wrong with the machine at the start; absent in runs before version 5.
    public var warnings: [String]?

    /// A record of a run.
    public init(
        startedAt: String, command: [String], matrix: MatrixRecord, machine: MachineRecord,
        build: BuildRecord, journalStorage: StorageRecord? = nil
    ) {
        self.journalStorage = journalStorage
        self.startedAt = startedAt
        self.command = command
        self.matrix = matrix
        self.machine = machine
        self.build = build
    }
}

/// The matrix of a run, in the words of its flags and file.
public struct MatrixRecord: Codable, Sendable, Equatable {
    /// The file of the matrix, if it came from one.
    public var file: String?
    /// Values of each axis and setting by its flag's name.
    public var settings: [String: [String]]
    /// Settings of single workloads that replace those above.
    public var perWorkload: [String: [String: [String]]]
    /// One line for each cell, in the order of the plan.
    public var cells: [String]
    /// One line for each group of cells that a system refused or a rule excluded, with the reason.
    public var leftOut: [String]
    /// Blocks, each of which holds every cell once.
    public var repetitions: Int
    /// Seed of the order of the trials; block *b* generates its events from `seed + b`.
    public var seed: UInt64

    /// The same cells, each for several programs.
    public func measuring(builds: [String]) -> MatrixRecord {
        var record = self
        record.settings[ComparedBy.column] = builds
        record.cells = cells.flatMap { cell in builds.map { "\(cell) · \(ComparedBy.column) \($0)" }
        }
        return record
    }

    /// A record of a matrix.
    public init(
        file: String?, settings: [String: [String]], perWorkload: [String: [String: [String]]],
        cells: [String], leftOut: [String], repetitions: Int, seed: UInt64
    ) {
        self.file = file
        self.settings = settings
        self.perWorkload = perWorkload
        self.cells = cells
        self.leftOut = leftOut
        self.repetitions = repetitions
        self.seed = seed
    }
}

/// The machine that a run took place on.
public struct MachineRecord: Codable, Sendable, Equatable {
    public var host: String?
    public var processorModel: String?
    public var architecture: String?
    /// Processors that the process may run on.
    public var processorsUsable: Int?
    /// Processors online.
    public var processorsOnline: Int?
    public var memoryBytes: UInt64?
    public var operatingSystem: String?
    public var kernel: String?
    /// The hypervisor's flag of the processor: true in a virtual machine.
    public var isVirtual: Bool?
    /// `cpu.max` of the control group: "quota period" in microseconds, or "max period".
    public var containerProcessorLimit: String?
    /// `memory.max` of the control group: bytes, or "max".
    public var containerMemoryLimit: String?
    /// The frequency governor of processor 0.
    public var governor: String?
    /// One, five and fifteen minutes' load at the start of the run.
    public var loadAverage: [Double]?
    public var transparentHugePages: String?

    /// Nothing known.
    public init() {}
}

/// The file system of a directory, as `/proc/self/mountinfo` has it.
public struct StorageRecord: Codable, Sendable, Equatable {
    public var directory: String
    /// Such as `ext4`. On a `tmpfs` nothing is durable and a synchronization costs nothing.
    public var fileSystem: String?
    public var mountPoint: String?
    /// The device or other source of the mount.
    public var device: String?
    /// Options of the mount and of the file system, separated by commas.
    public var options: String?

    /// A directory of which nothing else is known.
    public init(directory: String) { self.directory = directory }
}

/// The program that ran.
public struct BuildRecord: Codable, Sendable, Equatable {
    /// `debug` or `release`. Figures of a debug build mean nothing.
    public var configuration: String
    /// The compiler of the program.
    public var compiler: String?
    /// First line of `swift --version`, where there is a toolchain.
    public var toolchain: String?
    /// Flags that the build script says it used (`PORTALS_BUILD_FLAGS`).
    public var flags: String?
    /// FNV-1a of the program's bytes, in hexadecimal; absent in runs before version 5.
    public var programDigest: String?
    /// Whether the Swift runtime is linked statically.
    public var isRuntimeStatic: Bool?
    public var commit: String?
    /// Whether the working tree differed from that commit.
    public var isDirty: Bool?

    /// A build of which only the configuration is known.
    public init(configuration: String) {
        self.configuration = configuration
    }
}

extension EnvironmentRecord {
    /// Why trials that are run under `other` would not be alike those of this run; none if they
    /// are.
    public func differences(from other: EnvironmentRecord) -> [String] {
        var differences: [String] = []
        func compare(_ what: String, _ then: String?, _ now: String?) {
            if then != now {
                differences.append("\(what): then \(then ?? "unknown"), now \(now ?? "unknown")")
            }
        }
        let (then, now) = (machine, other.machine)
        compare("host", then.host, now.host)
        compare("processor", then.processorModel, now.processorModel)
        compare(
            "usable processors", then.processorsUsable.map { "\($0)" },
            now.processorsUsable.map { "\($0)" })
        compare("memory", then.memoryBytes.map { "\($0)" }, now.memoryBytes.map { "\($0)" })
        compare("kernel", then.kernel, now.kernel)
        compare("build", build.configuration, other.build.configuration)
        compare("program", build.programDigest, other.build.programDigest)
        compare("repetitions", "\(matrix.repetitions)", "\(other.matrix.repetitions)")
        compare("seed", "\(matrix.seed)", "\(other.matrix.seed)")
        if matrix.cells != other.matrix.cells {
            let gone = Set(matrix.cells).subtracting(other.matrix.cells)
            let new = Set(other.matrix.cells).subtracting(matrix.cells)
            differences.append(
                "matrix: \(gone.count) cells are gone and \(new.count) new"
                    + ((gone.sorted() + new.sorted()).first.map { ", such as \($0)" } ?? ""))
        }
        return differences
    }
}
