// One row of results.csv: one trial, with what it was asked and what was measured.

/// One trial as it stands in `results.csv`. Not measured is nil, an empty cell, never zero.
public struct ResultRow: Sendable, Equatable {
    public var workload: String
    public var system: String
    public var version: String
    public var workers: Int
    /// Events of a source atom; nil if the system knows no atoms.
    public var atomSize: Int?
    /// Settings of the further axes by column name; absent where the system ignores the axis.
    public var axes: [String: String]
    public var seed: UInt64
    /// The stem of the trial's own files; empty in results that have none.
    public var trial: String
    /// What the system promises, in its words; empty in results that do not say.
    public var guarantee: String
    public var figures: TrialFigures
    public var status: TrialStatus

    /// Makes a row; figures of a trial whose status does not count are dropped.
    public init(
        workload: String, system: String, version: String, workers: Int, atomSize: Int?,
        axes: [String: String], seed: UInt64, trial: String = "", guarantee: String = "",
        figures: TrialFigures, status: TrialStatus
    ) {
        self.workload = workload
        self.system = system
        self.version = version
        self.workers = workers
        self.atomSize = atomSize
        self.axes = axes
        self.seed = seed
        self.trial = trial
        self.guarantee = guarantee
        // A wrong answer has no time: nobody can use by mistake what is not there.
        self.figures = status.counts ? figures : TrialFigures()
        self.status = status
    }
}

/// What was measured in one trial; each is nil where it was not measured.
public struct TrialFigures: Sendable, Equatable {
    public var events: UInt64?
    public var seconds: Double?
    public var eventsPerSecond: Double?
    /// What the rate did over the window.
    public var steadiness: Steadiness?
    public var latency = LatencyPercentiles()
    /// From the actual entry, where there is a rate.
    public var serviceLatency = LatencyPercentiles()
    public var warmUpSeconds: Double?
    /// Time inside the window in which the system was asked to stop and was looked at.
    public var lookSeconds: Double?
    public var cpuSeconds: Double?
    public var peakRSSBytes: UInt64?
    public var allocationsPerEvent: Double?
    /// Commits of the journal inside the window, and bytes of their records.
    public var commits: UInt64?
    public var committedBytes: UInt64?
    /// What one synchronization of the journal's device takes.
    public var synchronizationNanosecondsP50: UInt64?
    public var synchronizationNanosecondsP99: UInt64?
    /// Latency of a lone operation over that.
    public var synchronizedRatioP50: Double?
    public var synchronizedRatioP99: Double?
    /// Snapshots in the window, the longest pauses for one, bytes of all.
    public var snapshots: UInt64?
    public var snapshotStandNanosecondsMax: UInt64?
    public var snapshotQuietNanosecondsMax: UInt64?
    public var snapshotBytes: UInt64?
    /// Of a recovery.
    public var restoreNanoseconds: UInt64?
    public var replayNanoseconds: UInt64?
    public var liveEventsPerSecond: Double?
    /// Of sagas: orders that were committed, a second; time to undo the others; reads of what was
    /// undone later.
    public var goodputPerSecond: Double?
    public var compensationNanosecondsP50: UInt64?
    public var compensationNanosecondsP99: UInt64?
    public var dirtyReads: UInt64?
    /// Of ML serving: versions in the window; share of right replies; what offline came to.
    public var modelVersions: UInt64?
    public var accuracy: Double?
    public var offlineEventsPerSecond: Double?
    public var coreRoundTripNanosecondsBefore: Double?
    public var coreRoundTripNanosecondsAfter: Double?

    /// Nothing measured.
    public init() {}
}

extension ResultRow {
    /// The fields of the row under `schema`, unquoted.
    public func fields(_ schema: ResultSchema) -> [String] {
        ResultColumn.leading.map(text) + schema.axisColumns.map { axes[$0] ?? "" }
            + schema.trailing.map(text)
    }

