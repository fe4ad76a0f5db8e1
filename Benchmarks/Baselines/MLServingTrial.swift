// Portals serving a model that is trained meanwhile, in MLPerf's scenarios, with the figures that
// only this has.
import AdaptiveBatching
import Harness
import MLServing
import Portals
import Report

/// What a trial of the ML serving runs: the application, and what came to it.
struct MLServingRun {
    let definition: MLServing.Definition
    let results: MLServing.Results
    let application: Application
    /// Nil of the Offline scenario, which takes all requests at once.
    let arrivals: RequestArrivals?

    /// - Errors: a `TrialFault` for a parameter that it lacks, and where the images are missing.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        definition = try MLServing.Definition(configuration)
        do throws(MLServingFault) {
            results = try MLServing.Results(definition)
        } catch { throw TrialFault(error.description) }
        let pattern: ArrivalPattern
        switch try configuration.parameter("scenario") {
        case "server":
            guard let rate = configuration.ratePerSecond else {
                throw TrialFault("the scenario server has requests at a rate: give --rate")
            }
            pattern = .poisson(perSecond: rate)
        case "single-stream": pattern = .oneByOne
        default:
            arrivals = nil
            application = definition.application(results)
            return
        }
        let made = RequestArrivals(definition, pattern)
        let objective: UInt64 = try configuration.integer("objective")
        arrivals = made
        application = definition.application(
            results,
            .arriving(
                AdaptiveBatches(
                    made, objectiveNanoseconds: objective * 1_000_000,
                    atomsInFlightMax: Self.atomsInFlightMax(configuration, pattern),
                    sizes: 1...configuration.atomSize)))
    }

    /// One request is all that there ever is of a single stream. Two atoms keep the workers busy;
    /// with a journal, as many as come while the disk makes some durable: 0.2 ms where an atom of
    /// the smallest takes some microseconds.
    private static func atomsInFlightMax(
        _ configuration: TrialConfiguration, _ pattern: ArrivalPattern
    ) -> Int {
        if pattern == .oneByOne { return 1 }
        return configuration.journal == .none ? 2 : 64
    }

    /// Requests that a site has taken, what is wrong with the answer, and the share of replies that
    /// named what the picture shows; the site is at rest.
    func judge(_ site: Site) -> (events: UInt64, fault: String?, accuracy: Double?) {
        var judged = definition
        judged.requests =
            arrivals?.takenCount
            ?? WorkloadRun.events(
                site, MLServing.Definition.requestsPath, atomSize: definition.atomSize,
                of: definition.requests)
        judged.trainingAtoms = min(
            definition.trainingAtoms,
            site.engine.admittedAtoms(of: MLServing.Definition.trainingPath))
        let oracle = MLServing.Oracle(judged, results.data)
        let answer = results.answer
        return (judged.requests, oracle.check(answer), oracle.accuracy(answer))
    }
}

extension PortalsSystem {
    func mlServing(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        var configuration = configuration
        var offline: Double?
        if configuration.parameters["scenario"] == "server", configuration.ratePerSecond == nil {
            let rate = try offlineRate(configuration)
            let load = try configuration.integerParameter("load")
            configuration.ratePerSecond = rate * Double(load) / 100
            offline = rate
        }
        let run = try MLServingRun(configuration)
        let site = try Site(.configured(Self.options(configuration)))
        var served = (before: 0, after: 0)
        var versions = (before: 0, after: 0)
        var latencies = PortalsCore.LatencyHistogram(memory: .heap)
        let path = MLServing.Definition.requestsPath
        let atoms = configuration.events.map {
            ($0 + run.definition.atomSize - 1) / run.definition.atomSize
        }
        var window = try measure(
            configuration, probe, site, run.application, source: path, atomsInAll: atoms,
            count: run.arrivals.map { arrivals in EventCount { UInt64(arrivals.answeredCount) } }
        ) {
            run.arrivals?.resetLatencies()
            served.before = run.arrivals?.answeredCount ?? 0
            versions.before = run.results.versions
        } onStop: {
            run.arrivals?.addLatencies(to: &latencies)
            served.after = run.arrivals?.answeredCount ?? 0
            versions.after = run.results.versions
        }
        if run.arrivals != nil {
            window.setLatency(Report.LatencyHistogram(latencies), Report.LatencyHistogram())
        }
        let (all, fault, accuracy) = run.judge(site)
        let events: UInt64 =
            configuration.events != nil
            ? all
            : run.arrivals != nil
                ? UInt64(served.after - served.before) : window.atoms * run.definition.atomSize
        var measurement = finish(probe, events: events, window, fault, site)
        measurement.serving = ServingFigures(
            versions: UInt64(versions.after - versions.before), accuracy: accuracy,
            offlineEventsPerSecond: offline)
        return measurement
    }

    /// What the same site serves of requests that are all there, a second: what a load in percent
    /// is of. Measured in the same process just before, because machines differ from minute to
    /// minute.
    private func offlineRate(_ configuration: TrialConfiguration) throws -> Double {
        var pilot = configuration
        pilot.parameters["scenario"] = "offline"
        let run = try MLServingRun(pilot)
        let site = try Site(.configured(Self.options(pilot, part: "pilot")))
        let path = MLServing.Definition.requestsPath
        try site.launch(run.application)
        let seconds: Double
        let atoms: UInt64
        switch configuration.length {
        case .events:
            let start = site.nanoseconds
            try site.awaitRest()
            seconds = Double(site.nanoseconds - start) / 1e9
            atoms = site.engine.admittedAtoms(of: path)
        case .seconds(let wanted):
            site.sleep(seconds: configuration.warmUpSeconds)
            let before = site.standing { (site.nanoseconds, site.engine.admittedAtoms(of: path)) }
            site.sleep(seconds: wanted)
            let after = site.standing { (site.nanoseconds, site.engine.admittedAtoms(of: path)) }
            site.engine.stopSources()
            try site.awaitRest()
            seconds = Double(after.0 - before.0) / 1e9
            atoms = after.1 - before.1
        }
        return Double(atoms * run.definition.atomSize) / seconds
    }
}
