// How many schedules the simulation tries.
import Foundation

/// 1,000 schedules of each program; more on request: `PORTALS_SEEDS=100000 swift test`.
let simulationSeeds = UInt64(ProcessInfo.processInfo.environment["PORTALS_SEEDS"] ?? "") ?? 1_000
