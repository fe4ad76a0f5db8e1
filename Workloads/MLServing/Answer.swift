// What a run of the ML-serving workload must report.

/// The result of a run: the versions, and what each said about each picture.
public struct Answer: Sendable, Equatable {
    /// As they were published.
    public var models: [Model] = []
    /// By version.
    public var served: [UInt32: Served] = [:]
    /// Steps in which replies of two versions came.
    public var mixedSteps: UInt64 = 0

    /// Makes the answer of a run that has done nothing.
    public init() {}

    /// Takes in what one partition has seen of a version.
    mutating func add(_ other: Served) {
        served[other.version, default: Served(version: other.version, pictures: other.counts.count)]
            .add(other)
    }
}

/// What a version of the model said.
public struct Served: Sendable, Equatable {
    public var version: UInt32
    /// The first and the last step that brought replies of it.
    public var firstStep = UInt64.max
    public var lastStep: UInt64 = 0
    /// By picture: how often it was asked about, and the labels that were said, a bit each.
    public var counts: [UInt64]
    public var labels: [UInt16]

    /// Makes the record of a version that has said nothing.
    init(version: UInt32, pictures: Int) {
        self.version = version
        counts = Array(repeating: 0, count: pictures)
        labels = Array(repeating: 0, count: pictures)
    }

    mutating func add(_ other: Served) {
        firstStep = min(firstStep, other.firstStep)
        lastStep = max(lastStep, other.lastStep)
        for index in counts.indices {
            counts[index] += other.counts[index]
            labels[index] |= other.labels[index]
        }
    }
}
