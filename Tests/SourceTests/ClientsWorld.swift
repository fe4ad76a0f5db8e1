// Clients outside of a site, in memory: they send numbered values until these are acknowledged, and
// survive the site's crashes.
import CrashWorld
import Portals

/// A value that a client sent, as its events carry it.
struct Sent: Event, Hashable {
    var client: UInt64
    var sequence: UInt64
    var count: UInt64 = 0
}

/// Clients that send `1...perClient` each, and send again after a crash what was not acknowledged.
final class ClientsWorld {
    let perClient: UInt64
    var acknowledged: [UInt64]
    /// Acknowledgements that were not in order, or of something that was not sent.
    var faults: [String] = []

    init(clients: Int, perClient: UInt64) {
        self.perClient = perClient
        acknowledged = Array(repeating: 0, count: clients)
    }

    /// What one run of the site sees of them.
    func feed(batchMax: Int, draws: Draws, ends: Bool = true) -> Feed {
        var draws = draws
        let clients = acknowledged.count
        // What each sends next in this run, and what the site has taken in, this run and before.
        var next = acknowledged.map { $0 + 1 }
        var given = Array(repeating: UInt64(0), count: clients)
        var atoms: [[(Int, UInt64)]] = []
        // Atoms that a snapshot stands for.
        var first = 0
        var isUsed = false
        return Feed(
            recordByteCountMax: 16 * batchMax,
            poll: { [self] atom in
                if !isUsed {
                    // What was replayed is durable: so a client hears when it connects.
                    isUsed = true
                    for client in 0..<clients where given[client] > acknowledged[client] {
                        acknowledged[client] = given[client]
                    }
                }
                var frames: [(Int, UInt64)] = []
                let wanted = 1 + draws.below(batchMax)
                while frames.count < wanted {
                    let open = (0..<clients).filter { next[$0] <= perClient }
                    if open.isEmpty { break }
                    let client = open[draws.below(open.count)]
                    let sequence = next[client]
                    next[client] += 1
                    if sequence <= given[client] { continue }
                    given[client] = sequence
                    frames.append((client, sequence))
                }
                if frames.isEmpty {
                    let isDone = acknowledged.allSatisfy { $0 == perClient }
                    return ends && isDone ? .ended : .nothing
                }
                for (client, sequence) in frames {
                    append(UInt64(client), to: &atom.record)
                    append(sequence, to: &atom.record)
                }
                atoms.append(frames)
                return .given
            },
            replay: { atom, number in
                if number != UInt64(first + atoms.count) {
                    return "atom \(number) comes out of order"
                }
                var frames: [(Int, UInt64)] = []
                for start in stride(from: 0, to: atom.record.count, by: 16) {
                    let client = Int(word(atom.record, start))
                    frames.append((client, word(atom.record, start + 8)))
                    given[client] = frames.last!.1
                }
                atoms.append(frames)
                return nil
            },
            durable: { [self] number in
                for (client, sequence) in atoms[Int(number) - first] {
                    if sequence != acknowledged[client] + 1 {
                        faults.append("\(client): \(sequence) after \(acknowledged[client])")
                    }
                    acknowledged[client] = sequence
                }
            },
            isIdle: { next.allSatisfy { $0 > self.perClient } && !ends },
            store: {
                var bytes: [UInt8] = []
                for number in [UInt64(first + atoms.count)] + given { append(number, to: &bytes) }
                return bytes
            },
            restore: { bytes in
                if bytes.count != 8 * (clients + 1) { return "a state of other clients" }
                first = Int(word(bytes, 0))
                for client in 0..<clients { given[client] = word(bytes, 8 * (client + 1)) }
                return nil
            })
    }
}

func append(_ value: UInt64, to bytes: inout [UInt8]) {
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift * 8))) }
}

func word(_ bytes: [UInt8], _ start: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64($1 * 8) }
}

/// Decodes a partition's part of the values.
@Sendable func decodeSent(_ bytes: RawSpan, _ part: FeedPart, _ out: inout Emitter<Sent>) {
    let count = bytes.byteCount / 16
    for index in (count * part.index / part.count)..<(count * (part.index + 1) / part.count) {
        out.emit(
            Sent(
                client: unsafe bytes.unsafeLoadUnaligned(
                    fromByteOffset: index * 16, as: UInt64.self),
                sequence: unsafe bytes.unsafeLoadUnaligned(
                    fromByteOffset: index * 16 + 8, as: UInt64.self)))
    }
}

/// Counts the values of each client, and shows each with its number.
func counting(_ feed: Feed, _ seen: OutsideWorld<Sent>) -> Application {
    Application("counting") { app in
        let ticks = app.generator(
            "ticks", atoms: (0..<10).map { n in [Sent(client: 0, sequence: n)] })
        let all = app.sequencer("all", of: Sent.self)
        app.connect(app.source("clients", feed, decoding: decodeSent), to: all)
        app.connect(
            app.workflow("aside").source(ticks).map {
                Sent(client: 1_000, sequence: $0.sequence)
            }.stream(), to: all)
        app.workflow("count")
            .source(all.stream)
            .key { $0.client }
            .task("count", state: UInt64(0), emits: Sent.self) { sent, count, task in
                count += 1
                task.emit(Sent(client: sent.client, sequence: sent.sequence, count: count))
            }
            .sink("seen") { seen.body($0) }
    }
}
