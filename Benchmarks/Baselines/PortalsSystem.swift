// Portals itself, through the same door as every other system.
import Harness
import IntegerFilter
import KeyedCount
import Platform
import PortalPingPong
import Portals
import Report
import ShoppingCart

/// Our runtime: serializable atoms, exactly-once within the process, and with a journal beyond it.
struct PortalsSystem: SystemUnderTest {
    let name = "portals"
    let summary =
        "Portals for Swift: serializable atoms; what survives a crash is what --journal says"
    let version = "0.1"

    func refusal(_ configuration: TrialConfiguration) -> String? {
        if configuration.workload == "portal-ping-pong" {
            if configuration.workers > 2 { return "the ping-pong has two parties: 1 or 2 workers" }
            if configuration.ratePerSecond != nil { return "the ping-pong is a closed loop" }
        }
        if configuration.workload == "queue" {
            return "its ring by itself is the system portals-ring"
        }
        if configuration.workload == "durable-append" {
            if configuration.workers > 1 { return "a log has one order: give --workers 1" }
            if configuration.ratePerSecond != nil { return "the durable append is a closed loop" }
        }
        if configuration.workload == "recovery", configuration.journal != .durable {
            return "only what is durable can be recovered: give --journal durable"
        }
        if let refusal = refusalOfAuthors(configuration) { return refusal }
        if configuration.workload == "saga",
            configuration.parameters["isolation"] == "atomic", configuration.atomSize != 1
        {
            return "an atomic order is an atom of its own: give --atom-size 1"
        }
        if configuration.workload == "ml-serving", configuration.ratePerSecond != nil,
            configuration.parameters["scenario"] != "server"
        {
            return "only requests of the scenario server come at a rate: leave --rate away"
        }
        if let ring = configuration.ringCapacity, ring < 1 || ring & (ring - 1) != 0 {
            return "a ring's capacity is a power of two, not \(ring)"
        }
        return nil
    }

    func axes(for workload: String) -> Set<Axis> {
        Set(Axis.allCases).subtracting(ignoredAxes(of: workload))
    }

    private func ignoredAxes(of workload: String) -> Set<Axis> {
        switch workload {
        case "portal-ping-pong": Axis.ofOpenLoops.union([.atomSize])
        // One operation is one atom.
        case "durable-echo": [.atomSize]
        // A record is an event, and its atoms are those of what is outstanding; no snapshot is
        // taken.
        case "durable-append": Axis.ofOpenLoops.union([.atomSize, .snapshots])
        // It takes its snapshot itself, where its parameter says.
        case "recovery": Axis.ofOpenLoops.union([.snapshots])
        // The scenario says how requests come.
        case "ml-serving": [.arrivals]
        default: AuthorsDefinition.ignoredAxes(of: workload)
        }
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        switch configuration.workload {
        case "keyed-count": try keyedCount(configuration, probe)
        case "integer-filter": try integerFilter(configuration, probe)
        case "portal-ping-pong": try pingPong(configuration, probe)
        case "shopping-cart": try shoppingCart(configuration, probe)
        case "saga": try sagas(configuration, probe)
        case "ml-serving": try mlServing(configuration, probe)
        case "durable-echo": try durableEcho(configuration, probe)
        case "durable-append": try durableAppend(configuration, probe)
        case "recovery": try RecoveryTrial(configuration).run()
        case let name where AuthorsDefinition.has(name): try authors(configuration, probe)
        default: throw TrialFault("Portals has no application for \(configuration.workload)")
        }
    }