    private func text(_ column: ResultColumn) -> String {
        switch column {
        case .workload: workload
        case .system: system
        case .version: version
        case .workers: String(workers)
        case .atomSize: optional(atomSize)
        case .seed: String(seed)
        case .trial: trial
        case .guarantee: guarantee
        case .steady: figures.steadiness?.rawValue ?? ""
        case .events: optional(figures.events)
        case .seconds: optional(figures.seconds)
        case .eventsPerSecond: optional(figures.eventsPerSecond)
        case .latencyP50: optional(figures.latency.nanosecondsP50)
        case .latencyP90: optional(figures.latency.nanosecondsP90)
        case .latencyP99: optional(figures.latency.nanosecondsP99)
        case .latencyP999: optional(figures.latency.nanosecondsP999)
        case .latencyMax: optional(figures.latency.nanosecondsMax)
        case .serviceLatencyP50: optional(figures.serviceLatency.nanosecondsP50)
        case .serviceLatencyP99: optional(figures.serviceLatency.nanosecondsP99)
        case .serviceLatencyP999: optional(figures.serviceLatency.nanosecondsP999)
        case .serviceLatencyMax: optional(figures.serviceLatency.nanosecondsMax)
        case .warmUpSeconds: optional(figures.warmUpSeconds)
        case .lookSeconds: optional(figures.lookSeconds)
        case .cpuSeconds: optional(figures.cpuSeconds)
        case .peakRSSBytes: optional(figures.peakRSSBytes)
        case .allocationsPerEvent: optional(figures.allocationsPerEvent)
        case .commits: optional(figures.commits)
        case .committedBytes: optional(figures.committedBytes)
        case .synchronizationP50: optional(figures.synchronizationNanosecondsP50)
        case .synchronizationP99: optional(figures.synchronizationNanosecondsP99)
        case .synchronizedRatioP50: optional(figures.synchronizedRatioP50)
        case .synchronizedRatioP99: optional(figures.synchronizedRatioP99)
        case .snapshots: optional(figures.snapshots)
        case .snapshotStandMax: optional(figures.snapshotStandNanosecondsMax)
        case .snapshotQuietMax: optional(figures.snapshotQuietNanosecondsMax)
        case .snapshotBytes: optional(figures.snapshotBytes)
        case .restore: optional(figures.restoreNanoseconds)
        case .replay: optional(figures.replayNanoseconds)
        case .liveEventsPerSecond: optional(figures.liveEventsPerSecond)
        case .goodputPerSecond: optional(figures.goodputPerSecond)
        case .compensationP50: optional(figures.compensationNanosecondsP50)
        case .compensationP99: optional(figures.compensationNanosecondsP99)
        case .dirtyReads: optional(figures.dirtyReads)
        case .modelVersions: optional(figures.modelVersions)
        case .accuracy: optional(figures.accuracy)
        case .offlineEventsPerSecond: optional(figures.offlineEventsPerSecond)
        case .coreRoundTripBefore: optional(figures.coreRoundTripNanosecondsBefore)
        case .coreRoundTripAfter: optional(figures.coreRoundTripNanosecondsAfter)
        case .verified: status.text
        }
    }

    private func optional(_ value: (some CustomStringConvertible)?) -> String {
        value?.description ?? ""
    }

