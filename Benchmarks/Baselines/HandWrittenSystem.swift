// The hand-written single-threaded loop of each workload: the line that all systems are measured
// against.
import Harness
import IntegerFilter
import KeyedCount
import MLServing
import PortalPingPong
import SagaWorkload
import ShoppingCart

/// A plain Swift loop on one thread: no atoms, no partitions, no guarantee.
struct HandWrittenSystem: SystemUnderTest {
    let name = "hand-written"
    let summary = "a plain loop in Swift on one thread; nothing survives, nothing is isolated"
    let version = "1"

    /// Only the ML serving's loop works in batches.
    func axes(for workload: String) -> Set<Axis> {
        workload == "ml-serving"
            ? [.workers, .allocator, .journal, .atomSize] : [.workers, .allocator, .journal]
    }

    /// Of sagas, one order ends before the next begins, which is both isolations.
    func ignoredParameters(of workload: String) -> Set<String> {
        switch workload {
        case "saga": ["isolation"]
        case "ml-serving": ["load", "objective"]
        default: AuthorsDefinition.parametersOfEngines(workload)
        }
    }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        switch configuration.workload {
        case "recovery": return "the hand-written loop keeps nothing to recover from"
        case "durable-echo": return "the hand-written loop has no atoms that enter and leave"
        case "queue": return "the hand-written loop has one thread, and nothing to pass on"
        case "ml-serving" where configuration.parameters["scenario"] != "offline":
            return "the hand-written loop has all requests at hand: the scenario offline"
        default: break
        }
        if configuration.journal != .none, configuration.workload != "durable-append" {
            return "the hand-written loop has no journal"
        }
        if configuration.workers != 1 { return "the hand-written loop runs on one thread" }
        if configuration.ratePerSecond != nil { return "the hand-written loop has no rate" }
        return nil
    }

    /// Of the durable append: a file knows no clients, so who hears nothing appends again.
    func guarantee(_ configuration: TrialConfiguration) -> String {
        switch configuration.journal {
        case .none: "in memory"
        case .asynchronous: "bounded loss"
        case .durable: "at-least-once"
        }
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        switch configuration.workload {
        case "keyed-count":
            return try measure(configuration, probe) {
                try KeyedCount.Definition($0)
            } run: {
                KeyedCount.HandWritten.run($0)
            } check: {
                KeyedCount.Oracle($0).check($1)
            }
        case "integer-filter":
            return try measure(configuration, probe) {
                try IntegerFilter.Definition($0)
            } run: {
                IntegerFilter.HandWritten.run($0)
            } check: {
                IntegerFilter.Oracle($0).check($1)
            } events: {
                $0.events
            }
        case "portal-ping-pong":
            return try measure(configuration, probe) {
                try PortalPingPong.Definition($0)
            } run: {
                PortalPingPong.HandWritten.run($0)
            } check: {
                PortalPingPong.Oracle($0).check($1)
            }
        case "shopping-cart":
            return try measure(configuration, probe) {
                try ShoppingCart.Definition($0)
            } run: {
                ShoppingCart.HandWritten.run($0)
            } check: {
                ShoppingCart.Oracle($0).check($1)
            }
        case "saga":
            var committed: UInt64 = 0
            // Which isolation and what atoms is nothing to it: one of the two takes this size only.
            var orders = configuration
            orders.atomSize = 1
            var measurement = try measure(orders, probe) {
                try SagaWorkload.Definition($0)
            } run: {
                SagaWorkload.HandWritten.run($0)
            } check: {
                committed = $1.tally.committed
                return SagaWorkload.Oracle($0).check($1)
            }
            // One order ends before the next begins: nobody counts what nobody can read.
            measurement.sagas = SagaFigures(committed: committed, dirtyReads: nil)
            return measurement
        case "ml-serving": return try mlServing(configuration, probe)
        case "durable-append": return try durableAppend(configuration, probe)
        case let name where AuthorsDefinition.has(name):
            return try authors(configuration, probe)
        default:
            throw TrialFault("the hand-written system has no loop for \(configuration.workload)")
        }
    }

    /// Serving and training in turn; the images are loaded before.
    private func mlServing(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        let data: Dataset
        let loaded = try MLServing.Definition(configuration)
        do throws(MLServingFault) {
            data = try Dataset(loaded)
        } catch { throw TrialFault(error.description) }
        var accuracy: Double?
        var versions = 0
        var measurement = try measure(configuration, probe) {
            try MLServing.Definition($0)
        } run: {
            MLServing.HandWritten.run($0, data)
        } check: {
            let oracle = MLServing.Oracle($0, data)
            accuracy = oracle.accuracy($1)
            versions = $1.models.count
            return oracle.check($1)
        }
        measurement.serving = ServingFigures(
            versions: UInt64(versions), accuracy: accuracy, offlineEventsPerSecond: nil)
        return measurement
    }

    /// Finds out how many events fit the time, in ever longer runs that warm the machine up too,
    /// and measures that many.
    private func measure<Definition, Answer>(
        _ configuration: TrialConfiguration, _ probe: TrialProbe,
        define: (TrialConfiguration) throws -> Definition, run: (Definition) -> Answer,
        check: (Definition, Answer) -> String?, events: ((Definition) -> UInt64)? = nil
    ) throws -> TrialMeasurement {
        let count = try pilotedEvents(configuration) { _ = run(try define($0)) }
        let definition = try define(configuration.sized(count))
        let answer = probe.measure { run(definition) }
        return probe.measurement(
            events: events?(definition) ?? count,
            verified: check(definition, answer).map { .wrong($0) } ?? .verified)
    }
}
