// The process that a recovery trial starts, kills, and starts again: keyed count on a durable site.
import Foundation
import Glibc
import Harness
import KeyedCount
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
        var definition = KeyedCount.Definition(
            events: .max, keys: UInt64(try configuration.integerParameter("keys")),
            atomSize: UInt64(configuration.atomSize), seed: configuration.seed)
        let results = KeyedCount.Results(definition)
        let stepsBefore = page.stepsBefore
        let application = definition.application(results) { partition in
            ShowingSink(results, page, partition: partition, stepsBefore: stepsBefore)
        }
        let site = try Site(.configured(PortalsSystem.options(configuration)))
        try site.launch(application)
        while !order.goesOn {
            page.committedBytes = UInt64(site.committed.byteCount)
            usleep(1_000)
        }
        // Some more atoms, so that it is seen to go on.
        while page.firstNew == nil { usleep(1_000) }
        site.engine.stopSources()
        try site.awaitRest()
        definition.events =
            site.engine.admittedAtoms(of: KeyedCount.Definition.workflowPath) * definition.atomSize
        guard let recovery = site.recovery else {
            throw TrialFault("the site has recovered nothing")
        }
        let findings = RecoveryFindings(
            replayNanoseconds: recovery.nanoseconds, steps: recovery.steps,
            cutSteps: recovery.cutSteps, fault: KeyedCount.Oracle(definition).check(results.answer))
        return String(decoding: try JSONEncoder().encode(findings), as: UTF8.self)
    }
}
