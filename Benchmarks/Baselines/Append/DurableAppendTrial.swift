// The durable append on Portals and by hand: records of 100 bytes that are acknowledged, and read
// back after the run.
import DurableAppend
import Foundation
import Harness
import Platform
import Portals
import Report

extension DurableAppend.Definition {
    /// The run that a trial asks for; endless where its length is a time.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        self.init(
            records: configuration.events ?? .max,
            outstanding: try configuration.integer("outstanding"), seed: configuration.seed)
        if let fault = faults.first { throw TrialFault(fault) }
    }
}

/// What Portals runs for a durable append, live or from a journal.
struct DurableAppendRun {
    let definition: DurableAppend.Definition
    let appender: Appender
    let results = DurableAppend.Results()
    let application: Application

    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        definition = try DurableAppend.Definition(configuration)
        appender = Appender(definition)
        application = definition.application(
            appender, results, keeping: configuration.journal == .none ? .memory : .journal)
    }

    /// Records that were acknowledged, and what is wrong with those that came to the log's end; the
    /// site is at rest. One atom may have been handed in and not taken when the sources were
    /// stopped, where there was no room to record it: it was not acknowledged.
    var judgement: (records: UInt64, fault: String?) {
        var judged = definition
        judged.records = appender.acknowledgedCount
        return (judged.records, DurableAppend.Oracle(judged).check(results.answer))
    }
}

extension PortalsSystem {
    /// Appends through the journal: an atom of a source from outside is acknowledged when its sink
    /// has it, which in durable mode is when it is on the disk. Then the journal is read.
    func durableAppend(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        var configuration = configuration
        // The journal is the log: a snapshot would be a reason to give it up.
        configuration.snapshots = configuration.journal == .none ? nil : .off
        var (measurement, appended) = try append(configuration, probe)
        if configuration.journal == .none || measurement.verified != .verified {
            return measurement
        }
        // The site is gone, and its directory free.
        let path = try configuration.requiredJournalDirectory() + "/site"
        let again = try DurableAppendRun(configuration)
        let replay = try SiteReplay(
            Recording(path), of: [again.application], on: SiteOptions(workers: 1))
        _ = try replay.run()
        let (records, fault) = again.judgement
        if let fault {
            measurement.verified = .wrong("the journal: " + fault)
        } else if records != appended {
            measurement.verified = .wrong(
                "the journal gave \(records) records back, \(appended) were acknowledged")
        }
        return measurement
    }

    /// The live part, and how many records were acknowledged in all.
    private func append(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> (TrialMeasurement, records: UInt64) {
        let run = try DurableAppendRun(configuration)
        let site = try Site(.configured(Self.options(configuration)))
        var acknowledged = (before: UInt64(0), after: UInt64(0))
        var latencies = PortalsCore.LatencyHistogram(memory: .heap)
        var window = try measure(
            configuration, probe, site, run.application,
            source: DurableAppend.Definition.workflowPath,
            // How many atoms they come in is the appender's.
            atomsInAll: configuration.events.map { _ in 0 },
            count: EventCount { run.appender.acknowledgedCount }
        ) {
            run.appender.resetLatencies()
            acknowledged.before = run.appender.acknowledgedCount
        } onStop: {
            run.appender.addLatencies(to: &latencies)
            acknowledged.after = run.appender.acknowledgedCount
        }
        window.setLatency(
            Report.LatencyHistogram(latencies), Report.LatencyHistogram())
        let (records, fault) = run.judgement
        let measurement = finish(
            probe, events: acknowledged.after - acknowledged.before, window, fault, site)
        return (measurement, records)
    }
}

extension HandWrittenSystem {
    /// A file, and one write and one synchronization for all records that wait.
    func durableAppend(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        let durability: Durability =
            switch configuration.journal {
            case .none: .memory
            case .asynchronous: .later
            case .durable: .disk
            }
        let path =
            configuration.journal == .none
            ? "" : try configuration.requiredJournalDirectory() + "/log"
        let clock = NanosecondClock.calibrated()
        func append(
            _ sized: TrialConfiguration, finished: () -> Void,
            acknowledged: (UInt64, Int) -> Void
        ) throws -> (DurableAppend.Definition, DurableAppend.Answer) {
            let definition = try DurableAppend.Definition(sized)
            let answer = try DurableAppend.HandWritten.run(
                definition, durability, path: path, clock: { clock.nanoseconds() },
                acknowledged: acknowledged, finished: finished)
            return (definition, answer)
        }
        // A first pilot of some 20 ms, with a synchronization for each record.
        let records = try pilotedEvents(configuration, first: 128) {
            _ = try append($0, finished: {}) { _, _ in }
        }
        var latency = Report.LatencyHistogram()
        probe.start()
        let (definition, answer) = try append(
            configuration.sized(records), finished: { probe.stop() }
        ) { nanoseconds, records in
            latency.record(nanoseconds: nanoseconds, times: UInt64(records))
        }
        return probe.measurement(
            events: records, latency: latency,
            verified: DurableAppend.Oracle(definition).check(answer).map { .wrong($0) }
                ?? .verified)
    }
}
