// What the in-process baselines have in common: which workloads they have programs for, and how a
// trial of one is measured and judged.
import Harness
import KeyedCount
import Platform
import PortalPingPong
import Report
import ShoppingCart

/// Trials of programs that run in this process, in memory.
enum InProcess {
    /// The programs of a system; each runs a whole workload and returns its answer.
    struct Programs {
        var keyedCount: ((KeyedCount.Definition) throws -> KeyedCount.Answer)?
        var shoppingCart: ((ShoppingCart.Definition) throws -> ShoppingCart.Answer)?
        var pingPong: ((PortalPingPong.Definition, NanosecondClock) throws -> PingPongOutcome)?
    }

    /// The version of what Swift itself brings: actors, tasks and streams.
    ///
    /// Of the compiler that built this; the language tells it in steps of a minor version.
    static let toolchain: String = {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }()

    /// The axes of a system with these programs.
    ///
    /// The ping-pong has batches of its own (``Asker``). A journal is an axis so that it is
    /// refused.
    static func axes(for workload: String, pins: Bool) -> Set<Axis> {
        var axes: Set<Axis> = [.workers, .allocator, .journal]
        if workload != "portal-ping-pong" { axes.insert(.atomSize) }
        if pins { axes.insert(.pinning) }
        return axes
    }

    /// Why no system of this kind can run a trial.
    static func refusal(
        _ configuration: TrialConfiguration,
        workloads: Set<String> = ["keyed-count", "shopping-cart", "portal-ping-pong"]
    ) -> String? {
        if !workloads.contains(configuration.workload) {
            return "\(configuration.system) has no program for \(configuration.workload), only for "
                + workloads.sorted().joined(separator: ", ")
        }
        if configuration.journal != .none { return "\(configuration.system) has no journal" }
        if configuration.ratePerSecond != nil {
            return "\(configuration.system) takes events as fast as it can: leave --rate away"
        }
        return nil
    }

    /// Measures the program for the trial's workload and has its oracle judge the answer.
    static func run(
        _ system: some SystemUnderTest, _ configuration: TrialConfiguration, _ probe: TrialProbe,
        _ programs: Programs
    ) throws -> TrialMeasurement {
        switch configuration.workload {
        case "keyed-count":
            guard let program = programs.keyedCount else { break }
            let events = try system.pilotedEvents(configuration) {
                _ = try program(KeyedCount.Definition($0))
            }
            let definition = try KeyedCount.Definition(configuration.sized(events))
            let answer = try probe.measure { try program(definition) }
            return probe.measurement(
                events: events, verified: verdict(KeyedCount.Oracle(definition).check(answer)))
        case "shopping-cart":
            guard let program = programs.shoppingCart else { break }
            let events = try system.pilotedEvents(configuration) {
                _ = try program(ShoppingCart.Definition($0))
            }
            let definition = try ShoppingCart.Definition(configuration.sized(events))
            let answer = try probe.measure { try program(definition) }
            return probe.measurement(
                events: events, verified: verdict(ShoppingCart.Oracle(definition).check(answer)))
        case "portal-ping-pong":
            guard let program = programs.pingPong else { break }
            let clock = NanosecondClock.calibrated()
            let trips = try system.pilotedEvents(configuration) {
                _ = try program(PortalPingPong.Definition($0), clock)
            }
            let definition = try PortalPingPong.Definition(configuration.sized(trips))
            let outcome = try probe.measure { try program(definition, clock) }
            return probe.measurement(
                events: trips, latency: outcome.latency,
                verified: verdict(PortalPingPong.Oracle(definition).check(outcome.answer)))
        default: break
        }
        throw TrialFault("\(system.name) has no program for \(configuration.workload)")
    }

    private static func verdict(_ fault: String?) -> Verification {
        fault.map { .wrong($0) } ?? .verified
    }
}
