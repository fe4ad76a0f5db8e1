// The measured window of a trial of ours: launch, warm-up, looks at the running site, and what it
// did between the first and the last.
import Harness
import Portals
import Report

extension PortalsSystem {
    /// What a site did in the measured window.
    struct Window {
        /// Atoms that entered.
        var atoms: UInt64
        var latency = LatencyPercentiles()
        /// The same whatever the number of samples.
        var latencyUnguarded = LatencyPercentiles()
        var histogram = Report.LatencyHistogram()
        /// From the actual entry; nil without a rate.
        var serviceLatency: LatencyPercentiles?
        var series: WindowSeries?
        var samples: UInt64 = 0
        /// Commits and bytes of their records; nil without a journal.
        var commits: UInt64?
        var committedBytes: UInt64?
        /// Snapshots, and why the last was not taken; nil without a journal, and if it was.
        var snapshots: SnapshotFigures?
        var snapshotFailure: String?
        /// What the runtime says of itself; nil where the trial did not ask.
        var account: EngineAccount?

        /// The latencies and commits until now of a site that stands still or is at rest.
        init(
            _ site: Site, atoms: UInt64, since before: (commits: Int, byteCount: Int) = (0, 0),
            lastSnapshot: UInt64 = 0, recorded: SiteSeries? = nil
        ) {
            self.atoms = atoms
            if let recorded {
                setLatency(recorded.latency, recorded.serviceLatency)
                series = recorded.series
            } else {
                var merged = PortalsCore.LatencyHistogram(memory: .heap)
                var service = PortalsCore.LatencyHistogram(memory: .heap)
                for worker in site.engine.workers {
                    worker.addLatencies(to: &merged)
                    worker.addServiceLatencies(to: &service)
                }
                setLatency(Report.LatencyHistogram(merged), Report.LatencyHistogram(service))
            }
            if site.options.engine.commit != .none {
                let after = site.committed
                commits = UInt64(after.commits - before.commits)
                committedBytes = UInt64(after.byteCount - before.byteCount)
                let taken = site.snapshots.filter { $0.number > lastSnapshot }
                snapshots = SnapshotFigures(
                    count: UInt64(taken.count),
                    standNanosecondsMax: taken.map(\.standNanoseconds).max(),
                    quietNanosecondsMax: taken.map(\.quietNanoseconds).max(),
                    bytes: taken.reduce(0) { $0 + UInt64($1.byteCount) })
                snapshotFailure = site.snapshotFailure?.description
            }
        }

        mutating func setLatency(
            _ merged: Report.LatencyHistogram, _ service: Report.LatencyHistogram
        ) {
            histogram = merged
            samples = merged.count
            latencyUnguarded = LatencyPercentiles(unguarded: merged)
            latency = latencyUnguarded.supported(bySamples: samples)
            serviceLatency = service.count == 0 ? nil : LatencyPercentiles(unguarded: service)
        }
    }

    /// Runs an application whose sources have no end for the time of the trial, or to its end.
    ///
    /// - Parameter count: events so far, of a system whose atoms have no fixed size and whose
    ///   latencies somebody else takes; else those that `source` has let in.
    func measure(
        _ configuration: TrialConfiguration, _ probe: TrialProbe, _ site: Site,
        _ application: Application, source: String, atomsInAll: UInt64?,
        count: EventCount? = nil, onStart: () -> Void = {}, onStop: () -> Void = {}
    ) throws -> Window {
        var first: UInt64 = 0
        var committed = (commits: 0, byteCount: 0)
        var lastSnapshot: UInt64 = 0
        if let atomsInAll {
            try probe.measure {
                try site.launch(application)
                try awaitRest(site)
            }
            onStop()
            var window = Window(site, atoms: atomsInAll)
            window.account = site.account()
            return window
        }
        guard case .seconds(let seconds) = configuration.length else {
            throw TrialFault("a run of a number of events says how many atoms those are")
        }
        try site.launch(application)
        let isRecorded = configuration.series != .off
        let interval = WindowSeries.interval(windowSeconds: seconds)
        let eventsPerAtom = configuration.eventsPerAtom
        var recorded = SiteSeries(
            site, hasLatencies: count == nil,
            count: count?.read ?? { site.engine.admittedAtoms(of: source) * eventsPerAtom })
        if isRecorded {
            recorded.warmUp(
                least: configuration.warmUpSeconds, most: seconds, interval: interval)
        } else {
            site.sleep(seconds: configuration.warmUpSeconds)
        }
        site.standing {
            first = site.engine.admittedAtoms(of: source)
            recorded.begin()
            committed = site.committed
            lastSnapshot = site.snapshots.last?.number ?? 0
            onStart()
            probe.start()
        }
        if isRecorded {
            recorded.window(seconds: seconds, interval: interval)
        } else {
            site.sleep(seconds: seconds)
        }
        let window = site.standing {
            probe.stop()
            onStop()
            if isRecorded { recorded.look() }
            var window = Window(
                site, atoms: site.engine.admittedAtoms(of: source) - first, since: committed,
                lastSnapshot: lastSnapshot, recorded: isRecorded ? recorded : nil)
            window.account = site.engine.account()
            return window
        }
        site.engine.stopSources()
        try awaitRest(site)
        return window
    }

    /// Waits until all is done; a trial whose journal lacks something has measured less than that.
    private func awaitRest(_ site: Site) throws {
        try site.awaitRest()
        let lost = site.engine.lostStateDeltas
        if lost > 0 {
            throw TrialFault(
                "\(lost) times new states found no room in the record, or have no format: make "
                    + "the atoms smaller, or leave --journal-content deltas away")
        }
    }
}
