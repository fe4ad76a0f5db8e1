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
/// its events are those done again. The sink sees all outputs from the first, so the oracle judges
/// the state and the outputs of the whole life.
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
        let wanted =
            UInt64(try configuration.integerParameter("journal-mebibytes")) << 20
        let first = try start(goesOn: false)
        defer { first.close() }
        let live: Double
        do {
            live = try awaitJournal(page, of: first, bytes: wanted)
        } catch {
            first.kill()
            _ = first.wait()
            throw error
        }
        let killed = MonotonicClock.nanoseconds()
        first.kill()
        _ = first.wait()
        let committed = page.committedBytes
        page.stepsBefore = page.stepsShown

        let second = try start(goesOn: true)
        defer { second.close() }
        let findings = try findings(of: second)
        guard let new = page.firstNew else { throw TrialFault("nothing new was shown") }
        var measurement = TrialMeasurement(
            events: new.step * UInt64(configuration.atomSize),
            seconds: Double(new.nanoseconds - killed) / 1e9,
            verified: findings.fault.map { .wrong($0) } ?? .verified)
        measurement.committedBytes = committed
        measurement.replayNanoseconds = findings.replayNanoseconds
        measurement.liveEventsPerSecond = live
        measurement.notes = [
            "\(findings.steps) steps done again, \(findings.cutSteps) cut away; "
                + "\(page.stepsBefore) shown before the kill"
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

    /// Waits until so much is committed.
    ///
    /// - Returns: events shown a second, warm-up left out.
    private func awaitJournal(
        _ page: RecoveryPage, of process: ChildProcess, bytes: UInt64
    ) throws -> Double {
        func pause() throws {
            usleep(1_000)
            if let ending = process.waitIfEnded() {
                throw TrialFault("the process to be killed ended by itself: \(ending.description)")
            }
        }
        while page.eventsShown == 0 { try pause() }
        usleep(UInt32(min(1, configuration.warmUpSeconds) * 1e6))
        let events = page.eventsShown
        let start = MonotonicClock.nanoseconds()
        while page.committedBytes < bytes { try pause() }
        return Double(page.eventsShown - events)
            / (Double(MonotonicClock.nanoseconds() - start) / 1e9)
    }

    private func findings(of process: ChildProcess) throws -> RecoveryFindings {
        var output: [UInt8] = []
        reading: while true {
            switch process.read(waitingMilliseconds: 1_000) {
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
