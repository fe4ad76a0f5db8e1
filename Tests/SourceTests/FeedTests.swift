// A source of atoms from outside: when it gives, rests, ends, fails and is refused.
import CrashWorld
import Portals
import Testing

/// A feed whose atoms a test puts in by hand.
final class HandFeed {
    var atoms: [[UInt8]] = []
    var ends = false
    var failure: String?
    var durable: [UInt64] = []
    var replayed: [[UInt8]] = []
    var refusesReplay = false
    private(set) lazy var feed = Feed(
        recordByteCountMax: 64,
        poll: { [unowned self] atom in
            if let failure { return .failed(failure) }
            if atoms.isEmpty { return ends ? .ended : .nothing }
            atom.record = atoms.removeFirst()
            return .given
        },
        replay: { [unowned self] atom, _ in
            if refusesReplay { return "the file is gone" }
            replayed.append(atom.record)
            return nil
        },
        durable: { [unowned self] in durable.append($0) },
        isIdle: { [unowned self] in atoms.isEmpty && !ends && failure == nil })
}

/// One event a byte.
@Sendable func decodeBytes(_ bytes: RawSpan, _ part: FeedPart, _ out: inout Emitter<UInt8>) {
    let count = bytes.byteCount
    for index in (count * part.index / part.count)..<(count * (part.index + 1) / part.count) {
        let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
        if byte == 0 { part.drop() } else { out.emit(byte) }
    }
}

func bytesApplication(_ feed: Feed, _ collector: Collector<UInt8>) -> Application {
    Application("bytes") { app in
        app.workflow("pass").source(app.source("hand", feed, decoding: decodeBytes))
            .sink("seen", collector)
    }
}

@Suite struct FeedTests {
    @Test("atoms come as they were given, whatever the partitions; an idle feed is at rest")
    func gives() throws {
        for partitions in 1...4 {
            let hand = HandFeed()
            let collector = Collector<UInt8>()
            var options = EngineOptions()
            options.workers = 2
            options.partitions = partitions
            let site = SteppedSite(options)
            try site.launch(bytesApplication(hand.feed, collector))
            #expect(site.run())
            #expect(collector.atoms.isEmpty)
            hand.atoms = [[1, 2, 3, 4, 5], [6], [7, 0, 8]]
            #expect(!site.engine.isAtRest)
            #expect(site.run())
            #expect(collector.atoms == [[1, 2, 3, 4, 5], [6], [7, 8]])
            #expect(hand.durable == [0, 1, 2])
            #expect(site.engine.droppedEvents(of: "/bytes/workflows/pass") == 1)
            #expect(!collector.isSealed)
            hand.atoms = [[9]]
            hand.ends = true
            #expect(site.run())
            #expect(collector.atoms.last == [9])
            #expect(collector.isSealed)
        }
    }

    @Test("a failed feed stops alone, and says why")
    func fails() throws {
        let hand = HandFeed()
        let collector = Collector<UInt8>()
        let site = SteppedSite()
        try site.launch(bytesApplication(hand.feed, collector))
        hand.atoms = [[1]]
        site.run()
        hand.failure = "the cable is cut"
        #expect(site.run())
        #expect(collector.atoms == [[1]])
        #expect(site.engine.feedFailures.first?.path == "/bytes/generators/hand")
        #expect(site.engine.feedFailures.first?.reason == "the cable is cut")
    }

    @Test("a record that no ring can hold is refused at launch, or when it comes, with the option")
    func tooLarge() throws {
        var options = EngineOptions()
        options.commit = .durable
        options.recordCapacity = 512
        let hand = HandFeed()
        let refused = #expect(throws: LaunchError.self) {
            try SteppedSite(options).launch(bytesApplication(hand.feed, Collector()))
        }
        #expect("\(try #require(refused))".contains("recordCapacity"))

        options.recordCapacity = 1_024
        let other = HandFeed()
        let site = SteppedSite(options)
        try site.launch(bytesApplication(other.feed, Collector()))
        other.atoms = [Array(repeating: 1, count: 5_000)]
        while site.step() {}
        let reason = try #require(site.engine.feedFailures.first?.reason)
        #expect(reason.contains("5000 bytes") && reason.contains("`recordCapacity` to 2048"))
    }

    @Test("a feed belongs to one launch")
    func taken() throws {
        let hand = HandFeed()
        try SteppedSite().launch(bytesApplication(hand.feed, Collector()))
        #expect(throws: LaunchError.self) {
            try SteppedSite().launch(bytesApplication(hand.feed, Collector()))
        }
    }

    @Test("a feed that can't give again what is recorded is an error, and the journal stays")
    func replayRefused() throws {
        var options = EngineOptions()
        options.commit = .durable
        let journal = MemoryJournal()
        let hand = HandFeed()
        hand.atoms = [[1], [2]]
        let first = try SimulatedSite(
            options, seed: nil, journal: journal,
            applications: [bytesApplication(hand.feed, Collector())])
        try first.run()
        #expect(hand.durable == [0, 1])
        let end = journal.end.rawValue
        let gone = HandFeed()
        gone.refusesReplay = true
        let second = try SimulatedSite(
            options, seed: nil, journal: journal,
            applications: [bytesApplication(gone.feed, Collector())])
        let error = #expect(throws: RecoveryError.self) { try second.run() }
        #expect("\(try #require(error))".contains("the file is gone"))
        #expect(journal.end.rawValue == end)
        let back = HandFeed()
        let third = try SimulatedSite(
            options, seed: nil, journal: journal,
            applications: [bytesApplication(back.feed, Collector())])
        back.atoms = [[3]]
        try third.run()
        #expect(back.replayed == [[1], [2]])
        #expect(back.durable == [2])
    }
}
