// What the trials have met: a simulation that never comes to a case proves nothing about it.

/// How often trials came to what is hard to come to.
public struct FaultCoverage: Sendable, CustomStringConvertible {
    /// Lives, but for the last ones.
    public var faults = 0
    /// Of those: nothing was left to do.
    public var faultsAtRest = 0
    /// Starts that found decisions of an earlier life.
    public var recoveries = 0
    /// Of those: what some decisions depended on was lost.
    public var cuts = 0
    /// Starts that found such a cut in the journal, from a life before.
    public var recoveriesOverCuts = 0
    /// Lives that ended while they recovered.
    public var crashesInRecovery = 0
    /// Sites that noticed that another had taken their journal over.
    public var fencedSites = 0
    /// Snapshots that such a site ended after it had been taken over.
    public var fencedSnapshots = 0
    /// Errors of the disk that ended a site.
    public var diskErrors = 0
    /// Tails of journals that a crash had torn, and opening cut.
    public var tornTails = 0
    /// Bits turned over that opening refused.
    public var refusedFlips = 0
    /// Snapshots that were taken, and those of them that held only changes.
    public var snapshots = 0
    public var increments = 0
    /// Snapshots that the disk did not take, and those that it spoiled later.
    public var lostSnapshots = 0
    public var spoiledSnapshots = 0
    /// Starts from a snapshot.
    public var restoredSnapshots = 0
    /// Final states that were compared byte for byte.
    public var comparedStates = 0
    /// Tasks that were not deterministic, and were to be named.
    public var strays = 0

    /// What fewer trials than these have met is hardly tested.
    public static let countMin = 10

    public init() {}

    public static func += (sum: inout Self, other: Self) {
        sum.faults += other.faults
        sum.faultsAtRest += other.faultsAtRest
        sum.recoveries += other.recoveries
        sum.cuts += other.cuts
        sum.recoveriesOverCuts += other.recoveriesOverCuts
        sum.crashesInRecovery += other.crashesInRecovery
        sum.fencedSites += other.fencedSites
        sum.fencedSnapshots += other.fencedSnapshots
        sum.diskErrors += other.diskErrors
        sum.tornTails += other.tornTails
        sum.refusedFlips += other.refusedFlips
        sum.snapshots += other.snapshots
        sum.increments += other.increments
        sum.lostSnapshots += other.lostSnapshots
        sum.spoiledSnapshots += other.spoiledSnapshots
        sum.restoredSnapshots += other.restoredSnapshots
        sum.comparedStates += other.comparedStates
        sum.strays += other.strays
    }

    /// The cases with their names.
    public var counts: [(name: String, count: Int)] {
        [
            ("faults", faults), ("faults at rest", faultsAtRest), ("recoveries", recoveries),
            ("cuts", cuts),
            ("recoveries over cuts", recoveriesOverCuts),
            ("crashes in recovery", crashesInRecovery), ("fenced sites", fencedSites),
            ("disk errors", diskErrors), ("torn tails", tornTails),
            ("refused flips", refusedFlips), ("snapshots", snapshots),
            ("increments", increments), ("lost snapshots", lostSnapshots),
            ("spoiled snapshots", spoiledSnapshots), ("restored snapshots", restoredSnapshots),
            ("compared states", comparedStates), ("straying tasks", strays),
        ]
    }

    public var description: String {
        // One in a thousand trials; a test of its own meets it.
        (counts + [("fenced snapshots", fencedSnapshots)])
            .map { "\($0.count) \($0.name)" }.joined(separator: ", ")
    }
}
