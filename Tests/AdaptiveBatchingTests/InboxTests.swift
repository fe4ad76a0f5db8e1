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
}