    /// The options of a site as the trial wants it.
    ///
    /// - Parameter part: the site's directory within that of the trial: a journal is of one site.
    static func options(
        _ configuration: TrialConfiguration, part: String = "site"
    ) throws -> SiteOptions {
        var options = SiteOptions(workers: configuration.workers)
        if let ring = configuration.ringCapacity { options.engine.ringCapacity = ring }
        options.engine.locksRings = configuration.rings == .locked
        if let placement = configuration.placement {
            options.engine.placement = placement == .spread ? .spread : .shared
        }
        options.usesNuma = configuration.numa.map { $0 == .on }
        options.pins = configuration.pinning == .on
        options.idle =
            switch configuration.idle {
            case .spin: .spin
            case .yield: .yield
            case .park: .park
            }
        options.engine.seed = configuration.seed
        if configuration.arrivals == .poisson {
            var random = SeededGenerator(seed: configuration.seed)
            options.engine.arrivals = .poisson { _ in random.next() }
        }
        options.engine.accountInterval = configuration.accountInterval ?? 0
        if configuration.journal != .none {
            var journal = SiteJournal(
                path: try configuration.requiredJournalDirectory() + "/" + part,
                mode: configuration.journal == .durable ? .durable : .asynchronous)
            if let bytes = configuration.commitBytes { journal.limits.byteCount = bytes }
            if let nanoseconds = configuration.commitIntervalNanoseconds {
                journal.limits.nanoseconds = nanoseconds
            }
            if let whenIdle = configuration.commitWhenIdle {
                journal.limits.commitsWhenIdle = whenIdle == .on
            }
            switch configuration.snapshots {
            case .off: journal.snapshots = .onRequest
            case .every(let nanoseconds):
                journal.snapshots = .onRequest
                journal.snapshots.nanoseconds = nanoseconds
            case nil: break
            }
            if configuration.journalContent == .deltas {
                options.engine.recordsStateDeltas = true
                // 128 MiB a worker, half of them for what steps in flight leave in states.
                options.engine.recordCapacity = 1 << 24
            }
            options.journal = journal
            // So that the journal can be read without knowing more.
            try RecordedTrial(configuration).write(directory: journal.path)
        }
        return options
    }

    func finish(
        _ probe: TrialProbe, events: UInt64, _ window: Window, _ fault: String?, _ site: Site
    ) -> TrialMeasurement {
        var notes: [String] = []
        for (worker, pinning) in site.pinnings.enumerated() {
            if case .refused(let error) = pinning { notes.append("worker \(worker): \(error)") }
        }
        if let failure = window.snapshotFailure { notes.append(failure) }
        for report in site.snapshots {
            notes.append(
                "snapshot \(report.number)\(report.isFull ? ", whole" : ""): \(report.byteCount) "
                    + "bytes, sources held \(report.quietNanoseconds) ns, workers stood "
                    + "\(report.standNanoseconds) ns, copied \(report.copyNanoseconds) ns, written "
                    + "\(report.writeNanoseconds) ns")
        }
        var measurement = probe.measurement(
            events: events, verified: fault.map { .wrong($0) } ?? .verified, notes: notes)
        measurement.latency = window.latency
        measurement.latencySamples = window.samples
        measurement.serviceLatency = window.serviceLatency
        measurement.histogram = window.histogram
        measurement.series = window.series
        measurement.commits = window.commits
        measurement.committedBytes = window.committedBytes
        measurement.snapshots = window.snapshots
        measurement.account = window.account.map {
            TrialAccount($0, commits: window.commits)
        }
        return measurement
    }

    // MARK: Workloads

    private func keyedCount(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        var definition = try KeyedCount.Definition(configuration)
        let results = KeyedCount.Results(definition)
        let site = try Site(.configured(Self.options(configuration)))
        let isEndless = definition.events == .max
        let window = try measure(
            configuration, probe, site,
            definition.application(results, atomsPerSecond: configuration.atomsPerSecond),
            source: KeyedCount.Definition.workflowPath,
            atomsInAll: isEndless
                ? nil : (definition.events + definition.atomSize - 1) / definition.atomSize)
        if isEndless {
            definition.events =
                site.engine.admittedAtoms(of: KeyedCount.Definition.workflowPath)
                * definition.atomSize
        }
        return finish(
            probe,
            events: isEndless ? window.atoms * definition.atomSize : definition.events, window,
            KeyedCount.Oracle(definition).check(results.answer), site)
    }

