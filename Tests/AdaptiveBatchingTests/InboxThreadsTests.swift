// An inbox that several threads send to, while a site takes from it.
import AdaptiveBatching
import Foundation
import Portals
import Testing

/// A number, and who sent it.
private struct Sent: Event {
    var sender: UInt32
    var number: UInt32
}

@Suite struct InboxThreadsTests {
    @Test(
        "what several threads send arrives once, each thread's in order, and the stream ends",
        arguments: [CommitMode.none, .durable])
    func threads(mode: CommitMode) throws {
        let senders = 3
        let each = 4_000
        let path = "/tmp/portals-\(UUID().uuidString.prefix(13))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for workers in 1...2 {
            var options = SiteOptions(workers: workers)
            options.pins = false
            if mode != .none { options.journal = .directory("\(path)/\(workers)") }
            let site = try Site(.configured(options))
            // Small, so that senders find it full.
            let inbox = Inbox<Sent>(capacity: 64)
            let batches = AdaptiveBatches(inbox, objectiveNanoseconds: 2_000_000)
            let seen = Collector<Sent>()
            let threads = (0..<senders).map { sender in
                let thread = Thread {
                    for number in 0..<each {
                        let event = Sent(sender: UInt32(sender), number: UInt32(number))
                        while inbox.send(event) == .full { Thread.sleep(forTimeInterval: 0.000_01) }
                    }
                }
                // Before the launch too.
                thread.start()
                return thread
            }
            try site.launch(
                Application("inbox") { app in
                    app.workflow("pass").source(app.source("inbox", batches))
                        .key { UInt64($0.sender) }
                        .sink("seen", seen)
                })
            while threads.contains(where: { !$0.isFinished }) {
                Thread.sleep(forTimeInterval: 0.000_2)
            }
            inbox.finish()
            try site.awaitRest(timeoutSeconds: 60)
            #expect(seen.isSealed)
            for sender in 0..<senders {
                let numbers = seen.events.filter { Int($0.sender) == sender }.map { Int($0.number) }
                #expect(numbers == Array(0..<each))
            }
            #expect(batches.durableCount == senders * each)
            #expect(batches.completedCount == senders * each)
            #expect(batches.atomCount < senders * each)
        }
    }

    @Test("a parked worker is woken by what is sent")
    func wakes() throws {
        let site = try Site(.threads(1))
        let inbox = Inbox<UInt32>()
        let batches = AdaptiveBatches(inbox, objectiveNanoseconds: 1_000_000)
        let seen = Collector<UInt32>()
        try site.launch(numbersApplication(batches, seen))
        for number in UInt32(0)..<200 {
            #expect(inbox.send(number) == .accepted(Int(number)))
            while batches.completedCount <= Int(number) { Thread.sleep(forTimeInterval: 0.000_02) }
        }
        try site.awaitRest(timeoutSeconds: 20)
        #expect(seen.events == Array(0..<200))
        #expect(seen.atoms.allSatisfy { $0.count == 1 })
    }
}
