// The recovery workload: kills a durable keyed count when its journal is long enough, starts it
// again, and times that from the kill to the first output that nobody had seen.
import Foundation
import Glibc
import Harness
import Platform
import Portals

/// One trial of the recovery workload.
///
/// The window is from the kill to the first new released output, start of the process included;
/// its events are those done again. The outside world, a page of shared memory, takes each atom
/// once, so the oracle judges the state and the outputs of both lives.
struct RecoveryTrial {
    private let configuration: TrialConfiguration
    private let directory: String
    private let pagePath: String

    init(_ configuration: TrialConfiguration) throws {
        self.configuration = configuration
        directory = try configuration.requiredJournalDirectory()
        pagePath = directory + "/page"
        guard configuration.workers <= RecoveryPage.partitionsMax else {
            throw TrialFault("recovery: at most \(RecoveryPage.partitionsMax) workers")
        }
    }

    /// Runs both processes.
    func run() throws -> TrialMeasurement {
        let page = try RecoveryPage(path: pagePath)
        let first = try start(goesOn: false)
        defer { first.close() }
        var recorded = RecoverySeries(page)
        while !page.isReady {
            usleep(1_000)
            recorded.lookIfDue()
            if let ending = first.waitIfEnded() {
                throw TrialFault(
                    "the process to be killed ended by itself: \(ending.description)")
            }
        }
        let killed = MonotonicClock.nanoseconds()
        first.kill()
        _ = first.wait()
        recorded.look(isFault: true)
        let stepsBefore = page.stepsShown
        let eventsBefore = page.eventsShown

        let second = try start(goesOn: true)
        defer { second.close() }
        let findings = try findings(of: second) { recorded.lookIfDue() }
        guard let new = page.firstNewNanoseconds else { throw TrialFault("nothing new was shown") }
        let live = page.live
        // With a snapshot the events before it are not done again.
        let events = UInt64(findings.steps) * UInt64(configuration.atomSize)
        var measurement = TrialMeasurement(
            events: events, seconds: Double(new - killed) / 1e9,
            verified: findings.fault.map { .wrong($0) } ?? .verified)
        measurement.committedBytes = page.committedBytes
        if configuration.series != .off { measurement.series = recorded.series(killed: killed) }
        measurement.restoreNanoseconds = findings.restoreNanoseconds
        measurement.replayNanoseconds = findings.replayNanoseconds
        if live.nanoseconds > 0 {
            measurement.liveEventsPerSecond = Double(live.events) * 1e9 / Double(live.nanoseconds)
        }
        measurement.notes = [
            "\(findings.steps) steps done again, \(findings.cutSteps) cut away; \(stepsBefore) "
                + "steps and \(eventsBefore) events shown before the kill"
        ]
        return measurement
    }

    private func start(goesOn: Bool) throws -> ChildProcess {
        let order = RecoveryOrder(
            configuration: configuration, pagePath: pagePath, goesOn: goesOn)
        return try ChildProcess.start(
            path: "/proc/self/exe",
            arguments: [
                "portals", "recovery-process",
                String(decoding: try JSONEncoder().encode(order), as: UTF8.self),
            ],
            environment: ProcessInfo.processInfo.environment, logPath: nil,
            leadsGroup: false)
    }

    private func findings(
        of process: ChildProcess, whileWaiting: () -> Void
    ) throws -> RecoveryFindings {
        var output: [UInt8] = []
        reading: while true {
            whileWaiting()
            switch process.read(waitingMilliseconds: 10) {
            case .bytes(let more): output += more
            case .nothing: continue
            case .end: break reading
            }
        }
        let ending = process.wait()
        guard ending == .exit(0) else {
            throw TrialFault("the process that goes on ended with \(ending.description)")
        }
        return try JSONDecoder().decode(RecoveryFindings.self, from: Data(output))
    }
}
