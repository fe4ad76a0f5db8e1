// A system that is not ours, through the same door as ours: its program runs as a process of the
// trial, and its answer goes to the same oracle.
import Foundation
import Harness
import Report

/// An external peer, or one of its configurations.
struct PeerSystem: SystemUnderTest {
    /// What a peer can do of a workload.
    struct Support: Sendable {
        /// Axes that change what it does, beside the workers.
        var axes: Set<Axis> = []
        var ignoredParameters: Set<String> = []
        /// What it promises, by the journal that is asked for; it refuses the others.
        var guarantees: [TrialConfiguration.Journal: String] = [.none: "in memory"]
        var workersMax = Int.max
        /// Words beside those that every peer gets.
        var arguments: [String] = []
    }

    let name: String
    let summary: String
    let installation: PeerInstallation
    let support: [String: Support]
    /// Why it cannot express a workload, by name, where there is more to say than that it has none.
    var reasons: [String: String] = [:]
    /// A C or C++ or Rust program takes the malloc of the trial; the others bring their own.
    var keepsAllocator = false
    /// Refuses what else it cannot do.
    var furtherRefusal: @Sendable (TrialConfiguration) -> String? = { _ in nil }

    var version: String { installation.version ?? "not installed" }

    func axes(for workload: String) -> Set<Axis> {
        var axes = support[workload]?.axes ?? []
        // What a peer does not promise is refused, never run as if it were promised.
        axes.formUnion([.journal, .rate])
        if keepsAllocator { axes.insert(.allocator) }
        return axes
    }

    func ignoredParameters(of workload: String) -> Set<String> {
        support[workload]?.ignoredParameters ?? []
    }

    /// What the system promises in this trial.
    func guarantee(_ configuration: TrialConfiguration) -> String {
        support[configuration.workload]?.guarantees[configuration.journal] ?? "in memory"
    }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        let workload = configuration.workload
        guard let support = support[workload] else {
            return reasons[workload] ?? "\(name) has no program for \(workload)"
        }
        if support.guarantees[configuration.journal] == nil {
            let known = support.guarantees.keys.map(\.rawValue).sorted()
            return "\(name) has no journal '\(configuration.journal.rawValue)' for \(workload): "
                + "give --journal \(known.joined(separator: " or "))"
        }
        if configuration.workers > support.workersMax {
            return "\(name) runs \(workload) on at most \(support.workersMax) workers"
        }
        if configuration.ratePerSecond != nil {
            return "\(name) takes events as fast as it can: leave --rate away"
        }
        if workload == "shopping-cart", !support.ignoredParameters.contains("mode"),
            configuration.parameters["mode"] == "faithful"
        {
            return "\(name) keeps its units: give --parameter mode=conserving"
        }
        return furtherRefusal(configuration) ?? installation.refusal
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        let support = support[configuration.workload] ?? Support()
        var arguments = PeerRequest.arguments(configuration) + support.arguments
        var servers: [PeerServer] = []
        defer { for server in servers { server.end() } }
        if FileManager.default.isExecutableFile(atPath: installation.server) {
            let server = try PeerServer(
                program: installation.server, name: name, arguments: arguments)
            servers.append(server)
            arguments += server.arguments
        }
        let trial = PeerTrial(
            name: name, program: installation.program, arguments: arguments,
            keepsAllocator: keepsAllocator, servers: servers.map(\.identifier),
            silenceSecondsMax: PeerRequest.silenceSecondsMax(configuration))
        let outcome = try trial.run()
        let report = outcome.report
        let fault = try PeerAnswers.fault(of: report, configuration)
        var measurement = TrialMeasurement(
            events: report.events, seconds: Double(report.nanoseconds) / 1e9,
            verified: fault.map { .wrong("\(name): \($0)") } ?? .verified)
        measurement.latency = LatencyPercentiles(report.latencies)
        measurement.latencySamples = report.latencies.count
        if report.latencies.count > 0 { measurement.histogram = report.latencies }
        measurement.cpuSeconds = outcome.cpuSeconds
        measurement.peakRSSBytes = outcome.peakRSSBytes
        measurement.notes =
            ["\(name): \(report.warmUps) rounds in the same process before the window"]
            + report.notes
        return measurement
    }
}
