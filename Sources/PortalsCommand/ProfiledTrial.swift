// One trial as `portals bench` runs it, in a process of its own that a profiler started.
import Foundation
import Harness
import Profile
import Report
import Synchronization

/// How a trial's process is started and what it does at the edges of its window.
struct TrialWrapping: Sendable {
    /// The program that starts the trial's, and its arguments up to that; nil to start it directly.
    var program: String?
    var arguments: [String] = []
    /// Further variables of its environment.
    var environment: [String: String] = [:]
    var profile = TrialProfile()
    /// Of so many turns of a worker one is timed; nil for no account.
    var accountInterval: Int?

    /// This program's own file, for others to start.
    static let ownPath =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
}

/// Runs the trial of a plan once.
struct ProfiledTrial {
    let plan: Plan
    let wrapping: TrialWrapping

    /// Hands each order on with what the profile wants, and keeps what was measured.
    private final class Launcher: TrialLauncher {
        private let wrapping: TrialWrapping
        private let kept = Mutex<TrialMeasurement?>(nil)

        init(_ wrapping: TrialWrapping) { self.wrapping = wrapping }

        var measurement: TrialMeasurement? { kept.withLock { $0 } }

        func run(
            _ order: TrialOrder, tick: () -> Void, isInterrupted: () -> Bool
        ) -> TrialEnd {
            var request = order.request
            request.profile = wrapping.profile
            request.configuration.accountInterval = wrapping.accountInterval
            let variables = wrapping.environment
            let launcher = ProcessLauncher(
                path: wrapping.program ?? "/proc/self/exe",
                arguments: wrapping.arguments + ["trial"],
                environmentForChild: { configuration in
                    try Wiring.childEnvironment(configuration).merging(variables) { $1 }
                })
            let end = launcher.run(
                TrialOrder(request: request, logPath: order.logPath), tick: tick,
                isInterrupted: isInterrupted)
            if case .measured(let measurement) = end {
                kept.withLock { $0 = measurement }
            }
            return end
        }
    }

    /// Runs it into a folder, with its row, its log and its environment.
    ///
    /// - Throws: `ProfileFault` if it gave no answer, or a wrong one.
    func run(folder path: String, environment: EnvironmentRecord) throws -> TrialMeasurement {
        let folder = try RunFolder(creating: path, schema: plan.schema)
        try folder.write(environment)
        let journals = JournalFolder(path: path)
        let launcher = Launcher(wrapping)
        Interruption.catchSignals()
        var benchmark = BenchmarkRun(
            plan: plan, launcher: launcher, folder: folder, journals: journals,
            progress: .standardError(), isInterrupted: { Interruption.isRequested })
        let outcome = try benchmark.execute()
        if outcome.wasInterrupted { throw ProfileFault("interrupted") }
        guard let measurement = launcher.measurement, outcome.exitStatus == 0 else {
            throw ProfileFault(
                "the trial failed: \(outcome.rows.first?.status.text ?? "no row"); see \(path)")
        }
        try folder.write(ResultTable(rows: outcome.rows, headings: plan.headings))
        return measurement
    }
}
