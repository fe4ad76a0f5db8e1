// A recorded run once more, on threads and as fast as it goes: to measure, or to see the outputs.

/// A replay on the threads of a site.
///
/// ```swift
/// let replay = try SiteReplay(Recording("journal"), of: [shop], on: SiteOptions(workers: 2))
/// print(try replay.run(), "steps in", replay.nanoseconds, "ns")
/// ```
/// Sinks are made as at any launch, and get everything again: give the applications others than
/// those that write outside. Nothing is written to the recorded directory. After it, sources are
/// stopped, and streams end that had not.
///
/// - Ownership: one thread.
public final class SiteReplay {
    /// What it runs on; look at it when ``run()`` has returned.
    public let site: Site
    /// The snapshot that it begins from; nil for the beginning.
    public let snapshot: UInt64?
    /// How long it took to do again what was recorded.
    public private(set) var nanoseconds: UInt64 = 0
    private let order: RecordedOrder

    /// Reads what is to be done and launches the applications; nothing runs yet.
    ///
    /// - Parameter options: workers, idling and pinning; partitions and seed are those of the
    ///   record.
    /// - Errors: ``RecordingError``, ``RecoveryError``, `LaunchError`.
    public init(
        _ recording: Recording, of applications: [Application], on options: SiteOptions,
        startingAt start: Replay.Start = .earliest
    ) throws {
        let record = try RecordedRun(recording, of: applications)
        var options = options
        options.journal = nil
        options.isReplay = true
        options.engine.partitions = record.options.partitions
        options.engine.seed = record.options.seed
        options.engine.recordCapacity = record.options.recordCapacity
        site = try Site(.configured(options))
        let engine = site.engine
        let prepared = try site.standing {
            try engine.launch(applications)
            let prepared = try record.prepare(engine, startingAt: start, to: nil)
            // Nothing is decided until there is something to follow.
            try engine.follow(
                RecordedOrder(startTimes: engine.recordedTimes, startSteps: engine.nextSteps))
            return prepared
        }
        order = prepared.order
        snapshot = prepared.snapshot
    }

    /// Does again what was recorded, and brings the site to rest.
    ///
    /// - Returns: the steps that were done again.
    /// - Errors: ``RecoveryError/notDeterministic(task:step:partition:)``, `SiteError` of the rest.
    public func run() throws -> Int {
        let engine = site.engine
        let start = site.nanoseconds
        let wanted = order.count
        try site.standing { try engine.follow(order, haltsAtDifferences: true) }
        var followed = -1
        while engine.followedSteps < wanted && engine.differenceCount == 0 {
            site.sleep(seconds: 0.000_2)
            let now = engine.followedSteps
            if now == followed && site.standing({ site.isStuck }) { break }
            followed = now
        }
        while !engine.hasNothingInFlight && engine.differenceCount == 0 {
            site.sleep(seconds: 0.000_1)
        }
        nanoseconds = site.nanoseconds - start
        try site.standing {
            if let first = engine.differences.first {
                throw RecoveryError.notDeterministic(
                    task: first.task, step: first.step, partition: first.partition)
            }
            engine.stopSources()
            engine.endFollowing(records: false)
        }
        let steps = engine.followedSteps
        try site.awaitRest()
        return steps
    }
}
