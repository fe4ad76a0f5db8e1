// Brings an engine to where its journal ends, and lets it go on from there.

/// The recovery of one engine from one journal.
///
/// ```
/// launch ──► begin ──► workers follow the recorded order ──► end ──► workers decide again
/// ```
/// The order of steps and the inputs are recorded, all else follows from them; so the engine does
/// again what it did. A crash may have lost a decision that another, of another worker, depended
/// on: then the workers come to rest before the record is used up. What remains of it never had an
/// effect outside, since outputs wait for all they depend on; it is cut away, for good.
final class Recovery {
    private let engine: Engine
    private let layout: String

    /// Decisions that were recorded.
    let recordedSteps: Int

    private let onDifference: DifferencePolicy

    /// How long the state of the snapshot was laid out.
    let restoreNanoseconds: UInt64

    /// Hands the record of a journal to the leaders of a launched engine that has not run.
    ///
    /// - Parameter clock: for `restoreNanoseconds` alone.
    /// - Errors: ``RecoveryError`` where the journal is of something else, or was not written by
    ///   this version.
    init(
        _ engine: Engine, journal: any Journal, path: String, snapshot: Snapshot? = nil,
        refused: [String] = [], onDifference: DifferencePolicy = .refuse,
        clock: () -> UInt64 = { 0 }
    ) throws {
        self.engine = engine
        self.onDifference = onDifference
        let launched = SiteLayout.text(engine)
        layout = launched
        let replay = try JournalReplay(journal, from: snapshot)
        if let journaled = snapshot?.layout ?? replay.layout,
            let difference = SiteLayout.difference(journaled, launched)
        {
            throw RecoveryError.otherLayout(
                journal: difference.journal, path: path, launched: difference.launched)
        }
        if snapshot == nil && replay.layout == nil && !replay.isEmpty {
            throw RecoveryError.noSnapshot(path: path, refused: refused)
        }
        isNew = snapshot == nil && replay.layout == nil
        let start = clock()
        if let snapshot { try engine.restore(snapshot.cut) }
        restoreNanoseconds = clock() &- start
        let order = try replay.order(
            startTimes: engine.recordedTimes, startSteps: engine.nextSteps)
        recordedSteps = order.count
        #if PROTOCOL_MUTATIONS
        lastTime =
            ProtocolMutation.has(.forgetsLastTime)
            ? 0
            : max(order.lastTime, snapshot?.time ?? 0)
        #else
        lastTime = max(order.lastTime, snapshot?.time ?? 0)
        #endif
        // Also where there is none: nothing is decided before the recovery has ended.
        try engine.follow(order, haltsAtDifferences: onDifference == .refuse)
    }

    /// Something that came again differed, and that ends the recovery. Any thread may ask.
    var isRefused: Bool { onDifference == .refuse && engine.differenceCount > 0 }

    /// Throws what differed first. All workers stand still.
    func check() throws(RecoveryError) {
        guard isRefused, let first = engine.differences.first else { return }
        throw .notDeterministic(task: first.task, step: first.step, partition: first.partition)
    }

    private let isNew: Bool
    /// The time at which the record ends: the clock goes on from there.
    let lastTime: UInt64

    /// All that was recorded was followed; ``end(_:)`` has the workers follow what is left anyhow.
    var isDone: Bool {
        engine.followedSteps >= recordedSteps
    }

    /// Ends it, when all was followed or nothing moves any more, and writes where the site goes on.
    /// All workers stand still.
    ///
    /// - Returns: recorded decisions that were cut away.
    func end(_ writer: CommitWriter) throws -> Int {
        try check()
        // The last steps were decided, but perhaps not run: sinks are to see all of them first.
        while engine.workers.reduce(false, { $1.step() || $0 }) {}
        try check()
        if engine.feedFailures.isEmpty { engine.tellRecovered() }
        if let failed = engine.sinkFailures.first {
            throw RecoveryError.sinkFailed(sink: failed.path, reason: failed.reason)
        }
        if let failed = engine.feedFailures.first {
            throw RecoveryError.sourceFailed(source: failed.path, reason: failed.reason)
        }
        let left = engine.unfollowedSteps
        #if PROTOCOL_MUTATIONS
        let behind = engine.unfollowedByElement
        var followed = engine.endFollowing()
        if ProtocolMutation.has(.keepsOneTooMany) {
            for element in followed.indices where behind[element] > 0 { followed[element] += 1 }
        }
        #else
        let followed = engine.endFollowing()
        #endif
        if isNew { try writer.writeThrough(CommitBlock.layout(layout)) }
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.losesCuts) { return left }
        #endif
        try writer.writeThrough(CommitBlock.cut(followed))
        return left
    }
}
