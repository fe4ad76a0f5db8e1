// What one trial measured, as it travels back from the process that ran it.
import Report

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
    public var cpuSeconds: Double?
    public var peakRSSBytes: UInt64?
    public var allocationsPerEvent: Double?
    /// Commits of the journal in the window, and bytes of their records.
    public var commits: UInt64?
    public var committedBytes: UInt64?
    /// Of a recovery: from the launch of the new process's site to its first own decision, and the
    /// rate before the kill.
    public var replayNanoseconds: UInt64?
    public var liveEventsPerSecond: Double?
    /// Filled in by the harness, around `run`: what one synchronization of the journal's device
    /// takes.
    public var synchronization: SynchronizationTimes?
    /// Filled in by the harness, around `run`.
    public var coreRoundTripNanosecondsBefore: Double?
    public var coreRoundTripNanosecondsAfter: Double?
    public var verified: Verification
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
        figures.cpuSeconds = cpuSeconds
        figures.peakRSSBytes = peakRSSBytes
        figures.allocationsPerEvent = allocationsPerEvent
        figures.commits = commits
        figures.committedBytes = committedBytes
        figures.replayNanoseconds = replayNanoseconds
        figures.liveEventsPerSecond = liveEventsPerSecond
        figures.synchronizationNanosecondsP50 = synchronization?.nanosecondsP50
        figures.synchronizationNanosecondsP99 = synchronization?.nanosecondsP99
        figures.coreRoundTripNanosecondsBefore = coreRoundTripNanosecondsBefore
        figures.coreRoundTripNanosecondsAfter = coreRoundTripNanosecondsAfter
        return figures
    }
}
