// The ingress: each record once, acknowledged when it is durable, whatever clients and crashes do;
// what is no record is refused in words.
import CrashWorld
import Foundation
import Synchronization
import Testing

@testable import Portals
@testable import PortalsCore

@Suite struct IngressThreadsTests {
    @Test(
        "records of several clients come once each, in their order, over both kinds of sockets",
        arguments: [true, false])
    func takes(isUnix: Bool) throws {
        let directory = try TestDirectory()
        let seen = OutsideWorld<String>()
        var options = IngressOptions()
        options.atomRecordsMax = 5
        let ingress = try Ingress(
            isUnix ? .unixSocket(directory.file("s")) : .tcp(host: "127.0.0.1", port: 0),
            options: options)
        let site = try site(workers: 2, journal: directory.journal)
        try site.launch(textApplication(ingress, seen))
        let clients = try (0..<3).map { try IngressClient(ingress.address, client: $0) }
        for index in 1...200 {
            for (number, client) in clients.enumerated() {
                #expect(try client.send(Array("\(number):\(index)".utf8)) == UInt64(index))
            }
        }
        for client in clients {
            #expect(try client.awaitAcknowledged(timeoutSeconds: 20))
            #expect(client.acknowledged == 200)
        }
        ingress.end()
        try site.awaitRest(timeoutSeconds: 20)
        #expect(seen.inOrder.allSatisfy { $0.count <= 5 })
        let records = seen.inOrder.flatMap { $0 }
        for number in 0..<3 {
            #expect(
                records.filter { $0.hasPrefix("\(number):") } == (1...200).map { "\(number):\($0)" }
            )
        }
        #expect(records.count == 600)
    }

    @Test("a record is acknowledged when its atom is durable, not before, and once taken in")
    func acknowledges() throws {
        let directory = try TestDirectory()
        let ingress = try Ingress(.unixSocket(directory.file("s")))
        let feed = try ingress.open()
        let client = try RawClient(ingress.address)
        client.send(.record, 7, 1, "one")
        client.send(.record, 7, 2, "two")
        var atoms = 0
        var numbers: UInt64 = 0
        let isTaken = eventually {
            var atom = FeedAtom()
            while feed.poll(&atom) == .given {
                atoms += 1
                numbers = IngressBatch.read(atom.record)?.latest[7] ?? 0
                atom = FeedAtom()
            }
            return numbers == 2
        }
        #expect(isTaken)
        // Sent again before it is durable: neither taken in nor acknowledged. The other client's
        // record tells that this was seen.
        client.send(.record, 7, 2, "two")
        client.send(.record, 8, 5, "other")
        var atom = FeedAtom()
        #expect(eventually { feed.poll(&atom) == .given })
        #expect(IngressBatch.read(atom.record)?.latest == [8: 5])
        feed.durable(UInt64(atoms))
        #expect(client.next() == .init(kind: .durable, client: 7, number: 2, text: ""))
        #expect(client.next() == .init(kind: .durable, client: 8, number: 5, text: ""))
        client.send(.record, 7, 1, "one")
        #expect(client.next() == .init(kind: .durable, client: 7, number: 2, text: ""))
        #expect(feed.isIdle())
    }

    @Test("frames come in any pieces")
    func pieces() throws {
        let directory = try TestDirectory()
        let ingress = try Ingress(.unixSocket(directory.file("s")))
        let seen = OutsideWorld<String>()
        let site = try site()
        try site.launch(textApplication(ingress, seen))
        var bytes = IngressFrame.greeting
        for index in 1...5 {
            IngressFrame.append(
                .record, 1, UInt64(index), Array("record \(index)".utf8), to: &bytes)
        }
        let client = try RawClient(ingress.address, greets: false)
        for byte in bytes { client.send([byte]) }
        #expect(eventually { seen.inOrder.flatMap { $0 }.count == 5 })
        #expect(seen.inOrder.flatMap { $0 } == (1...5).map { "record \($0)" })
    }

    @Test("after a restart a client that sends again changes nothing, and hears where it is")
    func restarts() throws {
        let directory = try TestDirectory()
        let seen = OutsideWorld<String>()
        for run in 1...3 {
            let ingress = try Ingress(.unixSocket(directory.file("s")))
            let site = try site(journal: directory.journal)
            try site.launch(textApplication(ingress, seen))
            let client = try RawClient(ingress.address)
            for number in 1...(run * 10) {
                client.send(.record, 3, UInt64(number), "\(number)")
            }
            var last: UInt64 = 0
            while last < UInt64(run * 10), let frame = client.next() { last = frame.number }
            #expect(last == UInt64(run * 10))
            // Acknowledged as soon as it is durable, which may be before the sink has it.
            try site.awaitRest(timeoutSeconds: 20)
            #expect(seen.inOrder.flatMap { $0 } == (1...(run * 10)).map { "\($0)" })
            #expect(seen.contradictions.isEmpty)
        }
    }

    @Test(
        "a client goes on where it was, over crashes of the site and a site that is not there yet")
    func clientGoesOn() throws {
        let directory = try TestDirectory()
        let seen = OutsideWorld<String>()
        let address = IngressAddress.unixSocket(directory.file("s"))
        let client = try IngressClient(address, client: 1)
        for run in 0..<4 {
            for index in 0..<50 { try client.send(Array("\(run * 50 + index)".utf8)) }
            let site = try site(journal: directory.journal)
            try site.launch(textApplication(try Ingress(address), seen))
            #expect(try client.awaitAcknowledged(timeoutSeconds: 20))
            // Sent while the site goes.
            for index in 0..<50 where run == 1 { try client.send(Array("more \(index)".utf8)) }
            // The last run shows what is durable; the others may end with that before them.
            if run == 3 { try site.awaitRest(timeoutSeconds: 20) }
        }
        let records = seen.inOrder.flatMap { $0 }
        #expect(Set(records).count == records.count)
        #expect(records.count == 250)
        #expect(seen.contradictions.isEmpty)
    }

    @Test(
        "what is no record is refused in words; what was sent before stays",
        arguments: [
            ("no greeting", Array("GET / HTTP".utf8), "another protocol"),
            ("another version", Array("PORTALS2".utf8), "version 2 of the protocol"),
            ("another kind", frame(9, 1, 2), "kind 9 is none that a client sends"),
            ("an acknowledgement", frame(3, 1, 2), "kind 3 is none"),
            (
                "a long record", frame(1, 1, 2, count: 1 << 20),
                "1048576 bytes is longer than the 972"
            ),
            ("number 0", frame(1, 1, 0), "from 1 on, not from 0"),
            ("a receipt with a payload", frame(2, 1, 0, count: 1), "`received` has no payload"),
            (
                "a receipt of nothing", frame(2, 1, 4),
                "4 replies are said to be received, but only 0"
            ),
        ])
    func refuses(what: String, bytes: [UInt8], words: String) throws {
        let directory = try TestDirectory()
        var options = IngressOptions()
        options.atomByteCountMax = 1_000
        let ingress = try Ingress(.unixSocket(directory.file("s")), options: options)
        let seen = OutsideWorld<String>()
        let site = try site()
        try site.launch(textApplication(ingress, seen))
        let other = try RawClient(ingress.address)
        let greets = what != "no greeting" && what != "another version"
        let client = try RawClient(ingress.address, greets: greets)
        if greets { client.send(.record, 1, 1, "before") }
        client.send(bytes)
        var frame = client.next()
        while frame?.kind == .durable { frame = client.next() }
        #expect(frame?.kind == .refused)
        #expect(try #require(frame).text.contains(words), "\(what)")
        #expect(client.next() == nil)
        other.send(.record, 2, 1, "other")
        #expect(eventually { seen.inOrder.flatMap { $0 }.contains("other") })
        #expect(seen.inOrder.flatMap { $0 }.sorted() == (greets ? ["before", "other"] : ["other"]))
    }

    @Test("a client throws what the ingress refused, and what listens there is none")
    func clientThrows() throws {
        let directory = try TestDirectory()
        var options = IngressOptions()
        options.atomByteCountMax = 100
        let ingress = try Ingress(.unixSocket(directory.file("s")), options: options)
        let site = try site()
        try site.launch(textApplication(ingress, OutsideWorld<String>()))
        let client = try IngressClient(ingress.address, client: 5)
        try client.send([1])
        try client.send(Array(repeating: 1, count: 200))
        let why = try #require(
            reason { _ = try client.awaitAcknowledged(timeoutSeconds: 20) })
        #expect(why.contains("refuses frame 2 of client 5: a record of 200 bytes is longer"))
        #expect(reason { try client.send([1]) } == why)
    }

    @Test(
        "addresses that can't be listened on are refused with the cure; a name left behind is not")
    func addresses() throws {
        let directory = try TestDirectory()
        let address = IngressAddress.unixSocket(directory.file("s"))
        do {
            let ingress = try Ingress(address)
            let used = try #require(reason { _ = try Ingress(address) })
            #expect(used.contains("s can't be listened on") && used.contains("in use"))
            _ = ingress
        }
        let long = IngressAddress.unixSocket("/tmp/" + String(repeating: "x", count: 120))
        #expect(try #require(reason { _ = try Ingress(long) }).contains("at most 107 bytes"))
        let host = IngressAddress.tcp(host: "localhost", port: 0)
        #expect(try #require(reason { _ = try Ingress(host) }).contains("an address literal"))
        try directory.write("file", "not a socket")
        let file = IngressAddress.unixSocket(directory.file("file"))
        #expect(reason { _ = try Ingress(file) } != nil)
        #expect(directory.text("file") == "not a socket")
        // What a killed process leaves.
        let path = directory.file("s")
        let descriptor = try address.listen()
        close(descriptor)
        #expect(FileManager.default.fileExists(atPath: path))
        _ = try Ingress(address)
    }

    @Test("an ingress that nobody takes atoms of reads no more than one, and goes on afterwards")
    func backpressure() throws {
        let directory = try TestDirectory()
        var options = IngressOptions()
        options.atomRecordsMax = 3
        let ingress = try Ingress(.unixSocket(directory.file("s")), options: options)
        let feed = try ingress.open()
        let client = try IngressClient(ingress.address, client: 1)
        for _ in 1...10 { try client.send([0]) }
        var counts: [UInt64] = []
        let isAll = eventually {
            var atom = FeedAtom()
            if feed.poll(&atom) == .given {
                counts.append(atom.record.number(at: 0, byteCount: 4))
            }
            return counts.reduce(0, +) == 10
        }
        #expect(isAll)
        #expect(counts.allSatisfy { $0 <= 3 })
    }
}

/// A frame of zeros; of a long one the head alone.
private func frame(_ kind: UInt8, _ client: UInt64, _ number: UInt64, count: Int = 0) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: UInt64(count), byteCount: 4)
    bytes.append(number: UInt64(kind), byteCount: 4)
    bytes.append(number: client, byteCount: 8)
    bytes.append(number: number, byteCount: 8)
    return bytes
}
