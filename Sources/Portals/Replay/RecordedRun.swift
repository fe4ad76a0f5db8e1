// The order of a recorded run, and how an engine must be laid out to follow it.

/// What is common to all ways to run a recording again.
struct RecordedRun {
    /// An engine of these has the partitions and the seed that the record was written with.
    let options: EngineOptions
    private let recording: Recording
    private let layout: String
    private let hasBeginning: Bool

    /// Finds out how the applications were laid out.
    ///
    /// - Errors: ``JournalError/otherApplication(path:found:expected:)``.
    init(_ recording: Recording, of applications: [Application]) throws {
        self.recording = recording
        let replay = try JournalReplay(recording.journal, from: nil)
        let name = applications.map(\.name).joined(separator: "+")
        if name != recording.applicationName {
            throw JournalError.otherApplication(
                path: recording.path, found: "'\(recording.applicationName)'",
                expected: "'\(name)'")
        }
        guard let layout = try replay.layout ?? recording.snapshots().last?.layout else {
            throw RecordingError.noJournal(
                path: recording.path, reason: "its site ended before it had launched anything")
        }
        self.layout = layout
        hasBeginning = replay.layout != nil
        var options = EngineOptions()
        // States and digests are there where something is recorded; nothing is, while it follows.
        options.commit = .asynchronous
        // Small, but a launch wants room for atoms from outside as if it recorded them.
        options.recordCapacity = applications.map(\.recordCapacityMin).max() ?? 1_024
        if let seed = SiteLayout.seed(layout) { options.seed = seed }
        // Which elements took their number from the site's options is not written down.
        let counts = SiteLayout.partitionCounts(layout)
        let undecided = applications.flatMap { $0.elementsWithoutPartitions }
        if let count = undecided.lazy.compactMap({ counts[$0] }).first {
            options.partitions = count
        }
        self.options = options
    }

    /// Puts an engine, on which the applications are launched, where the record begins.
    ///
    /// - Parameter end: the last step that is done of an element; nil for all of all.
    /// - Returns: the order to follow from there, and the snapshot that it begins from.
    /// - Errors: ``RecoveryError/otherLayout(journal:path:launched:)`` where what is launched is
    ///   not what was recorded; ``RecordingError`` where there is no such step.
    func prepare(
        _ engine: Engine, startingAt start: Replay.Start, to end: (element: Int, step: UInt64)?
    ) throws -> (order: RecordedOrder, snapshot: UInt64?) {
        if let difference = SiteLayout.difference(layout, SiteLayout.text(engine)) {
            throw RecoveryError.otherLayout(
                journal: difference.journal, path: recording.path, launched: difference.launched)
        }
        let snapshot = try self.snapshot(start, end, engine)
        if let snapshot { try engine.restore(snapshot.cut) }
        let replay = try JournalReplay(recording.journal, from: snapshot)
        let starts = engine.nextSteps
        var order = try replay.order(startTimes: engine.recordedTimes, startSteps: starts)
        if let end {
            let path = engine.elements[end.element].path
            let next = starts[end.element] + UInt64(order.steps[end.element].count)
            if end.step >= next {
                throw RecordingError.beyondEnd(step: end.step, element: path, next: next)
            }
            if end.step + 1 < starts[end.element] {
                throw RecordingError.givenUp(
                    step: end.step, element: path, first: starts[end.element])
            }
            order.keep(Int(end.step + 1 - starts[end.element]), of: end.element)
        }
        return (order, snapshot?.number)
    }

    /// Where it begins; nil for the beginning.
    private func snapshot(
        _ start: Replay.Start, _ end: (element: Int, step: UInt64)?, _ engine: Engine
    ) throws -> Snapshot? {
        let snapshots = try recording.snapshots().filter { snapshot in
            // Its first word is the number of the next step.
            guard let end, let next = snapshot.cut.elements[end.element].first else { return true }
            return next <= end.step + 1
        }
        switch start {
        case .earliest where hasBeginning: return nil
        case .earliest:
            if let first = snapshots.first { return first }
        case .nearest:
            if let last = snapshots.last { return last }
            if hasBeginning { return nil }
        }
        guard let end, let oldest = try recording.snapshots().first else {
            throw RecoveryError.noSnapshot(path: recording.path, refused: [])
        }
        throw RecordingError.givenUp(
            step: end.step, element: engine.elements[end.element].path,
            first: oldest.cut.elements[end.element].first ?? 0)
    }
}
