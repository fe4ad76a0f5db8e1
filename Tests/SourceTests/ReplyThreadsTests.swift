// Replies to clients of an ingress: each once, in order, over crashes of either end.
import CrashWorld
import Foundation
import Synchronization
import Testing

@testable import Portals
@testable import PortalsCore

/// What a client has got.
private final class Got: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func take(_ number: UInt64, _ bytes: ArraySlice<UInt8>) {
        texts.withLock { $0.append("\(number):" + String(decoding: bytes, as: UTF8.self)) }
    }
}

/// Counts the records of each client, and replies with the count.
private func answering(_ ingress: Ingress) -> Application {
    Application("answering") { app in
        app.workflow("count")
            .source(app.source("clients", ingress) { UInt64($0.text) })
            .key { $0 }
            .task("count", state: UInt64(0), emits: Sent.self) { client, count, task in
                count += 1
                task.emit(Sent(client: client, sequence: count, count: count))
            }
            .sink(
                "answers",
                ingress.replies(to: { $0.client }) { sent, bytes in
                    bytes.append(contentsOf: Array("\(sent.count)".utf8))
                })
    }
}

@Suite struct ReplyThreadsTests {
    @Test("each reply comes once, in order, over restarts of the site and of the client")
    func restarts() throws {
        let directory = try TestDirectory()
        let address = IngressAddress.unixSocket(directory.file("s"))
        let got = [Got(), Got()]
        let stays = try IngressClient(address, client: 0, onReply: { got[0].take($0, $1) })
        for run in 0..<3 {
            let site = try site(workers: 2, journal: directory.journal)
            try site.launch(answering(try Ingress(address)))
            let next = UInt64(run * 20)
            let comes = try IngressClient(
                address, client: 1, next: next + 1, received: next,
                onReply: { got[1].take($0, $1) })
            for _ in 0..<20 {
                try stays.send(Array("0".utf8))
                try comes.send(Array("1".utf8))
            }
            #expect(eventually { got[1].all.count == (run + 1) * 20 })
            // While the last site is there; those before it may end in the middle of its replies.
            if run == 2 { #expect(eventually { got[0].all.count == 60 }) }
        }
        for world in got { #expect(world.all == (1...60).map { "\($0):\($0)" }) }
    }

    @Test("what a client has not received comes again by its next connection, the rest does not")
    func comesAgain() throws {
        let directory = try TestDirectory()
        let ingress = try Ingress(.unixSocket(directory.file("s")))
        let site = try site()
        try site.launch(answering(ingress))
        func numbers(_ client: RawClient, upTo last: UInt64) -> [UInt64] {
            var numbers: [UInt64] = []
            while numbers.last != last, let frame = client.next() {
                if frame.kind == .reply { numbers.append(frame.number) }
            }
            return numbers
        }
        let first = try RawClient(ingress.address)
        first.send(.received, 4, 0)
        for number in 1...6 { first.send(.record, 4, UInt64(number), "4") }
        #expect(numbers(first, upTo: 6) == Array(1...6))
        first.send(.received, 4, 2)
        let second = try RawClient(ingress.address)
        second.send(.received, 4, 3)
        #expect(numbers(second, upTo: 6) == [4, 5, 6])
        // The first hears no more of it.
        second.send(.record, 4, 7, "4")
        #expect(numbers(second, upTo: 7) == [7])
        #expect(ingress.exchange.replies.byteCount(of: 4) > 0)
        second.send(.received, 4, 7)
        #expect(eventually { ingress.exchange.replies.byteCount(of: 4) == 0 })
    }

    @Test("a client that receives nothing is refused before its replies fill the memory")
    func bounded() throws {
        let directory = try TestDirectory()
        var options = IngressOptions()
        options.repliesByteCountMax = 100
        let ingress = try Ingress(.unixSocket(directory.file("s")), options: options)
        let site = try site()
        try site.launch(answering(ingress))
        let client = try RawClient(ingress.address)
        var frame: RawClient.Frame?
        for number in UInt64(1)...20 {
            client.send(.record, 6, number, "6")
            repeat { frame = client.next() } while frame?.kind == .reply
            if frame?.kind != .durable { break }
        }
        #expect(frame?.kind == .refused)
        #expect(try #require(frame).text.contains("bytes of replies wait to be received"))
    }

    @Test("a snapshot holds replies that were not received, and no others")
    func state() throws {
        let box = ReplyBox()
        box.append([(1, 1), (2, 2), (1, 4)], Array("abcd".utf8), partition: 0)
        box.append([(9, 1)], Array("z".utf8), partition: 1)
        box.receive(1, upTo: 1)
        let state = box.storedState(partition: 0)
        let other = ReplyBox()
        #expect(other.restoreState(state, partition: 0) == nil)
        #expect(other.storedState(partition: 0) == state)
        #expect(other.listen(1, received: 1) == nil)
        #expect(other.take(1, byteCountMax: 1_000) == box.take(1, byteCountMax: 1_000))
        #expect(other.byteCount(of: 1) == IngressFrame.headByteCount + 2)
        #expect(other.byteCount(of: 9) == 0)
        #expect(other.listen(9, received: 1)?.contains("only 0 were made") == true)
        // Cut behind the mark, or between the two clients, it is a state with fewer of them.
        let whole = [8, 8 + 32 + IngressFrame.headByteCount + 2]
        for count in 0..<state.count where !whole.contains(count) {
            #expect(ReplyBox().restoreState(Array(state.prefix(count)), partition: 0) != nil)
        }
    }

    @Test("a queue of frames gives each once a connection, whole, until it is confirmed")
    func frames() {
        var draws = Draws(11)
        for _ in 0..<200 {
            var queue = FrameQueue(.reply, client: 1, next: 5)
            var made: UInt64 = 4
            var confirmed: UInt64 = 4
            var given: UInt64 = 4
            for _ in 0..<60 {
                switch draws.below(4) {
                case 0:
                    made += 1
                    #expect(queue.append(Array(repeating: 0, count: draws.below(9))) == made)
                case 1:
                    let number = confirmed + UInt64(draws.below(4))
                    queue.confirm(number)
                    confirmed = max(confirmed, min(number, made))
                    given = max(given, confirmed)
                case 2:
                    queue.rewind()
                    given = confirmed
                default:
                    let bytes = Array(queue.take(byteCountMax: draws.below(80)))
                    var index = 0
                    while index < bytes.count {
                        let head = IngressFrame.head(bytes, at: index)
                        given += 1
                        #expect(head.number == given)
                        index += IngressFrame.headByteCount + head.byteCount
                    }
                    #expect(index == bytes.count)
                }
                #expect(queue.confirmed == confirmed && queue.next == made + 1)
                #expect(queue.isAllGiven == (given == made))
                #expect((queue.byteCount == 0) == (confirmed == made))
            }
        }
    }
}
