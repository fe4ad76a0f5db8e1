// Trials of the Portals authors' matrix: each runs to the end of a number of events that is known
// beforehand, because a cycle of streams has no other end.
import AtomAlignment
import Chain
import CountingActor
import Fibonacci
import Harness
import Portals
import ThreadRing

extension AuthorsDefinition {
    /// The application, and what its oracle says once it is at rest.
    ///
    /// - Parameter eventsPerSecond: those that are counted; nil for as fast as it goes.
    func application(eventsPerSecond: Double?) -> (Application, check: () -> String?) {
        let atomsPerSecond = eventsPerSecond.map { $0 * generatedPerEvent / Double(atomSize) }
        switch self {
        case .ring(let definition):
            let results = ThreadRing.Results()
            return (
                definition.application(results),
                { ThreadRing.Oracle(definition).check(results.answer) }
            )
        case .counting(let definition):
            let results = CountingActor.Results(definition)
            return (
                definition.application(results, atomsPerSecond: atomsPerSecond),
                { CountingActor.Oracle(definition).check(results.answer) }
            )
        case .fibonacci(let definition):
            let results = Fibonacci.Results()
            return (
                definition.application(results),
                { Fibonacci.Oracle(definition).check(results.answer) }
            )
        case .alignment(let definition):
            let results = AtomAlignment.Results()
            return (
                definition.application(results, atomsPerSecond: atomsPerSecond),
                { AtomAlignment.Oracle(definition).check(results.answer) }
            )
        case .chain(let definition):
            let results = Chain.Results()
            return (
                definition.application(results, atomsPerSecond: atomsPerSecond),
                { Chain.Oracle(definition).check(results.answer) }
            )
        }
    }

    /// How the suite lays it over workers: members of rings of workflows side by side, so that each
    /// hop is one between workers, and workflows that read one generator; all else each partition
    /// on a worker of its own.
    var placement: Placement {
        switch self {
        case .ring(let definition) where definition.partitions == 1: .spread
        case .counting(let definition) where definition.partitions == 1: .spread
        case .ring, .counting, .fibonacci, .alignment, .chain: .shared
        }
    }

    /// Partitions of elements that do not say: those of the workflows that do.
    var partitions: Int? {
        switch self {
        case .ring(let definition): definition.partitions
        case .counting(let definition): definition.partitions
        case .fibonacci, .alignment, .chain: nil
        }
    }

    /// The hand-written loop's run of it, and what the oracle says.
    func runByHand(_ probe: TrialProbe) -> String? {
        switch self {
        case .ring(let definition):
            let answer = probe.measure { ThreadRing.HandWritten.run(definition) }
            return ThreadRing.Oracle(definition).check(answer)
        case .counting(let definition):
            let answer = probe.measure { CountingActor.HandWritten.run(definition) }
            return CountingActor.Oracle(definition).check(answer)
        case .fibonacci(let definition):
            let answer = probe.measure { Fibonacci.HandWritten.run(definition) }
            return Fibonacci.Oracle(definition).check(answer)
        case .alignment(let definition):
            let answer = probe.measure { AtomAlignment.HandWritten.run(definition) }
            return AtomAlignment.Oracle(definition).check(answer)
        case .chain(let definition):
            let answer = probe.measure { Chain.HandWritten.run(definition) }
            return Chain.Oracle(definition).check(answer)
        }
    }

    /// The same without a probe, for a pilot.
    func runByHand() {
        switch self {
        case .ring(let definition): _ = ThreadRing.HandWritten.run(definition)
        case .counting(let definition): _ = CountingActor.HandWritten.run(definition)
        case .fibonacci(let definition): _ = Fibonacci.HandWritten.run(definition)
        case .alignment(let definition): _ = AtomAlignment.HandWritten.run(definition)
        case .chain(let definition): _ = Chain.HandWritten.run(definition)
        }
    }
}

