// The process that a recovery trial starts, kills, and starts again: keyed count on a durable site.
import Foundation
import Glibc
import Harness
import KeyedCount
import Platform
import Portals

/// What the process of a recovery trial is told, as JSON in its argument.
struct RecoveryOrder: Codable {
    var configuration: TrialConfiguration
    /// Of the page that it shares with the trial.
    var pagePath: String
    /// Whether it goes on after a kill, and says what it found; else it runs until it is killed.
    var goesOn: Bool
}

/// What the process found that went on.
struct RecoveryFindings: Codable {
    /// Nil where it began without a snapshot.
    var restoreNanoseconds: UInt64?
    var replayNanoseconds: UInt64
    var steps: Int
    var cutSteps: Int
    /// What is wrong with its answer, in words.
    var fault: String?
}

/// The site of a recovery trial.
public enum RecoveryProcess {
    /// Longest life of the process, in seconds: if the trial is killed, nobody else ends it.
    private static let secondsMax: UInt32 = 600

    /// Runs it.
    ///
    /// - Returns: the findings as JSON; never for a process that is to be killed.
    public static func run(argument: String) throws -> String {
        _ = alarm(secondsMax)
        let order = try JSONDecoder().decode(RecoveryOrder.self, from: Data(argument.utf8))
        let page = try RecoveryPage(path: order.pagePath)
        let configuration = order.configuration
        var definition = try KeyedCount.Definition(configuration)
        let results = KeyedCount.Results(definition)
        let application = definition.application(results) { partition in
            ShowingSink(results, page, partition: partition, goesOn: order.goesOn)
        }
        var options = try PortalsSystem.options(configuration)
        // Taken where the trial says, never between.
        options.journal?.snapshots = .onRequest
        let site = try Site(.configured(options))
        try site.launch(application)
        if !order.goesOn { try awaitKill(site, page, configuration) }
        while page.firstNewNanoseconds == nil { usleep(1_000) }
        // After what is measured, so that it is seen to go on.
        usleep(UInt32(RecoverySeries.goingOnSeconds * 1e6))
        site.engine.stopSources()
        try site.awaitRest()
        definition.events =
            site.engine.admittedAtoms(of: KeyedCount.Definition.workflowPath) * definition.atomSize
        guard let recovery = site.recovery else {
            throw TrialFault("the site has recovered nothing")
        }
        let findings = RecoveryFindings(
            restoreNanoseconds: recovery.snapshot == nil ? nil : recovery.restoreNanoseconds,
            replayNanoseconds: recovery.nanoseconds - recovery.restoreNanoseconds,
            steps: recovery.steps,
            cutSteps: recovery.cutSteps, fault: KeyedCount.Oracle(definition).check(results.answer))
        return String(decoding: try JSONEncoder().encode(findings), as: UTF8.self)
    }

    /// Events for each key before the records count: then all but 3 in 10,000 keys are known.
    private static let eventsForEachKey: UInt64 = 8

    /// Makes the wanted records and says so; then goes on until it is killed.
    private static func awaitKill(
        _ site: Site, _ page: RecoveryPage, _ configuration: TrialConfiguration
    ) throws -> Never {
        let keys = UInt64(try configuration.integerParameter("keys"))
        let wanted = try configuration.integerParameter("journal-mebibytes") << 20
        let snapshot = try configuration.parameter("snapshot")
        while page.eventsShown < eventsForEachKey * keys { usleep(1_000) }
        if snapshot == "before" { try site.snapshot() }
        let before = site.committed.byteCount
        let shown = page.eventsShown
        let start = MonotonicClock.nanoseconds()
        while site.committed.byteCount - before < wanted { usleep(1_000) }
        page.live = (page.eventsShown - shown, MonotonicClock.nanoseconds() - start)
        if snapshot == "after" { try site.snapshot() }
        page.committedBytes = UInt64(site.committed.byteCount - before)
        page.isReady = true
        while true { usleep(1_000) }
    }
}
