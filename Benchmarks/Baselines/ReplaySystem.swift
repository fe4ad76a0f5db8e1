// A recorded journal as the input of a measurement: Portals repeating it as fast as it goes.
import Harness
import Portals
import Report

/// Our runtime doing again what a kept journal holds: its order of steps, its sources, its tasks.
struct ReplaySystem: SystemUnderTest {
    let name = "portals-replay"
    let summary = "Portals repeating a recorded journal, its digests compared; needs --input"
    let version = PortalsSystem().version

    func axes(for workload: String) -> Set<Axis> {
        [.workers, .atomSize, .ringCapacity, .pinning, .allocator, .idle]
    }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        configuration.inputDirectory == nil
            ? "it repeats a journal: name a kept one with --input" : nil
    }

    /// Repeats the whole record; the window is from the first step to the last. The oracle is that
    /// of the recorded trial.
    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        guard let directory = configuration.inputDirectory else {
            throw TrialFault("\(name) was given no journal")
        }
        let trial = try RecordedTrial(directory: directory)
        let workload = try WorkloadRun(trial.configuration)
        var options = try PortalsSystem.options(configuration)
        options.engine.placement = workload.placement
        let replay = try SiteReplay(
            Recording(directory), of: [workload.application], on: options)
        if let snapshot = replay.snapshot {
            throw TrialFault(
                "\(directory) begins with snapshot \(snapshot): what came before was given up; "
                    + "keep a journal of a trial with --snapshots off")
        }
        var steps = 0
        try probe.measure { steps = try replay.run() }
        let answer = workload.judge(replay.site)
        let compared = replay.site.standing { replay.site.engine.comparedDigests }
        return probe.measurement(
            events: answer.events, verified: answer.fault.map { .wrong($0) } ?? .verified,
            notes: ["\(steps) steps repeated in \(replay.nanoseconds) ns, \(compared) digests"])
    }
}
