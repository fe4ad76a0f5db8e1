// Takes snapshots while the workers go on: waits for a quiet moment, marks, lets them copy, writes.

/// Takes the snapshots of one engine.
///
/// It is a state machine like a worker: each ``step()`` does one thing, so that a simulation can
/// crash between any two.
///
/// ```
/// idle ──► holding: sources give nothing ──► copying: the workers copy with their steps
///  ▲                                                                      │
///  └──── written, durable, named; the journal before it given up ◄── writing
/// ```
/// - Ownership: one thread, beside the workers.
final class SnapshotTaker {
    private let engine: Engine
    private let keeper: any SnapshotKeeping
    private let places: CommitPlaces
    private let options: SnapshotOptions
    private let layout: String
    /// What the driver does for it.
    private let driver: Driver
    private var state = State.idle
    private var lastTime: UInt64
    private var lastByteCount = 0
    private var retryTime: UInt64 = 0
    private var isRequested = false

    /// What it asks of whoever drives the engine.
    struct Driver {
        /// Nanoseconds of the site.
        var clock: () -> UInt64
        /// Calls a closure while all workers stand still.
        var stand: (() -> Void) -> Void
        /// Wakes workers that sleep.
        var wake: () -> Void
        /// Bytes that were committed to the journal until now.
        var committedByteCount: () -> Int
        /// A snapshot is written, or was not.
        var done: (Result<SnapshotReport, SnapshotError>) -> Void
    }

    private enum State {
        case idle
        case holding(since: UInt64)
        case copying(Snapshot, SnapshotReport, since: UInt64)
        case writing(SnapshotReport, since: UInt64)
    }

    init(
        engine: Engine, keeper: any SnapshotKeeping, places: CommitPlaces,
        options: SnapshotOptions, driver: Driver
    ) {
        self.engine = engine
        self.keeper = keeper
        self.places = places
        self.options = options
        self.driver = driver
        layout = SiteLayout.text(engine)
        lastTime = driver.clock()
    }

    /// Takes one as soon as it can.
    func request() { isRequested = true }

    /// None is being taken.
    var isIdle: Bool {
        if case .idle = state { return !isRequested }
        return false
    }

    /// A snapshot goes to the disk, a piece with each step, and then old ones from it.
    var isWriting: Bool {
        if case .writing = state { return true }
        return false
    }

    /// Does the next thing; false if there is nothing to do but wait.
    func step() -> Bool {
        switch state {
        case .idle: return begin()
        case .holding(let since): return cut(since)
        case .copying(let snapshot, let report, let since):
            #if PROTOCOL_MUTATIONS
            guard engine.isCutCopied || ProtocolMutation.has(.takesPartialCuts),
                engine.isCutDurable || ProtocolMutation.has(.takesUndurableCuts)
            else { return false }
            #else
            guard engine.isCutCopied, engine.isCutDurable else { return false }
            #endif
            return take(snapshot, report, since)
        case .writing(let report, let since): return write(report, since)
        }
    }

    private var isDue: Bool {
        if isRequested { return true }
        let now = driver.clock()
        let byteCount = driver.committedByteCount() - lastByteCount
        guard byteCount > 0, now >= retryTime else { return false }
        return byteCount >= options.journalByteCount
            || now &- lastTime >= options.nanoseconds
    }

    private func begin() -> Bool {
        guard isDue else { return false }
        isRequested = false
        if let refusal = engine.snapshotRefusal { return fail(.refused(refusal)) }
        engine.holdSources(true)
        driver.wake()
        state = .holding(since: driver.clock())
        return true
    }

    /// Lets the sources go on without a snapshot; for a driver that ends.
    func giveUp() {
        if case .holding = state {
            engine.holdSources(false)
            driver.wake()
        }
    }

    private func fail(_ error: SnapshotError) -> Bool {
        lastTime = driver.clock()
        lastByteCount = driver.committedByteCount()
        retryTime = lastTime &+ 1_000_000_000
        state = .idle
        driver.done(.failure(error))
        return true
    }

    private func cut(_ since: UInt64) -> Bool {
        #if PROTOCOL_MUTATIONS
        guard ProtocolMutation.has(.cutsInFlight) || engine.hasNothingInFlight else {
            return waitOn(since)
        }
        #else
        guard engine.hasNothingInFlight else { return waitOn(since) }
        #endif
        let (number, base) = keeper.next
        var snapshot: Snapshot?
        let before = driver.clock()
        driver.stand {
            // What the writer has drained by now was recorded before the marks.
            let position = places.drained
            guard engine.beginCut(number: number, isFull: base == 0) else { return }
            engine.holdSources(false)
            snapshot = Snapshot(
                number: number, base: base, position: position, time: driver.clock(),
                layout: layout, cut: EngineCut(elements: [], nodes: []))
        }
        guard let snapshot else { return waitOn(since) }
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.givesJournalUpEarly) { places.release(before: snapshot.position) }
        #endif
        let now = driver.clock()
        driver.wake()
        lastTime = now
        lastByteCount = driver.committedByteCount()
        state = .copying(
            snapshot,
            SnapshotReport(
                number: number, isFull: base == 0, byteCount: 0, quietNanoseconds: now &- since,
                standNanoseconds: now &- before, copyNanoseconds: 0, writeNanoseconds: 0),
            since: now)
        return true
    }

    /// Waits on, for what is in flight or asked, or gives up.
    private func waitOn(_ since: UInt64) -> Bool {
        let waited = driver.clock() &- since
        if waited < options.quietNanosecondsMax { return false }
        giveUp()
        return fail(.notQuiet(nanoseconds: waited))
    }

    private func take(_ begun: Snapshot, _ report: SnapshotReport, _ since: UInt64) -> Bool {
        var snapshot = begun
        var report = report
        snapshot.cut = engine.takeCut()
        let now = driver.clock()
        report.copyNanoseconds = now &- since
        // What came before it does not come again: sinks must have it for good.
        for sink in engine.sinks {
            if let reason = sink.synchronize?() { return lose(.sink(sink.path, reason)) }
        }
        do throws(StorageError) {
            try keeper.begin(snapshot) { [engine] in engine.reuse($1, of: $0) }
        } catch {
            return lose(.storage(error))
        }
        state = .writing(report, since: now)
        return true
    }

    private func write(_ report: SnapshotReport, _ since: UInt64) -> Bool {
        do throws(StorageError) {
            if try keeper.step() { return true }
        } catch {
            return lose(.storage(error))
        }
        var report = report
        report.byteCount = keeper.writtenByteCount
        report.writeNanoseconds = driver.clock() &- since
        if let position = keeper.releasable { places.release(before: position) }
        state = .idle
        driver.done(.success(report))
        return true
    }

    /// The disk did not take it: what has changed since the one before is no longer known.
    private func lose(_ error: SnapshotError) -> Bool {
        keeper.giveUp()
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.forgetsLostSnapshots) { return fail(error) }
        #endif
        driver.stand { engine.forgetCut() }
        return fail(error)
    }
}
