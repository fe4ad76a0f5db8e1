// How many schedules the simulation tries.
import Foundation

/// 1,000 schedules of each program; more on request: `PORTALS_SEEDS=100000 swift test`.
let simulationSeeds = UInt64(ProcessInfo.processInfo.environment["PORTALS_SEEDS"] ?? "") ?? 1_000

/// Schedules of each behaviour and number of partitions, where a test does not say.
let behaviourSeeds = min(simulationSeeds, 40)
