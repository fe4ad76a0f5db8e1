// One lone operation at a time, from its entry until its output may be shown: on a durable site the
// time that a caller waits for an answer that no crash takes back.
import Harness
import KeyedCount
import Portals

extension PortalsSystem {
    /// Keyed counts of one event, each an atom of its own, that enter at a fixed rate.
    ///
    /// A latency counts from the intended entry, so where one operation is late the next ones say
    /// so too: at a low rate it is the latency of one outstanding, and it is never flattered. A
    /// closed loop would need a source that waits for a sink.
    func durableEcho(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        var definition = try KeyedCount.Definition(configuration)
        let isEndless = definition.events == .max
        let rate = configuration.echoesPerSecond
        let results = KeyedCount.Results(definition)
        let site = try Site(.configured(Self.options(configuration)))
        let path = KeyedCount.Definition.workflowPath
        let window = try measure(
            configuration, probe, site,
            definition.application(results, atomsPerSecond: rate), source: path,
            atomsInAll: isEndless ? nil : definition.events)
        if isEndless { definition.events = site.engine.admittedAtoms(of: path) }
        var measurement = finish(
            probe, events: window.atoms, window,
            KeyedCount.Oracle(definition).check(results.answer), site)
        let all = window.latencyUnguarded
        measurement.loneLatency = all
        if let median = all.nanosecondsP50, let tail = all.nanosecondsP99 {
            measurement.notes.append(
                "latency of \(window.samples) operations at \(rate) a second: p50 \(median) ns, "
                    + "p99 \(tail) ns; the longest commit took \(site.commitNanosecondsMax) ns")
        }
        return measurement
    }
}
