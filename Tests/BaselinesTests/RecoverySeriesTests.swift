// What a recovery trial leaves of its course: from half a second before the kill to the end.
import Foundation
import KeyedCount
import Testing

@testable import Baselines

@Suite struct RecoverySeriesTests {
    private static let millisecond: UInt64 = 1_000_000

    @Test("intervals begin half a second before the kill, mark it, and end with the last output")
    func series() throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "portals-page-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let page = try RecoveryPage(path: path)
        var sink = CountSink()
        func show(_ events: UInt64) {
            sink.records += events
            page.show(.init(nextStep: sink.records, sink: sink), partition: 0)
        }
        let start = 5_000 * Self.millisecond
        var recorded = RecoverySeries(page, at: start)
        // A second of 100 looks, 7 events between two; what is asked too early is not a look.
        for number in 1...100 as ClosedRange<UInt64> {
            recorded.lookIfDue(at: start + (10 * number - 1) * Self.millisecond)
            show(7)
            recorded.lookIfDue(at: start + 10 * number * Self.millisecond)
        }
        let killed = start + 1_001 * Self.millisecond
        recorded.look(isFault: true, at: killed + Self.millisecond)
        recorded.lookIfDue(at: killed + 20 * Self.millisecond)
        show(30)
        recorded.lookIfDue(at: killed + 40 * Self.millisecond)
        recorded.lookIfDue(at: killed + 60 * Self.millisecond)

        let intervals = recorded.series(killed: killed).intervals
        // 49 whole ones fit the half second; then the kill, the wait, and what came after it.
        #expect(intervals.map(\.events) == Array(repeating: 7, count: 49) + [0, 0, 30])
        #expect(intervals.map { $0.faults ?? 0 } == Array(repeating: 0, count: 49) + [1, 0, 0])
        #expect(abs((intervals.first?.seconds ?? 0) - 0.01) < 1e-9)
        #expect(abs((intervals.last?.seconds ?? 0) - 0.531) < 1e-9)
    }
}
