// The program of Sources/AdaptiveBatching/README.md, compiled and run, and held against what stands
// there.
import AdaptiveBatching
import Foundation
import Portals
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
        #expect(lines.joined(separator: "\n") == (try block("text")))
    }

    @Test("the README's program is the one that is compiled here")
    func same() throws {
        let here = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let compiled = here.components(separatedBy: "    // begin\n")[1]
            .components(separatedBy: "    // end\n")[0]
        // But for the function around its statements, and how far they stand from the margin.
        let its = compiled.split(separator: "\n").map { $0.trimming(while: { $0 == " " }) }
            .filter { !$0.hasPrefix("static func run(") }.dropLast()
        let wanted = try block("swift").split(separator: "\n")
            .map { $0.trimming(while: { $0 == " " }) }.filter { !$0.hasPrefix("import ") }
        #expect(Array(its) == wanted)
    }

    /// The first block of a language between the README's marks of the example.
    private func block(_ language: String) throws -> String {
        let readme = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/AdaptiveBatching/README.md").standardized
        let text = try String(contentsOf: readme, encoding: .utf8)
        let example = text.components(separatedBy: "<!-- example: begin")[1]
            .components(separatedBy: "<!-- example: end -->")[0]
        return example.components(separatedBy: "```\(language)\n")[1]
            .components(separatedBy: "\n```")[0]
    }
}

extension Substring {
    fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
        drop(while: isTrimmed)
    }
}
