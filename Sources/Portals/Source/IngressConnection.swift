// One connection of an ingress: bytes that came, bytes that wait to go.
import CPlatform
import Glibc

/// One client's connection.
final class IngressConnection {
    let descriptor: Int32
    /// Bytes that came; those from `read` on were not taken yet.
    private(set) var incoming: [UInt8] = []
    var read = 0
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var hasGreeted = false
    /// It gets an error, and then its end.
    var isEnding = false
    var isGone = false
    private var drained = 0
    /// Clients that were heard by it.
    var clients: Set<UInt64> = []

    /// Bytes read before the next connection has its turn. 64 KiB: some hundred frames.
    private static let turnByteCount = 64 << 10
    /// Bytes that a client may let lie before it is cut off: 40,000 acknowledgements.
    private static let outgoingByteCountMax = 1 << 20
    /// Bytes thrown away behind an error: what a client may have sent before it reads that.
    private static let drainedByteCountMax = 1 << 20

    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    var hasOutgoing: Bool { sent < outgoing.count }
    var hasUnread: Bool { read < incoming.count }
    var outgoingByteCount: Int { outgoing.count - sent }

    /// Puts bytes behind those that wait to go.
    func append(_ bytes: some Collection<UInt8>) {
        outgoing.append(contentsOf: bytes)
        if outgoing.count - sent > Self.outgoingByteCountMax { isGone = true }
    }

    func append(
        _ kind: IngressFrame.Kind, _ client: UInt64, _ number: UInt64,
        _ payload: some Collection<UInt8> = EmptyCollection()
    ) {
        var frame: [UInt8] = []
        IngressFrame.append(kind, client, number, payload, to: &frame)
        append(frame)
    }

    /// Takes what has come.
    func receive() {
        incoming.removeFirst(read)
        read = 0
        let room = Self.turnByteCount
        let start = incoming.count
        incoming.append(contentsOf: repeatElement(0, count: room))
        let count = unsafe incoming.withUnsafeMutableBytes { bytes in
            unsafe portals_receive(descriptor, bytes.baseAddress! + start, room)
        }
        incoming.removeLast(room - max(0, Int(count)))
        if count == 0 || count < 0 && count != -Int64(EAGAIN) { isGone = true }
    }

    /// Takes the client's greeting; nil while it has not come, else what is wrong with it, empty
    /// if nothing is.
    func greet() -> String? {
        if hasGreeted { return "" }
        if let fault = IngressFrame.fault(ofGreeting: incoming[...]) {
            append(IngressFrame.greeting)
            return fault
        }
        if incoming.count < IngressFrame.greeting.count { return nil }
        append(IngressFrame.greeting)
        hasGreeted = true
        read = IngressFrame.greeting.count
        return ""
    }

    /// Sends what waits, as far as the socket takes it.
    func send() {
        while hasOutgoing {
            let count = unsafe outgoing.withUnsafeBytes { bytes in
                unsafe portals_send(
                    descriptor, bytes.baseAddress! + sent, bytes.count - sent)
            }
            if count == -Int64(EAGAIN) { return }
            if count < 0 {
                isGone = true
                return
            }
            sent += Int(count)
        }
        outgoing.removeAll(keepingCapacity: true)
        sent = 0
        // The client is to read why before it sees the end; what it still sends is thrown away.
        if isEnding { shutdown(descriptor, Int32(SHUT_WR)) }
    }

    /// Throws away what comes after an error, until the client has gone or sends too much.
    func drain() {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe portals_receive(descriptor, bytes.baseAddress, bytes.count)
        }
        drained += max(0, Int(count))
        if count == 0 || count < 0 && count != -Int64(EAGAIN) || drained > Self.drainedByteCountMax
        {
            isGone = true
        }
    }
}
