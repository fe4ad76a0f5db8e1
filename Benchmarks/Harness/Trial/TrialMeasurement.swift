// What one trial measured, as it travels back from the process that ran it.
import Report

/// What the snapshots of a window came to.
public struct SnapshotFigures: Codable, Sendable, Equatable {
    public var count: UInt64
    /// The longest that all workers stood still, and that sources gave nothing; nil without one.
    public var standNanosecondsMax: UInt64?
    public var quietNanosecondsMax: UInt64?
    /// Of their files.
    public var bytes: UInt64

    /// The figures of `count` snapshots.
    public init(
        count: UInt64, standNanosecondsMax: UInt64?, quietNanosecondsMax: UInt64?, bytes: UInt64
    ) {
        self.count = count
        self.standNanosecondsMax = standNanosecondsMax
        self.quietNanosecondsMax = quietNanosecondsMax
        self.bytes = bytes
    }
}

/// What the sagas of a window came to.
public struct SagaFigures: Codable, Sendable, Equatable {
    /// Orders of which all steps took effect.
    public var committed: UInt64
    /// Reads of what was undone later; nil where nobody counts them.
    public var dirtyReads: UInt64?
    /// From the reply that a step failed to the outcome of its order.
    public var compensation = LatencyPercentiles()
    public var compensationSamples: UInt64 = 0

    /// The figures of so many committed orders.
    public init(committed: UInt64, dirtyReads: UInt64?) {
        self.committed = committed
        self.dirtyReads = dirtyReads
    }
}

/// What serving a model came to.
public struct ServingFigures: Codable, Sendable, Equatable {
    /// Versions of the model that were published in the window.
    public var versions: UInt64
    /// Of all replies of the run, the share that named what the picture shows.
    public var accuracy: Double?
    /// What the same process served just before of requests that were all there; nil where nobody
    /// asked for a share of it.
    public var offlineEventsPerSecond: Double?

    /// The figures of so many versions.
    public init(versions: UInt64, accuracy: Double?, offlineEventsPerSecond: Double?) {
        self.versions = versions
        self.accuracy = accuracy
        self.offlineEventsPerSecond = offlineEventsPerSecond
    }
}

/// The result of one trial. Not measured is nil, never zero.
public struct TrialMeasurement: Codable, Sendable, Equatable {
    /// Events processed inside the measured window.
    public var events: UInt64
    /// Wall-clock length of the window.
    public var seconds: Double
    /// Latency of an atom from its intended time of entry.
    public var latency = LatencyPercentiles()
    /// Atoms whose latency was recorded; percentiles with too few are left out of the row.
    public var latencySamples: UInt64 = 0
    /// From the actual entry; nil where nothing entered at a rate.
    public var serviceLatency: LatencyPercentiles?
    /// All latencies of the window, for the trial's own file.
    public var histogram: LatencyHistogram?
    /// The window in intervals.
    public var series: WindowSeries?
    public var cpuSeconds: Double?
    public var peakRSSBytes: UInt64?
    public var allocationsPerEvent: Double?
    /// Commits of the journal in the window, and bytes of their records.
    public var commits: UInt64?
    public var committedBytes: UInt64?
    /// Snapshots in the window; nil without a journal.
    public var snapshots: SnapshotFigures?
    /// Latency of a lone operation, each after the one before was shown, whatever the number of
    /// samples; it is set against a synchronization of the device.
    public var loneLatency: LatencyPercentiles?
    /// Of a recovery: for the snapshot, if there was one; for the rest, from the launch of the new
    /// process's site to its first own decision; the rate before the kill.
    public var restoreNanoseconds: UInt64?
    public var replayNanoseconds: UInt64?
    public var liveEventsPerSecond: Double?
    /// Of sagas; nil for everything else.
    public var sagas: SagaFigures?
    /// Of ML serving; nil for everything else.
    public var serving: ServingFigures?
    /// Filled in by the harness, around `run`: what one synchronization of the journal's device
    /// takes.
    public var synchronization: SynchronizationTimes?
    /// Filled in by the harness, around `run`.
    public var coreRoundTripNanosecondsBefore: Double?
    public var coreRoundTripNanosecondsAfter: Double?
    public var verified: Verification
    /// What the runtime says of itself, where the trial asks for it.
    public var account: TrialAccount?
    /// Allocations of the window by size class; filled in by the harness where it is asked for.
    public var allocations: [AllocationClass]?
    /// Filled in by the harness from the system.
    public var version = ""
    /// Remarks that belong beside the figures; they go to the log of the trial.
    public var notes: [String] = []

