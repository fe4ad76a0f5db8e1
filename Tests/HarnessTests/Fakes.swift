// Systems and launchers that do as the tests tell them.
import Report
import Synchronization

@testable import Harness

/// A system that answers at once, with what `answer` says of the trial.
struct FakeSystem: SystemUnderTest {
    var name: String
    var summary = "a fake"
    var version = "7"
    var known = Set(Axis.allCases)
    /// Where it knows others than `known`.
    var knownIn: [String: Set<Axis>] = [:]
    var ignored: Set<String> = []
    var workersMax = 1_000
    var answer: @Sendable (TrialConfiguration) throws -> Verification = { _ in .verified }

    func axes(for workload: String) -> Set<Axis> { knownIn[workload] ?? known }

    func ignoredParameters(of workload: String) -> Set<String> { ignored }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        configuration.workers > workersMax ? "runs on \(workersMax) worker only" : nil
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        let sum = probe.measure { (0..<1_000).reduce(0, &+) }
        return probe.measurement(
            events: UInt64(sum), verified: try answer(configuration), notes: ["a note"])
    }
}

/// Two workloads, one with parameters.
func fakeRegistry(_ systems: [any SystemUnderTest]) -> SystemRegistry {
    SystemRegistry(
        workloads: [
            Workload(
                name: "shopping-cart", question: "how fast is a cart?",
                parameters: [
                    ParameterAxis(
                        name: "mode", meaning: "what a remove returns",
                        choices: ["conserving", "faithful"], defaultValue: "conserving")
                ]),
            Workload(
                name: "keyed-count", question: "how fast is a count?",
                parameters: [
                    ParameterAxis(
                        name: "keys", meaning: "different keys", unit: "keys",
                        integers: 1...1_000_000, defaultValue: 10_000)
                ]),
        ], systems: systems)
}

/// Runs trials in this process and remembers them.
final class InProcessLauncher: TrialLauncher {
    let orders = Mutex<[TrialOrder]>([])
    private let registry: SystemRegistry

    init(registry: SystemRegistry) { self.registry = registry }

    func run(
        _ order: TrialOrder, tick: () -> Void, isInterrupted: () -> Bool
    ) -> TrialEnd {
        orders.withLock { $0.append(order) }
        tick()
        do {
            return .measured(
                try TrialServer(registry: registry, instruments: TrialInstruments())
                    .measure(order.request.configuration))
        } catch {
            return .failed("\(error)")
        }
    }
}

/// A matrix from flags, as `portals bench` makes it.
func draft(_ flags: [String: String], parameters: [String] = []) throws -> MatrixDraft {
    var draft = MatrixDraft()
    for (name, list) in flags { draft.add(flag: name, list) }
    for text in parameters { try draft.add(parameterFlag: text) }
    return draft
}
