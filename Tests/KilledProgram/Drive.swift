// The side that kills: clients under load that send again, and a program that is killed and started
// over and over.
import Foundation
import Platform
import Portals
import Synchronization

/// How often and when it kills.
struct DriveOptions {
    var kills = 25
    var seed: UInt64 = 1
    /// The longest life of a run, from its start. 300 ms: the first quarter is launch and recovery,
    /// the rest work under load.
    var lifeMillisecondsMax: UInt64 = 300
}

/// Replies that a client has got.
final class Replies: Sendable {
    private let kept = Mutex<[String]>([])
    var texts: [String] { kept.withLock { $0 } }
    var count: Int { kept.withLock { $0.count } }
    func take(_ bytes: ArraySlice<UInt8>) {
        kept.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
    }
}

/// The clients: those with even numbers come by the Unix socket, the others by TCP.
final class Clients {
    private var clients: [IngressClient] = []
    private(set) var sent: [UInt64] = []
    let replies: [Replies]
    private let place: Place

    init(count: Int, _ place: Place) throws {
        self.place = place
        replies = (0..<count).map { _ in Replies() }
        for index in 0..<count {
            clients.append(try make(index, next: 1))
            sent.append(0)
        }
    }

    private func make(_ index: Int, next: UInt64) throws -> IngressClient {
        let kept = replies[index]
        return try IngressClient(
            index % 2 == 0 ? place.unix : place.tcp, client: UInt64(index), next: next,
            received: UInt64(kept.count), onReply: { _, bytes in kept.take(bytes) })
    }

    func send(_ index: Int, count: Int) throws {
        for _ in 0..<count {
            sent[index] += 1
            try clients[index].send(Deposit(client: UInt64(index), number: sent[index]).bytes)
        }
    }

    /// A client crashes too: another takes its place, which knows what was acknowledged and sends
    /// the rest again.
    func replace(_ index: Int) throws {
        let last = sent[index]
        // Gone before the other comes: else both would take replies.
        let acknowledged = clients[index].acknowledged
        clients.remove(at: index)
        clients.insert(try make(index, next: acknowledged + 1), at: index)
        sent[index] = acknowledged
        try send(index, count: Int(last - acknowledged))
    }

    func awaitAll(timeoutSeconds: Double) throws -> Bool {
        for client in clients where try !client.awaitAcknowledged(timeoutSeconds: timeoutSeconds) {
            return false
        }
        let start = MonotonicClock.nanoseconds()
        while zip(replies, sent).contains(where: { UInt64($0.count) < $1 }) {
            let waited = MonotonicClock.nanoseconds() &- start
            if Double(waited) > timeoutSeconds * 1e9 { return false }
            Thread.sleep(forTimeInterval: 0.001)
        }
        return true
    }
}

/// What was seen of the ledger's files: they only grow.
struct Ledger {
    private let place: Place
    private var seen: [[UInt8]]

    init(_ place: Place) {
        self.place = place
        seen = Array(repeating: [], count: Place.partitions)
    }

    /// Reads what was added; the last 64 KiB that were there before are compared, or all.
    mutating func read(all: Bool, _ faults: inout Faults) {
        for partition in seen.indices {
            guard let file = FileHandle(forReadingAtPath: place.ledger(partition)) else { continue }
            let start = all ? 0 : max(0, seen[partition].count - 65_536)
            try? file.seek(toOffset: UInt64(start))
            let bytes = [UInt8]((try? file.readToEnd()) ?? Data())
            let known = seen[partition][start...]
            if !bytes.starts(with: known) {
                faults.add("ledger.\(partition) no longer says what it said after an earlier kill")
            }
            seen[partition] += bytes.dropFirst(known.count)
        }
    }

    var lines: [[String]] {
        seen.map { bytes in
            bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

/// Kills the program again and again; true if nothing was lost, repeated or contradicted.
func drive(_ place: Place, _ options: DriveOptions) throws -> Bool {
    var draws = Draws(options.seed)
    let clients = try Clients(count: 4, place)
    var ledger = Ledger(place)
    var faults = Faults()
    var killedEarly = 0
    let start = MonotonicClock.nanoseconds()
    for kill in 0..<options.kills {
        let child = try Child(place)
        let begin = MonotonicClock.nanoseconds()
        // An early death meets the launch and the recovery, a later one the work.
        let life = 1_000_000 * draws.below(options.lifeMillisecondsMax) + draws.below(1_000_000)
        if draws.below(4) == 0 { try clients.replace(Int(draws.below(4))) }
        while MonotonicClock.nanoseconds() &- begin < life {
            try clients.send(Int(draws.below(4)), count: Int(1 + draws.below(30)))
            Thread.sleep(forTimeInterval: Double(draws.below(1_500)) * 1e-6)
        }
        if let reason = child.kill() { faults.add("run \(kill): \(reason)") }
        let before = ledger.lines.reduce(0) { $0 + $1.count }
        ledger.read(all: kill % 25 == 24, &faults)
        if ledger.lines.reduce(0, { $0 + $1.count }) == before { killedEarly += 1 }
        if faults.count > 0 { break }
    }
    // A last run takes the rest; one more finds everything done.
    for _ in 0..<2 where faults.count == 0 {
        let child = try Child(place)
        let isReady = child.awaitReady()
        let isAll = try clients.awaitAll(timeoutSeconds: 60)
        if !isReady || !isAll {
            faults.add("the last run did not take all that was sent within 60 s")
        }
        if let reason = child.kill() { faults.add("the last run: \(reason)") }
        ledger.read(all: true, &faults)
    }
    let lines = ledger.lines
    check(files: lines, replies: clients.replies.map(\.texts), sent: clients.sent, &faults)
    let seconds = Double(MonotonicClock.nanoseconds() &- start) / 1e9
    print(
        "\(options.kills) kills with seed \(options.seed) in \(Int(seconds.rounded())) s, "
            + "\(killedEarly) of them before anything was written: "
            + "\(clients.sent.reduce(0, +)) records sent, \(lines.reduce(0) { $0 + $1.count }) "
            + "written, \(clients.replies.reduce(0) { $0 + $1.count }) replies")
    for text in faults.texts { print("FAULT: \(text)") }
    if faults.count > faults.texts.count { print("… \(faults.count) faults in all") }
    return faults.count == 0
}

/// Numbers of one seed (Steele, Lea, Flood, OOPSLA 2014).
struct Draws {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func below(_ count: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)) % count
    }
}