/// Finds out how many events a trial has, and warms up by runs of them before the measured one.
struct PilotedLength {
    let configuration: TrialConfiguration
    /// Events of the first pilot where a time is wanted: some milliseconds of the slowest.
    private static let pilotEvents: UInt64 = 1 << 14
    /// No pilot is larger, however fast: the time of the largest says enough.
    private static let pilotEventsMax: UInt64 = 1 << 32

    /// The events of the measured run.
    ///
    /// - Parameter run: one run of so many events; the seconds it took.
    func events(run: (UInt64) throws -> Double) rethrows -> UInt64 {
        switch configuration.length {
        case .events(let count):
            // As the authors did: runs of the same length.
            var elapsed = 0.0
            while elapsed < configuration.warmUpSeconds { elapsed += try run(count) }
            return count
        case .seconds(let seconds):
            if let rate = configuration.ratePerSecond {
                let warmUp = max(1, UInt64(rate * configuration.warmUpSeconds))
                _ = try run(warmUp)
                return max(1, UInt64(rate * seconds))
            }
            var events = Self.pilotEvents
            while true {
                let elapsed = max(try run(events), 1e-9)
                if elapsed >= configuration.warmUpSeconds || events >= Self.pilotEventsMax {
                    return max(1, UInt64(Double(events) / elapsed * seconds))
                }
                events *= 4
            }
        }
    }
}

extension PortalsSystem {
    /// One trial: a launch, and the time until everything is at rest.
    func authors(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        var pilots = 0
        // The number of events goes beside the journal: nothing else says where a cycle ends.
        func makeSite(
            _ definition: AuthorsDefinition, _ sized: TrialConfiguration, part: String
        ) throws -> Site {
            var options = try Self.options(sized, part: part)
            if configuration.placement == nil {
                options.engine.placement = definition.placement
            }
            options.engine.partitions = definition.partitions
            return try Site(.configured(options))
        }
        let events = try PilotedLength(configuration: configuration).events { events in
            let sized = configuration.sized(events)
            let definition = try AuthorsDefinition(sized)
            pilots += 1
            let site = try makeSite(definition, sized, part: "pilot-\(pilots)")
            let start = site.nanoseconds
            try site.launch(definition.application(eventsPerSecond: configuration.ratePerSecond).0)
            try site.awaitRest()
            return Double(site.nanoseconds - start) / 1e9
        }
        let sized = configuration.sized(events)
        let definition = try AuthorsDefinition(sized)
        let (application, check) = definition.application(
            eventsPerSecond: configuration.ratePerSecond)
        let site = try makeSite(definition, sized, part: "site")
        try probe.measure {
            try site.launch(application)
            try site.awaitRest()
        }
        let window = Window(site, atoms: 0)
        return finish(probe, events: definition.events, window, check(), site)
    }

    /// Why the runtime can't run a trial of the authors' matrix; nil if it can.
    func refusalOfAuthors(_ configuration: TrialConfiguration) -> String? {
        let workers = configuration.workers
        switch configuration.workload {
        case "counting-actor" where workers > 1:
            return "one actor runs on one worker; 'data-parallel' has one on each"
        case "fork-join" where workers > 1 && configuration.parameters["workflows"] == "1":
            return "one workflow of one partition runs on one worker"
        case "data-parallel":
            let partitions = configuration.parameters["partitions"].flatMap { Int($0) } ?? 1
            if partitions > 64 { return "a workflow has at most 64 partitions" }
            if partitions < workers { return "fewer partitions than workers" }
        default: break
        }
        return nil
    }
}

extension HandWrittenSystem {
    /// One trial of the loop, after pilots of it.
    func authors(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        let clock = ContinuousClock()
        let events = try PilotedLength(configuration: configuration).events { events in
            let definition = try AuthorsDefinition(configuration.sized(events))
            let time = clock.measure { definition.runByHand() }
            return Double(time.components.attoseconds) / 1e18 + Double(time.components.seconds)
        }
        let definition = try AuthorsDefinition(configuration.sized(events))
        let fault = definition.runByHand(probe)
        return probe.measurement(
            events: definition.events, verified: fault.map { .wrong($0) } ?? .verified)
    }
}
