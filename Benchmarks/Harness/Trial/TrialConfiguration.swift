// What one trial is asked to do, as it travels to the process that does it.
import Report

/// One trial: a cell of the matrix with the seed of its block.
public struct TrialConfiguration: Codable, Sendable, Hashable {
    /// Whether workers are bound to cores.
    public enum Pinning: String, CaseIterable, Codable, Sendable { case on, off }

    /// How workers hand over to each other; what the first gives is what the second loses.
    public enum Rings: String, CaseIterable, Codable, Sendable {
        case lockFree = "lock-free"
        /// A lock around each ring, taken for every message.
        case locked
    }

    /// When the atoms of a rate enter.
    public enum Arrivals: String, CaseIterable, Codable, Sendable {
        /// One after the other at equal distances.
        case constant
        /// As a Poisson process: distances are exponentially distributed.
        case poisson
    }

    /// What a journal holds; what the first gives is what the second loses.
    public enum JournalContent: String, CaseIterable, Codable, Sendable {
        case inputs
        /// Also what each handler left in the state of its key.
        case deltas
    }

    /// How elements lie on workers.
    public enum Placement: String, CaseIterable, Codable, Sendable { case shared, spread }

    /// The malloc of the process.
    public enum Allocator: String, CaseIterable, Codable, Sendable { case jemalloc, system }

    /// What a worker without work does.
    public enum Idle: String, CaseIterable, Codable, Sendable { case spin, yield, park }

    /// What survives a crash.
    public enum Journal: String, CaseIterable, Codable, Sendable {
        /// Nothing: all is in memory.
        case none
        /// All but what was taken in within the last moments; outputs do not wait for the disk.
        case asynchronous
        /// Everything, exactly once: no output goes out before what it depends on is durable.
        case durable

        /// What that is called.
        public var guarantee: Guarantee {
            switch self {
            case .none: .inMemory
            case .asynchronous: .boundedLoss
            case .durable: .exactlyOnce
            }
        }
    }

    /// Whether a journal is committed as soon as all workers are idle.
    public enum CommitWhenIdle: String, CaseIterable, Codable, Sendable { case on, off }

    /// When the state is stored beside a journal.
    public enum Snapshots: Codable, Sendable, Hashable {
        /// Never: all of the journal is done again after a crash.
        case off
        /// Each time so long after the one before.
        case every(nanoseconds: UInt64)

        /// As it stands in results: `off`, or nanoseconds.
        public var text: String {
            switch self {
            case .off: "off"
            case .every(let nanoseconds): String(nanoseconds)
            }
        }
    }

    /// How long the measured window is.
    public enum Length: Codable, Sendable, Hashable {
        /// About this long, in seconds; the system stops taking new events when it is over.
        case seconds(Double)
        /// Exactly this many events.
        case events(UInt64)
    }

    public var workload: String
    public var system: String
    /// Worker threads, at least 1.
    public var workers = 1
    /// Events of a source atom, at least 1.
    public var atomSize = 1_024
    /// Places of a ring; nil for the system's own choice.
    public var ringCapacity: Int?
    /// Nil for lock-free.
    public var rings: Rings?
    /// Nil for the workload's own.
    public var placement: Placement?
    /// Whether a worker's memory is bound to its node; nil where the machine has several.
    public var numa: Pinning?
    public var pinning = Pinning.on
    public var allocator = Allocator.jemalloc
    public var idle = Idle.spin
    /// Events a second, open loop; nil to saturate.
    public var ratePerSecond: Double?
    /// Nil for constant, and without a rate, unless one is searched.
    public var arrivals: Arrivals?
    public var journal = Journal.none
    /// Nil for inputs alone, and without a journal.
    public var journalContent: JournalContent?
    /// Limits of a commit; nil for the system's own choice, and without a journal.
    public var commitBytes: Int?
    public var commitIntervalNanoseconds: UInt64?
    public var commitWhenIdle: CommitWhenIdle?
    /// Nil for the system's own choice, and without a journal.
    public var snapshots: Snapshots?
    /// Of so many turns of a worker one is timed for the runtime's account of itself; nil for no
    /// account.
    public var accountInterval: Int?
    /// The directory, empty and of this trial alone, that the journal is written to; the harness
    /// makes and removes it. Nil without a journal.
    public var journalDirectory: String?
    /// The directory of a journal that an earlier trial wrote and that is repeated; nil where
    /// events are generated.
    public var inputDirectory: String?
    /// Every parameter of the workload by name, defaults included.
    public var parameters: [String: String] = [:]
    /// The events are a pure function of this seed and their index.
    public var seed: UInt64 = 1
    public var length = Length.seconds(5)
    /// The system runs this long before it starts the measured window.
    public var warmUpSeconds = 0.2

    /// Whether the system is looked at during the window; nil for on.
    public var series: Series?

    /// Whether what happens over time is recorded.
    public enum Series: String, CaseIterable, Codable, Sendable { case on, off }

    /// Which of several programs runs the trial, by its name in the results; nil for this one.
    public var build: String?

    /// A trial with the defaults of all axes.
    public init(workload: String, system: String) {
        self.workload = workload
        self.system = system
    }

    /// The value of a parameter of the workload.
    ///
    /// - Throws: `TrialFault` if there is none: the registry's workload does not declare it.
    public func parameter(_ name: String) throws(TrialFault) -> String {
        guard let value = parameters[name] else {
            throw TrialFault("workload \(workload) has no parameter '\(name)'")
        }
        return value
    }

    /// The directory for the journal.
    ///
    /// - Throws: `TrialFault` if the harness gave none.
    public func requiredJournalDirectory() throws(TrialFault) -> String {
        guard let journalDirectory else {
            throw TrialFault("a trial with the journal '\(journal.rawValue)' has no directory")
        }
        return journalDirectory
    }

    /// The integer value of a parameter of the workload.
    ///
    /// - Throws: `TrialFault` if there is none or it is no integer.
    public func integerParameter(_ name: String) throws(TrialFault) -> Int {
        let text = try parameter(name)
        guard let value = Int(text) else {
            throw TrialFault("parameter '\(name)' of \(workload) is no integer: '\(text)'")
        }
        return value
    }
}

/// Why a trial could not be run.
public struct TrialFault: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    /// A fault, in words.
    public init(_ description: String) { self.description = description }
}

extension CaseIterable where Self: RawRepresentable<String> {
    /// All values, separated by `|`.
    static var choices: String { allCases.map(\.rawValue).joined(separator: "|") }
}
