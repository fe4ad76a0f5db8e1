// The axes that every workload may be swept over, with their units and defaults.

/// An axis of the matrix that the harness itself knows; workloads add parameters of their own.
public enum Axis: String, CaseIterable, Sendable, Codable, Hashable {
    case workers
    case atomSize = "atom-size"
    case ringCapacity = "ring-capacity"
    case rings
    case placement
    case numa
    case pinning
    case allocator
    case idle
    case rate
    case arrivals
    case journal
    case journalContent = "journal-content"
    case commitBytes = "commit-bytes"
    case commitInterval = "commit-interval"
    case commitWhenIdle = "commit-when-idle"
    case snapshots

    /// The name of flag and YAML key.
    public var name: String { rawValue }

    /// The column of `results.csv`.
    public var column: String {
        switch self {
        case .rate: "rate_per_second"
        case .commitInterval: "commit_interval_ns"
        case .snapshots: "snapshot_interval_ns"
        case .workers, .atomSize, .ringCapacity, .rings, .placement, .numa, .pinning, .allocator,
            .idle, .arrivals, .journal, .journalContent, .commitBytes, .commitWhenIdle:
            name.replacing("-", with: "_")
        }
    }

    /// The axes that say when events enter: of open loops alone.
    public static let ofOpenLoops: Set<Axis> = [.rate, .arrivals]

    /// The axes that get a column of their own between `atom_size` and `seed`, in this order.
    public static let further: [Axis] = [
        .ringCapacity, .rings, .placement, .numa, .pinning, .allocator, .idle, .rate,
        .arrivals, .journal, .journalContent, .commitBytes, .commitInterval, .commitWhenIdle,
        .snapshots,
    ]

    /// The unit or the values to choose from.
    public var unit: String {
        switch self {
        case .workers: "threads"
        case .atomSize: "events"
        case .ringCapacity: "batches"
        case .rings: TrialConfiguration.Rings.choices
        case .placement: TrialConfiguration.Placement.choices
        case .numa, .pinning: TrialConfiguration.Pinning.choices
        case .allocator: TrialConfiguration.Allocator.choices
        case .idle: TrialConfiguration.Idle.choices
        case .rate: "events/second"
        case .arrivals: TrialConfiguration.Arrivals.choices
        case .journal: TrialConfiguration.Journal.choices
        case .journalContent: TrialConfiguration.JournalContent.choices
        case .commitBytes: "bytes"
        case .commitInterval: "span of time; nanoseconds in the results"
        case .commitWhenIdle: TrialConfiguration.CommitWhenIdle.choices
        case .snapshots: "off or a span of time; nanoseconds in the results"
        }
    }

    /// What the axis varies, in one line.
    public var meaning: String {
        switch self {
        case .workers: "worker threads of the system"
        case .atomSize: "events that enter as one unit and count or vanish together"
        case .ringCapacity: "places of a ring between two workers"
        case .rings: "whether workers hand over through rings without a lock, or with one"
        case .placement:
            "whether every worker runs a part of every element, or elements are spread over workers"
        case .numa: "whether a worker's memory is bound to its node"
        case .pinning: "whether each worker is bound to a core"
        case .allocator: "the malloc that serves the process"
        case .idle: "what a worker without work does"
        case .rate: "events that enter a second, whatever the system manages (open loop)"
        case .arrivals:
            "whether atoms of a rate enter evenly, or at random as those of many independent users"
        case .journal:
            "what survives a crash: nothing, all but the last moments, or everything exactly once"
        case .journalContent:
            "whether a journal holds inputs and their order alone, or each new state beside them"
        case .commitBytes: "bytes of a journal's records that are enough to commit them"
        case .commitInterval: "how long a journal's records wait for a commit at the most"
        case .commitWhenIdle: "whether a journal is committed as soon as all workers are idle"
        case .snapshots: "how often the state is stored beside a journal, while the work goes on"
        }
    }

    /// The value where the matrix says nothing; nil where that leaves the choice to the system.
    public var defaultText: String? {
        switch self {
        case .workers: "1"
        // Ring transfers saturate near 256 events, per-atom costs vanish from 128 up.
        case .atomSize: "1024"
        case .ringCapacity, .placement, .numa, .rate, .arrivals, .journalContent, .commitBytes,
            .commitInterval, .commitWhenIdle, .snapshots:
            nil
        case .rings: "lock-free"
        case .pinning: "on"
        case .allocator: "jemalloc"
        case .idle: "spin"
        case .journal: "none"
        }
    }

    /// The default in words.
    public var defaultDescription: String {
        switch self {
        case .ringCapacity, .commitBytes, .commitInterval, .commitWhenIdle, .snapshots:
            "the system's own"
        case .placement: "the workload's own"
        case .journalContent: "inputs"
        case .numa: "on where the machine has several nodes"
        case .rate: "as fast as the system takes them"
        case .arrivals: "constant, where there is a rate"
        case .workers, .atomSize, .rings, .pinning, .allocator, .idle, .journal: defaultText ?? ""
        }
    }
}

/// An axis of one workload only, such as `mode=conserving|faithful`.
public struct ParameterAxis: Sendable, Equatable {
    /// The values that are allowed.
    public enum Values: Sendable, Equatable {
        case choices([String])
        case integers(ClosedRange<Int>)
    }

    /// The name in `--parameter NAME=VALUE`, in the YAML file and, with `_` for `-`, the column.
    public let name: String
    public let meaning: String
    /// The unit of integers; nil for choices.
    public let unit: String?
    public let values: Values
    public let defaultValue: String

    /// An axis with one of several words as its value.
    public init(name: String, meaning: String, choices: [String], defaultValue: String) {
        precondition(
            choices.contains(defaultValue), "\(name): \(defaultValue) is none of \(choices)")
        self.name = name
        self.meaning = meaning
        unit = nil
        values = .choices(choices)
        self.defaultValue = defaultValue
    }

    /// An axis with an integer as its value.
    public init(
        name: String, meaning: String, unit: String, integers: ClosedRange<Int>, defaultValue: Int
    ) {
        precondition(
            integers.contains(defaultValue), "\(name): \(defaultValue) is not in \(integers)")
        self.name = name
        self.meaning = meaning
        self.unit = unit
        values = .integers(integers)
        self.defaultValue = String(defaultValue)
    }

    /// The column of `results.csv`.
    public var column: String { name.replacing("-", with: "_") }
}
