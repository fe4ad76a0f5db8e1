// Runs the system of a seed on an engine and compares it with the reference model.
import Foundation
import Portals
import RandomApplications

/// 500 systems; more on request: `PORTALS_RANDOM_SEEDS=10000 swift test --filter
/// RandomApplicationTests`. `PORTALS_RANDOM_SEED=42` runs one, shrinks it and prints it.
let randomSeeds: Range<UInt64> = {
    let environment = ProcessInfo.processInfo.environment
    if let text = environment["PORTALS_RANDOM_SEED"], let seed = UInt64(text) {
        return seed..<seed + 1
    }
    return 0..<(UInt64(environment["PORTALS_RANDOM_SEEDS"] ?? "") ?? 500)
}()

/// A run of a system under one driver.
enum RandomRun {
    /// Stepped for every third seed, else simulated with the seed; for three seeds of four, time
    /// passes while there is work, so that asks time out before their replies have come.
    static func stepped(
        _ description: SystemDescription, seed: UInt64
    ) throws -> EngineRecord {
        let system = BuiltSystem(description)
        var options = EngineOptions()
        options.workers = description.partitions
        options.recordsOrder = true
        options.ringCapacity = [1, 2, 8, 64][Int(seed / 3 % 4)]
        options.sourceWindow = 1 + Int(seed / 12 % 5)
        let site = SteppedSite(options, seed: seed % 3 == 0 ? nil : seed)
        try site.engine.launch(system.applications)
        // Not `run`: a system that does not come to rest is a finding to shrink, no trap.
        let pace = [0, 1, 7, 50][Int(seed / 60 % 4)] as UInt64
        var steps = 0
        while site.step() {
            steps += 1
            site.advance(to: site.now + pace)
            if steps > 1_000_000 { throw ReferenceFault("a million steps, and no rest") }
        }
        if !site.engine.isAtRest { throw ReferenceFault("idle, but not at rest") }
        return try system.record(description, site.engine)
    }

    static func threads(_ description: SystemDescription) throws -> EngineRecord {
        let system = BuiltSystem(description)
        var options = SiteOptions(workers: description.partitions)
        options.pins = false
        options.engine.recordsOrder = true
        let site = try Site(.configured(options))
        try site.launch(system.applications)
        try site.awaitRest(timeoutSeconds: 60)
        return try site.standing { try system.record(description, site.engine) }
    }

    static func difference(
        _ description: SystemDescription, _ run: (SystemDescription) throws -> EngineRecord
    ) -> String? {
        do { return try run(description).difference(description) } catch { return "\(error)" }
    }

    /// What a person needs of a failure: the difference, the smallest system, the command.
    static func report(_ seed: UInt64, _ difference: String, suite: String) -> String {
        let description = SystemDescription.random(seed: seed)
        let smallest = description.shrunk {
            // A launch that is refused is another failure.
            guard let other = Self.difference($0, { try stepped($0, seed: seed) }) else {
                return false
            }
            return !other.contains("was not launched")
        }
        return """
            seed \(seed): \(difference)
            PORTALS_RANDOM_SEED=\(seed) swift test --filter \(suite)
            the smallest that fails so when stepped:
            \(smallest)
            """
    }
}
