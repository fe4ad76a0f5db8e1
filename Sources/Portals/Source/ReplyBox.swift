// Replies on their way from sinks to clients, kept until these have received them.
import Synchronization

/// The replies of an ingress, by client.
///
/// - Ownership: sinks append on their workers' threads; the ingress's thread takes and confirms.
final class ReplyBox: Sendable {
    private struct Client {
        var frames: FrameQueue
        /// Received up to this number; during a recovery that may be ahead of what was made.
        var received: UInt64 = 0
        /// The partition of the sink that makes its replies.
        var partition = 0

        init(_ client: UInt64, next: UInt64 = 1) {
            frames = FrameQueue(.reply, client: client, next: next)
        }
    }

    private struct Shared {
        var clients: [UInt64: Client] = [:]
        /// Clients with something to be sent.
        var fresh: Set<UInt64> = []
    }

    private let shared = Mutex(Shared())

    private static let stateMark = Array("REPLYBOX".utf8)

    // MARK: Sinks

    /// Appends what a partition's sink made in an atom: whose reply ends where in the bytes.
    func append(_ replies: [(client: UInt64, end: Int)], _ bytes: [UInt8], partition: Int) {
        shared.withLock { shared in
            var start = 0
            for (client, end) in replies {
                var entry = shared.clients[client] ?? Client(client)
                // Taken out while it changes: its bytes must not be copied.
                shared.clients[client] = nil
                _ = entry.frames.append(bytes[start..<end])
                entry.frames.confirm(entry.received)
                entry.partition = partition
                shared.clients[client] = entry
                shared.fresh.insert(client)
                start = end
            }
        }
    }

    /// What a snapshot holds of a partition's replies; all numbers are little-endian:
    /// ```
    /// │ REPLYBOX │ client │ next number │ received │ byteCount │ frames not received │ client …
    /// │ 8        │ 8      │ 8           │ 8        │ 8         │ …                   │
    /// ```
    func storedState(partition: Int) -> [UInt8] {
        shared.withLock { shared in
            var bytes = Self.stateMark
            for (client, entry) in shared.clients.sorted(by: { $0.key < $1.key })
            where entry.partition == partition {
                let frames = entry.frames.unconfirmed
                for number in [client, entry.frames.next, entry.received, UInt64(frames.count)] {
                    bytes.append(number: number, byteCount: 8)
                }
                bytes += frames
            }
            return bytes
        }
    }

    /// Takes that back; says what is wrong with it.
    func restoreState(_ bytes: [UInt8], partition: Int) -> String? {
        guard bytes.starts(with: Self.stateMark) else {
            return "the snapshot holds no replies of an ingress"
        }
        let cutOff = "the snapshot's replies of an ingress are cut off"
        return shared.withLock { shared in
            var index = Self.stateMark.count
            while index < bytes.count {
                guard index + 32 <= bytes.count else { return cutOff }
                let numbers = (0..<4).map { bytes.number(at: index + $0 * 8, byteCount: 8) }
                index += 32
                guard numbers[3] <= UInt64(bytes.count - index) else { return cutOff }
                let end = index + Int(numbers[3])
                var payloads: [ArraySlice<UInt8>] = []
                while index < end {
                    let payload = index + IngressFrame.headByteCount
                    guard payload <= end else { return cutOff }
                    index = payload + IngressFrame.head(bytes, at: index).byteCount
                    guard index <= end else { return cutOff }
                    payloads.append(bytes[payload..<index])
                }
                guard numbers[1] > UInt64(payloads.count) else { return cutOff }
                var entry = Client(numbers[0], next: numbers[1] - UInt64(payloads.count))
                for payload in payloads { _ = entry.frames.append(payload) }
                entry.received = numbers[2]
                entry.partition = partition
                shared.clients[numbers[0]] = entry
            }
            return nil
        }
    }

    // MARK: The ingress

    /// A client has received its replies up to a number.
    func receive(_ client: UInt64, upTo number: UInt64) {
        shared.withLock { shared in
            var entry = shared.clients[client] ?? Client(client)
            shared.clients[client] = nil
            entry.received = max(entry.received, number)
            entry.frames.confirm(entry.received)
            shared.clients[client] = entry
        }
    }

    /// Replies to a client go by a new connection from now on: all that it has not received.
    ///
    /// - Returns: what is wrong with what it says it has received.
    func listen(_ client: UInt64, received number: UInt64) -> String? {
        let made = shared.withLock { ($0.clients[client]?.frames.next ?? 1) - 1 }
        if number > made {
            return
                "\(number) replies are said to be received, but only \(made) were made: the site "
                + "has another journal than the one that made them"
        }
        receive(client, upTo: number)
        shared.withLock { shared in
            shared.clients[client]?.frames.rewind()
            shared.fresh.insert(client)
        }
        return nil
    }

    /// Bytes of replies that a client has not received.
    func byteCount(of client: UInt64) -> Int {
        shared.withLock { $0.clients[client]?.frames.byteCount ?? 0 }
    }

    /// The clients with something to be sent.
    func takeFresh() -> Set<UInt64> {
        shared.withLock { shared in
            defer { shared.fresh = [] }
            return shared.fresh
        }
    }

    /// What is to be sent to a client next; what is left is fresh again.
    func take(_ client: UInt64, byteCountMax: Int) -> ArraySlice<UInt8> {
        shared.withLock { shared in
            guard var entry = shared.clients[client] else { return [] }
            shared.clients[client] = nil
            defer { shared.clients[client] = entry }
            if byteCountMax <= 0 {
                shared.fresh.insert(client)
                return []
            }
            let bytes = entry.frames.take(byteCountMax: byteCountMax)
            if !entry.frames.isAllGiven { shared.fresh.insert(client) }
            return bytes
        }
    }
}
