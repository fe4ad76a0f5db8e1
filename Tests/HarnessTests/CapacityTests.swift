// The search for the highest sustained rate, of a system whose limit is known.
import Foundation
import Report
import Synchronization
import Testing

@testable import Harness

/// Serves up to a limit at once, and is late above it; every third trial stalls if it is to.
private final class LimitedLauncher: TrialLauncher {
    let limit: Double
    let stalls: Bool
    let samples: UInt64
    let rates = Mutex<[Double?]>([])

    init(limit: Double, stalls: Bool = false, samples: UInt64 = 5_000) {
        self.limit = limit
        self.stalls = stalls
        self.samples = samples
    }

    func run(_ order: TrialOrder, tick: () -> Void, isInterrupted: () -> Bool) -> TrialEnd {
        let rate = order.request.configuration.ratePerSecond
        let count = rates.withLock {
            $0.append(rate)
            return $0.count
        }
        guard case .seconds(let seconds) = order.request.configuration.length else {
            return .failed("no duration")
        }
        // Saturated it serves half as much again, which nobody may count on.
        let served = min(rate ?? .infinity, limit * 1.5)
        var measurement = TrialMeasurement(
            events: UInt64(served * seconds), seconds: seconds, verified: .verified)
        var histogram = LatencyHistogram()
        let isLate = (rate ?? 0) > limit || stalls && count % 3 == 0
        histogram.record(
            nanoseconds: isLate ? 9_000_000 : 1_000, times: UInt64(Double(samples) * seconds))
        measurement.histogram = histogram
        return .measured(measurement)
    }
}

@Suite("capacity")
struct CapacityTests {
    private func search(
        _ launcher: LimitedLauncher, interruptAfter: Int = .max
    ) throws -> (found: [Capacity], rows: [ResultRow]) {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "portals-capacity-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let registry = fakeRegistry([FakeSystem(name: "a")])
        let plan = try MatrixResolver.plan(
            draft(["workload": "keyed-count", "duration": "1s", "seed": "3"]), registry: registry,
            drawnSeed: 1)
        let folder = try RunFolder(creating: path, schema: plan.schema)
        let objective = try #require(
            LatencyObjective(quantile: 0.99, nanosecondsMax: 5_000_000, text: "p99=5ms"))
        var search = CapacitySearch(
            plan: plan, objective: objective, launcher: launcher, folder: folder,
            journals: JournalFolder(path: path),
            progress: ProgressLine(isTerminal: false, write: { _ in }),
            isInterrupted: { launcher.rates.withLock { $0.count } >= interruptAfter })
        let found = try search.execute()
        let file = try ResultFile(
            text: String(contentsOfFile: path + "/results.csv", encoding: .utf8))
        return (found, file.rows)
    }

    @Test("a limit is found within a twentieth, and every trial is a row", arguments: [1e3, 7.7e8])
    func limit(limit: Double) throws {
        let launcher = LimitedLauncher(limit: limit)
        let (found, rows) = try search(launcher)
        let rate = try #require(found.first?.eventsPerSecond)
        #expect(rate <= limit && rate * CapacitySearch.precision >= limit)
        #expect(try #require(found.first?.missedAt) > limit)
        #expect(found[0].saturatedEventsPerSecond == UInt64(limit * 1.5).asDouble)
        #expect(rows.count == found[0].trials && rows.count < 30)
        #expect(rows.count { $0.axes["rate_per_second"] == nil } == 1)
    }

    @Test("one stall does not lower what is found")
    func stall() throws {
        let (found, _) = try search(LimitedLauncher(limit: 1e6, stalls: true))
        let rate = try #require(found.first?.eventsPerSecond)
        #expect(rate <= 1e6 && rate * CapacitySearch.precision >= 1e6)
    }

    @Test("too few samples make the window longer, and never a rate that was not shown")
    func fewSamples() throws {
        let longer = LimitedLauncher(limit: 1e6, samples: 200)
        #expect(try search(longer).found[0].eventsPerSecond != nil)
        let tooFew = LimitedLauncher(limit: 1e6, samples: 10)
        let (found, _) = try search(tooFew)
        #expect(found[0].eventsPerSecond == nil)
        #expect(found[0].reason == "p99=5ms too few samples")
    }

    @Test("a search that is stopped keeps its rows")
    func stopped() throws {
        let (found, rows) = try search(LimitedLauncher(limit: 1e6), interruptAfter: 3)
        #expect(found.isEmpty)
        #expect(rows.count == 3)
    }
}

extension UInt64 {
    fileprivate var asDouble: Double { Double(self) }
}
