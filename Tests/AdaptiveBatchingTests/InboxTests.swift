// An inbox without threads: what is sent comes out, in order, in atoms as large as may be.
import AdaptiveBatching
import Portals
import Testing

func numbersApplication(
    _ batches: AdaptiveBatches<Inbox<UInt32>>, _ seen: Collector<UInt32>
) -> Application {
    Application("numbers") { app in
        app.workflow("pass").source(app.source("inbox", batches)).sink("seen", seen)
    }
}

@Suite struct InboxTests {
    @Test("what waits goes together, a lone event at once, and the end after all")
    func gathers() throws {
        let inbox = Inbox<UInt32>(capacity: 4)
        let batches = AdaptiveBatches(inbox, objectiveNanoseconds: 1_000, sizes: 2...8)
        let seen = Collector<UInt32>()
        let site = SteppedSite()
        try site.launch(numbersApplication(batches, seen))
        #expect(site.run())
        #expect(inbox.send(1) == .accepted(0))
        #expect(site.run())
        for number in UInt32(2)...5 { #expect(inbox.send(number) == .accepted(Int(number) - 1)) }
        #expect(inbox.send(6) == .full)
        #expect(site.run())
        #expect(seen.atoms == [[1], [2, 3], [4, 5]])
        #expect(batches.durableCount == 5 && batches.completedCount == 5)
        inbox.finish()
        #expect(inbox.send(7) == .finished)
        #expect(site.run())
        #expect(seen.isSealed)
    }

    @Test("any number waits in order, round rings of all small capacities")
    func rounds() throws {
        for capacity in 1...5 {
            let inbox = Inbox<UInt32>(capacity: capacity)
            let batches = AdaptiveBatches(inbox, objectiveNanoseconds: 1_000, sizes: 1...3)
            let seen = Collector<UInt32>()
            let site = SteppedSite()
            try site.launch(numbersApplication(batches, seen))
            var sent: UInt32 = 0
            for round in 0..<60 {
                let count = round % (capacity + 1)
                for _ in 0..<count {
                    #expect(inbox.send(sent) == .accepted(Int(sent)))
                    sent += 1
                }
                if count == capacity { #expect(inbox.send(0) == .full) }
                #expect(site.run())
            }
            #expect(seen.events == Array(0..<sent))
        }
    }

    @Test("events of several bytes and with padding arrive whole")
    func padded() throws {
        struct Padded: Event, Equatable { var a: UInt64, b: UInt8 }
        let inbox = Inbox<Padded>()
        let batches = AdaptiveBatches(inbox, objectiveNanoseconds: 1_000)
        let seen = Collector<Padded>()
        var options = EngineOptions()
        options.partitions = 3
        let site = SteppedSite(options)
        try site.launch(
            Application("padded") { app in
                app.workflow("pass").source(app.source("inbox", batches)).sink("seen", seen)
            })
        let events = (0..<100).map { Padded(a: UInt64($0) << 40, b: UInt8($0)) }
        for (number, event) in events.enumerated() {
            #expect(inbox.send(event) == .accepted(number))
        }
        #expect(site.run())
        #expect(seen.atoms.flatMap { $0 } == events)
    }
}
