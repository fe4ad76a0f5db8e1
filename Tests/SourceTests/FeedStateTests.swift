// What snapshots hold of feeds: state out of one, into another, which goes on from there.
import Platform
import Testing

@testable import Portals
@testable import PortalsCore

@Suite struct FeedStateTests {
    /// Polls until so many atoms have come, and gives their contents.
    private func take(_ feed: Feed, _ count: Int) throws -> [String] {
        var found: [String] = []
        let isThere = eventually {
            var atom = FeedAtom()
            while feed.poll(&atom) == .given {
                found.append(String(decoding: atom.content, as: UTF8.self))
                atom = FeedAtom()
                if found.count == count { return true }
            }
            return false
        }
        try #require(isThere)
        return found
    }

    @Test("a feed of files goes on behind the last atom; a file that is another one is refused")
    func files() throws {
        let directory = try TestDirectory()
        for name in ["a", "b", "c"] { try directory.write(name, "\(name)1\n\(name)2\n") }
        func feed() throws -> Feed {
            try LinesDirectory(directory.path, end: .ends, atomByteCountMax: 4).open()
        }
        let first = try feed()
        #expect(try take(first, 3) == ["a1\n", "a2\n", "b1\n"])
        let state = first.storedState()
        let second = try feed()
        try second.restoreState(state)
        #expect(second.storedState() == state)
        #expect(try take(second, 3) == ["b2\n", "c1\n", "c2\n"])
        try directory.write("aa", "late\n")
        let third = try feed()
        try third.restoreState(state)
        var atom = FeedAtom()
        let fails = eventually {
            if case .failed(let why) = third.poll(&atom) { return why.contains("aa came after") }
            return false
        }
        #expect(fails)
        try directory.write("b", "x1\nb2\n")
        let why = reason { try feed().restoreState(state) }
        #expect(try #require(why).contains("b was changed: bytes 0 to 3"))
        try directory.write("b", "b")
        #expect(try #require(reason { try feed().restoreState(state) }).contains("b has shrunk"))
        for wrong in [[], [1, 2], Array(state.dropLast()), Array("INGRESS1".utf8)] {
            #expect(reason { try feed().restoreState(wrong) } != nil)
        }
    }

    @Test("a feed without state takes none")
    func stateless() throws {
        let hand = HandFeed()
        #expect(hand.feed.storedState().isEmpty)
        try hand.feed.restoreState([])
        #expect(throws: RecordError.self) { try hand.feed.restoreState([1]) }
    }

    @Test("an ingress knows after a snapshot what it had taken in, durable or not")
    func ingress() throws {
        let directory = try TestDirectory()
        func ingress() throws -> Ingress { try Ingress(.unixSocket(directory.file("socket"))) }
        var state: [UInt8] = []
        do {
            let before = try ingress()
            let feed = try before.open()
            let client = try IngressClient(before.address, client: 7)
            for text in ["x", "y"] { try client.send(Array(text.utf8)) }
            let isThere = eventually {
                var atom = FeedAtom()
                _ = feed.poll(&atom)
                state = feed.storedState()
                return state.count == 32 && state.number(at: 24, byteCount: 8) == 2
            }
            #expect(isThere && client.acknowledged == 0)
        }
        let after = try ingress()
        let feed = try after.open()
        try feed.restoreState(state)
        #expect(feed.storedState() == state)
        let client = try IngressClient(after.address, client: 7)
        for text in ["x", "y", "z"] { try client.send(Array(text.utf8)) }
        var atom = FeedAtom()
        #expect(eventually { feed.poll(&atom) == .given })
        #expect(IngressBatch.read(atom.record)?.latest == [7: 3])
        #expect(atom.record.number(at: 0, byteCount: 4) == 1)
        #expect(eventually { client.acknowledged == 2 })
        #expect(reason { try feed.restoreState(Array(state.dropLast())) } != nil)
    }
}