    /// Reads the fields of a row under `schema`; `line` is named in the error.
    public init(fields: [String], schema: ResultSchema, line: Int) throws(ResultFileError) {
        let header = schema.header
        guard fields.count == header.count else {
            throw ResultFileError(
                line: line,
                problem: "\(fields.count) fields where the header names \(header.count)")
        }
        var cells: [String: String] = [:]
        for (name, field) in zip(header, fields) { cells[name] = field }
        let reader = CellReader(cells: cells, line: line)

        var figures = TrialFigures()
        figures.events = try reader.optional(.events, UInt64.init)
        figures.seconds = try reader.optional(.seconds, { Double($0) })
        figures.eventsPerSecond = try reader.optional(.eventsPerSecond, { Double($0) })
        figures.latency.nanosecondsP50 = try reader.optional(.latencyP50, UInt64.init)
        figures.latency.nanosecondsP90 = try reader.optional(.latencyP90, UInt64.init)
        figures.latency.nanosecondsP99 = try reader.optional(.latencyP99, UInt64.init)
        figures.latency.nanosecondsP999 = try reader.optional(.latencyP999, UInt64.init)
        figures.latency.nanosecondsMax = try reader.optional(.latencyMax, UInt64.init)
        figures.steadiness = try reader.optional(.steady, Steadiness.init(rawValue:))
        figures.serviceLatency.nanosecondsP50 = try reader.optional(
            .serviceLatencyP50, UInt64.init)
        figures.serviceLatency.nanosecondsP99 = try reader.optional(
            .serviceLatencyP99, UInt64.init)
        figures.serviceLatency.nanosecondsP999 = try reader.optional(
            .serviceLatencyP999, UInt64.init)
        figures.serviceLatency.nanosecondsMax = try reader.optional(
            .serviceLatencyMax, UInt64.init)
        figures.warmUpSeconds = try reader.optional(.warmUpSeconds, { Double($0) })
        figures.lookSeconds = try reader.optional(.lookSeconds, { Double($0) })
        figures.cpuSeconds = try reader.optional(.cpuSeconds, { Double($0) })
        figures.peakRSSBytes = try reader.optional(.peakRSSBytes, UInt64.init)
        figures.allocationsPerEvent = try reader.optional(.allocationsPerEvent, { Double($0) })
        figures.commits = try reader.optional(.commits, UInt64.init)
        figures.committedBytes = try reader.optional(.committedBytes, UInt64.init)
        figures.synchronizationNanosecondsP50 = try reader.optional(
            .synchronizationP50, UInt64.init)
        figures.synchronizationNanosecondsP99 = try reader.optional(
            .synchronizationP99, UInt64.init)
        figures.synchronizedRatioP50 = try reader.optional(.synchronizedRatioP50, { Double($0) })
        figures.synchronizedRatioP99 = try reader.optional(.synchronizedRatioP99, { Double($0) })
        figures.snapshots = try reader.optional(.snapshots, UInt64.init)
        figures.snapshotStandNanosecondsMax = try reader.optional(.snapshotStandMax, UInt64.init)
        figures.snapshotQuietNanosecondsMax = try reader.optional(.snapshotQuietMax, UInt64.init)
        figures.snapshotBytes = try reader.optional(.snapshotBytes, UInt64.init)
        figures.restoreNanoseconds = try reader.optional(.restore, UInt64.init)
        figures.replayNanoseconds = try reader.optional(.replay, UInt64.init)
        figures.liveEventsPerSecond = try reader.optional(.liveEventsPerSecond, { Double($0) })
        figures.goodputPerSecond = try reader.optional(.goodputPerSecond, { Double($0) })
        figures.compensationNanosecondsP50 = try reader.optional(.compensationP50, UInt64.init)
        figures.compensationNanosecondsP99 = try reader.optional(.compensationP99, UInt64.init)
        figures.dirtyReads = try reader.optional(.dirtyReads, UInt64.init)
        figures.modelVersions = try reader.optional(.modelVersions, UInt64.init)
        figures.accuracy = try reader.optional(.accuracy, { Double($0) })
        figures.offlineEventsPerSecond = try reader.optional(
            .offlineEventsPerSecond, { Double($0) })
        figures.coreRoundTripNanosecondsBefore = try reader.optional(
            .coreRoundTripBefore, { Double($0) })
        figures.coreRoundTripNanosecondsAfter = try reader.optional(
            .coreRoundTripAfter, { Double($0) })

        self.init(
            workload: reader.text(.workload), system: reader.text(.system),
            version: reader.text(.version),
            workers: try reader.required(.workers, { Int($0) }),
            atomSize: try reader.optional(.atomSize, { Int($0) }),
            axes: cells.filter { schema.axisColumns.contains($0.key) && !$0.value.isEmpty },
            seed: try reader.required(.seed, UInt64.init), trial: reader.text(.trial),
            guarantee: reader.text(.guarantee), figures: figures,
            status: try reader.required(.verified, TrialStatus.init(text:)))
    }
}

/// Reads typed cells of one row and names line and column where that fails.
private struct CellReader {
    let cells: [String: String]
    let line: Int

    func text(_ column: ResultColumn) -> String { cells[column.name] ?? "" }

    func optional<Value>(
        _ column: ResultColumn, _ parse: (String) -> Value?
    ) throws(ResultFileError) -> Value? {
        let cell = text(column)
        if cell.isEmpty { return nil }
        guard let value = parse(cell) else {
            throw ResultFileError(
                line: line, problem: "'\(cell)' is no value of column \(column.name)")
        }
        return value
    }

    func required<Value>(
        _ column: ResultColumn, _ parse: (String) -> Value?
    ) throws(ResultFileError) -> Value {
        guard let value = try optional(column, parse) else {
            throw ResultFileError(line: line, problem: "column \(column.name) is empty")
        }
        return value
    }
}

/// Why a results file cannot be read, and where.
public struct ResultFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Line of the file, from 1.
    public let line: Int
    public let problem: String

    public var description: String { "results.csv:\(line): \(problem)" }
}
