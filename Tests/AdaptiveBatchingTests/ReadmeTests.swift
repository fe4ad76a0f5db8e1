// The program of Sources/AdaptiveBatching/README.md, compiled and run, and held against what stands
// there.
import AdaptiveBatching
import Portals
import ReadmeExample
import Testing

// What stands between the two lines is the README's program; a test compares them.
private enum Example {
    // begin
    struct Reading: Event { var sensor: UInt32, celsius: Float }

    static func run(_ print: (String) -> Void) throws {
        let inbox = Inbox<Reading>(capacity: 10_000)
        // 5 ms from a reading's arrival until its alarm is out.
        let batches = AdaptiveBatches(inbox, objectiveNanoseconds: 5_000_000)
        let alarms = Collector<Reading>()
        let plant = Application("plant") { app in
            app.workflow("watch").source(app.source("readings", batches))
                .filter { $0.celsius > 90 }
                .sink("alarms", alarms)
        }
        let site = try Site(.threads(2))
        try site.launch(plant)
        var refused = 0
        for number in 0..<UInt32(1_000) {
            let reading = Reading(sensor: number % 10, celsius: Float(number % 100))
            if inbox.send(reading) == .full { refused += 1 }
        }
        inbox.finish()
        try site.awaitRest()
        let count = batches.completedCount
        print("\(count) readings, \(alarms.events.count) alarms, \(refused) refused")
    }
    // end
}

@Suite struct ReadmeThreadsTests {
    @Test("the README's program prints what the README says")
    func prints() throws {
        var lines: [String] = []
        try Example.run { lines.append($0) }
        #expect(lines.joined(separator: "\n") == (try example().output))
    }

    @Test("the README's program is the one that is compiled here")
    func same() throws {
        #expect(try ReadmeExample.compiled(in: #filePath) == example().program)
    }

    private func example() throws -> ReadmeExample {
        try ReadmeExample("Sources/AdaptiveBatching/README.md", test: #filePath)
    }
}