    /// A known number of integers: as many as a pilot run says fit the time, at most all of them.
    private func integerFilter(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        var definition = try IntegerFilter.Definition(configuration)
        if case .seconds(let seconds) = configuration.length {
            let pilot = try Site(
                .configured(
                    Self.options(configuration.sized(definition.events), part: "pilot")))
            let start = pilot.nanoseconds
            try pilot.launch(definition.application(IntegerFilter.Results()))
            try pilot.awaitRest()
            let elapsed = Double(pilot.nanoseconds - start) / 1e9
            let free = Double(definition.events) / elapsed * seconds
            definition.events = UInt64(
                min(configuration.ratePerSecond.map { $0 * seconds } ?? free, 0x1p32))
        }
        let results = IntegerFilter.Results()
        let site = try Site(
            .configured(Self.options(configuration.sized(definition.events))))
        let window = try measure(
            configuration, probe, site,
            definition.application(results, atomsPerSecond: configuration.atomsPerSecond),
            source: IntegerFilter.Definition.workflowPath,
            atomsInAll: (definition.events + definition.atomSize - 1) / definition.atomSize)
        return finish(
            probe, events: definition.events, window,
            IntegerFilter.Oracle(definition).check(results.answer), site)
    }

    private func shoppingCart(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        var definition = try ShoppingCart.Definition(configuration)
        let results = ShoppingCart.Results(definition)
        let site = try Site(.configured(Self.options(configuration)))
        let isEndless = definition.operations == .max
        let window = try measure(
            configuration, probe, site,
            definition.application(results, atomsPerSecond: configuration.atomsPerSecond),
            source: ShoppingCart.Definition.cartPath,
            atomsInAll: isEndless ? nil : definition.operationAtoms)
        if isEndless {
            let engine = site.engine
            definition.operations =
                engine.admittedAtoms(of: ShoppingCart.Definition.cartPath) * definition.atomSize
            definition.restocks =
                engine.admittedAtoms(of: ShoppingCart.Definition.inventoryPath)
                * definition.atomSize
        }
        return finish(
            probe,
            events: isEndless ? window.atoms * definition.atomSize : definition.operations, window,
            ShoppingCart.Oracle(definition).check(results.answer), site)
    }

    /// Asker and replier on different workers, where there are two.
    static let pingPongPlacement = Placement.spread

    /// A closed loop of a known number of round trips: as many as a pilot run says fit the time.
    private func pingPong(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        func makeSite(_ definition: PortalPingPong.Definition, part: String) throws -> Site {
            var options = try Self.options(
                configuration.sized(definition.roundTrips), part: part)
            if configuration.placement == nil {
                options.engine.placement = Self.pingPongPlacement
            }
            return try Site(.configured(options))
        }
        var definition = try PortalPingPong.Definition(configuration)
        if case .seconds(let seconds) = configuration.length {
            definition.roundTrips = max(20_000, UInt64(definition.outstanding) * 200)
            var elapsed = 0.0
            var pilots = 0
            repeat {
                definition.roundTrips *= 4
                pilots += 1
                let pilot = try makeSite(definition, part: "pilot-\(pilots)")
                let start = pilot.nanoseconds
                try pilot.launch(definition.application(PortalPingPong.Results()))
                try pilot.awaitRest()
                elapsed = Double(pilot.nanoseconds - start) / 1e9
            } while elapsed < configuration.warmUpSeconds
            definition.roundTrips = UInt64(Double(definition.roundTrips) / elapsed * seconds)
        }
        let site = try makeSite(definition, part: "site")
        let clock = NanosecondClock.calibrated()
        let results = PortalPingPong.Results(clock: { clock.nanoseconds() })
        let application = definition.application(results)
        try probe.measure {
            try site.launch(application)
            try site.awaitRest()
        }
        var window = Window(site, atoms: 1)
        window.setLatency(
            Report.LatencyHistogram(results.roundTrips.latencies), Report.LatencyHistogram())
        return finish(
            probe, events: definition.roundTrips, window,
            PortalPingPong.Oracle(definition).check(results.answer), site)
    }
}
