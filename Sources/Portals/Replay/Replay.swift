// A recorded run once more, on one thread and step by step: to look at what a site did.

/// A replay of what a site recorded, up to a step.
///
/// ```swift
/// let replay = try Replay(Recording("journal"), of: shop, to: 2) { output in
///     print(output.path, output.step, output.events)
/// }
/// try replay.run()
/// replay.engine.describeStates { state in print(state.task, state.key ?? 0, state.value) }
/// ```
/// Sinks are not made: what goes to them is shown to the closure. Sources from outside give what
/// they gave; files are read again, so they must still be there.
///
/// - Ownership: one thread.
/// - Errors: a task that makes other events than it did ends the replay with
///   ``RecoveryError/notDeterministic(task:step:partition:)``, as far as digests were written.
public final class Replay {
    /// What runs; look at it when ``run()`` has returned.
    public var engine: Engine { site.engine }
    private let site: SteppedSite
    /// The element whose step ends it.
    private let end: (element: String, step: UInt64)?
    /// The snapshot that it begins from; nil for the beginning.
    public let snapshot: UInt64?

    /// Where a replay begins.
    public enum Start: Sendable {
        /// With the first step that the directory still has.
        case earliest
        /// With the newest snapshot before the step that it ends with: the quickest way there.
        case nearest
    }

    /// Prepares the replay; nothing has run.
    ///
    /// - Parameters:
    ///   - applications: those that the site launched.
    ///   - step: the last one that is done; nil for all that was recorded.
    ///   - element: the path of the workflow whose step that is, or of something in it; nil where
    ///     there is only one.
    ///   - shown: the path of a sink, task or workflow whose events are shown; nil for all sinks.
    ///   - take: is shown the events, as text; nil where nobody wants them, which is faster.
    /// - Errors: ``RecordingError``; ``RecoveryError`` where the applications are not those that
    ///   wrote the journal.
    public convenience init(
        _ recording: Recording, of applications: Application..., to step: UInt64? = nil,
        element: String? = nil, startingAt start: Start = .earliest, showing shown: String? = nil,
        _ take: ((WatchedEvents) -> Void)? = nil
    ) throws {
        try self.init(
            recording, of: applications, to: step, element: element, startingAt: start,
            showing: shown, take)
    }

    /// Prepares the replay of several applications.
    public init(
        _ recording: Recording, of applications: [Application], to step: UInt64? = nil,
        element: String? = nil, startingAt start: Start = .earliest, showing shown: String? = nil,
        _ take: ((WatchedEvents) -> Void)? = nil
    ) throws {
        let record = try RecordedRun(recording, of: applications)
        site = SteppedSite(record.options)
        site.engine.watch(OutputWatch(path: shown, take: take))
        try site.engine.launch(applications)
        let known = site.engine.watchedPaths
        for path in [element, shown].compactMap({ $0 }) where !known.contains(path) {
            throw RecordingError.unknownPath(path, known: known)
        }
        let elements = site.engine.elements.map(\.path)
        if let step {
            let owner: String
            if let element {
                owner = elements.first { element == $0 || element.hasPrefix($0 + "/") } ?? element
            } else if elements.count == 1 {
                owner = elements[0]
            } else {
                throw RecordingError.whoseStep(elements: elements)
            }
            end = (owner, step)
        } else {
            end = nil
        }
        let prepared = try record.prepare(
            site.engine, startingAt: start,
            to: end.map { (element: elements.firstIndex(of: $0.element) ?? 0, step: $0.step) })
        snapshot = prepared.snapshot
        try site.engine.follow(prepared.order)
    }

    /// Does what was recorded, to the step or to the end.
    ///
    /// - Returns: the steps that were done.
    /// - Errors: a step that can't be done again; a task that is not deterministic; a source that
    ///   does not give again what it gave.
    @discardableResult
    public func run() throws -> Int {
        let engine = site.engine
        while !isDone, engine.workers[0].step() {
            if engine.differenceCount > 0, let first = engine.differences.first {
                throw RecoveryError.notDeterministic(
                    task: first.task, step: first.step, partition: first.partition)
            }
        }
        if let failed = engine.feedFailures.first {
            throw RecoveryError.sourceFailed(source: failed.path, reason: failed.reason)
        }
        if let end, !isDone {
            throw RecordingError.lost(
                step: end.step, element: end.element, next: engine.nextStep(of: end.element) ?? 0)
        }
        return engine.followedSteps
    }

    private var isDone: Bool {
        guard let end, let next = engine.nextStep(of: end.element) else { return false }
        return next > end.step && engine.hasDoneItsSteps(end.element)
    }
}