    /// A measurement; systems make theirs with `TrialProbe.measurement`.
    public init(events: UInt64, seconds: Double, verified: Verification) {
        self.events = events
        self.seconds = seconds
        self.verified = verified
    }

    /// The figures of a row; percentiles with too few samples and impossible values stay empty.
    public var figures: TrialFigures {
        var figures = TrialFigures()
        figures.events = events
        figures.seconds = seconds
        figures.eventsPerSecond = seconds > 0 ? Double(events) / seconds : nil
        figures.latency = latency.supported(bySamples: latencySamples)
        figures.serviceLatency =
            serviceLatency?.supported(bySamples: latencySamples) ?? LatencyPercentiles()
        if let series {
            if !series.hasFaults { figures.steadiness = Steadiness(rates: series.rates) }
            figures.warmUpSeconds = series.warmUpSeconds
            figures.lookSeconds = series.lookSeconds
        }
        figures.cpuSeconds = cpuSeconds
        figures.peakRSSBytes = peakRSSBytes
        figures.allocationsPerEvent = allocationsPerEvent
        figures.commits = commits
        figures.committedBytes = committedBytes
        figures.snapshots = snapshots?.count
        figures.snapshotStandNanosecondsMax = snapshots?.standNanosecondsMax
        figures.snapshotQuietNanosecondsMax = snapshots?.quietNanosecondsMax
        figures.snapshotBytes = snapshots?.bytes
        if let loneLatency, let synchronization {
            figures.synchronizedRatioP50 = Self.ratio(
                loneLatency.nanosecondsP50, synchronization.nanosecondsP50)
            let samples = min(latencySamples, UInt64(synchronization.samples))
            if samples
                >= SampleSize.needed(
                    forQuantile: 0.99, marginOfTail: SampleSize.marginOfTailInRatios)
            {
                figures.synchronizedRatioP99 = Self.ratio(
                    loneLatency.nanosecondsP99, synchronization.nanosecondsP99)
            }
        }
        figures.restoreNanoseconds = restoreNanoseconds
        figures.replayNanoseconds = replayNanoseconds
        figures.liveEventsPerSecond = liveEventsPerSecond
        if let sagas {
            figures.goodputPerSecond = seconds > 0 ? Double(sagas.committed) / seconds : nil
            let compensation = sagas.compensation.supported(bySamples: sagas.compensationSamples)
            figures.compensationNanosecondsP50 = compensation.nanosecondsP50
            figures.compensationNanosecondsP99 = compensation.nanosecondsP99
            figures.dirtyReads = sagas.dirtyReads
        }
        if let serving {
            figures.modelVersions = serving.versions
            figures.accuracy = serving.accuracy
            figures.offlineEventsPerSecond = serving.offlineEventsPerSecond
        }
        figures.synchronizationNanosecondsP50 = synchronization?.nanosecondsP50
        figures.synchronizationNanosecondsP99 = synchronization?.nanosecondsP99
        figures.coreRoundTripNanosecondsBefore = coreRoundTripNanosecondsBefore
        figures.coreRoundTripNanosecondsAfter = coreRoundTripNanosecondsAfter
        return figures
    }

    private static func ratio(_ part: UInt64?, _ whole: UInt64) -> Double? {
        guard let part, whole > 0 else { return nil }
        return Double(part) / Double(whole)
    }
}
