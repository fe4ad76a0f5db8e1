// The loop of an ingress's thread: accepts, reads frames, sends acknowledgements.
import CPlatform
import Glibc

/// A socket that is listened on.
final class IngressListener: Sendable {
    let descriptor: Int32
    let address: IngressAddress

    init(_ address: IngressAddress) throws(SourceError) {
        descriptor = try address.listen()
        if case .tcp(let host, _) = address {
            self.address = .tcp(
                host: host, port: UInt16(truncatingIfNeeded: portals_local_port(descriptor)))
        } else {
            self.address = address
        }
    }

    deinit {
        // Nobody else can have taken the name over while this listened.
        if case .unixSocket(let path) = address { _ = unsafe unlink(path) }
        close(descriptor)
    }
}

/// One client's connection.
private final class IngressConnection {
    let descriptor: Int32
    /// Bytes that came and make no whole frame yet, from `read` on.
    var incoming: [UInt8] = []
    var read = 0
    var outgoing: [UInt8] = []
    var sent = 0
    var hasGreeted = false
    /// It gets an error, and then its end.
    var isEnding = false
    var isGone = false
    private var drained = 0
    var clients: Set<UInt64> = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    var hasOutgoing: Bool { sent < outgoing.count }

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
        if count == 0 || count < 0 && count != -Int64(EAGAIN) || drained > 1 << 20 { isGone = true }
    }
}

/// Accepts connections, reads what they send, and tells them what is durable.
struct IngressReader {
    private let listener: IngressListener
    private let exchange: IngressExchange
    private let options: IngressOptions
    private var connections: [IngressConnection] = []
    /// The connection by which each client was heard last.
    private var places: [UInt64: IngressConnection] = [:]
    private var entries: [pollfd] = []

    /// Bytes read of a connection before the next has its turn. 64 KiB: some hundred frames.
    private static let turnByteCount = 64 << 10
    /// A client that lets its acknowledgements lie is cut off at so many bytes: 50,000 of them.
    private static let outgoingByteCountMax = 1 << 20
    /// How long a refused `accept` (too many open files) rests.
    private static let restMilliseconds: Int32 = 100

    init(listener: IngressListener, exchange: IngressExchange, options: IngressOptions) {
        self.listener = listener
        self.exchange = exchange
        self.options = options
    }

    mutating func run(_ control: ReaderThread.Control) {
        var restsAccept = false
        while !control.isEnding {
            let isBlocked = exchange.isBlocked
            let accepts = connections.count < options.connectionsMax && !restsAccept
            entries.removeAll(keepingCapacity: true)
            entries.append(pollfd(fd: control.bell.descriptor, events: Int16(POLLIN), revents: 0))
            entries.append(
                pollfd(
                    fd: accepts ? listener.descriptor : -1, events: Int16(POLLIN), revents: 0))
            for connection in connections {
                let reads = !isBlocked || connection.isEnding
                let events = (reads ? POLLIN : 0) | (connection.hasOutgoing ? POLLOUT : 0)
                entries.append(
                    pollfd(fd: connection.descriptor, events: Int16(events), revents: 0))
            }
            let ready = unsafe entries.withUnsafeMutableBufferPointer {
                unsafe poll(
                    $0.baseAddress, nfds_t($0.count), restsAccept ? Self.restMilliseconds : -1)
            }
            restsAccept = false
            if ready < 0 && errno != EINTR {
                return exchange.fail("its sockets can't be waited for (errno \(errno))")
            }
            if entries[0].revents != 0 { control.bell.hush() }
            serve(isBlocked: isBlocked)
            if entries[1].revents != 0 { restsAccept = !accept() }
            acknowledge()
            leave()
        }
    }

    /// Reads what is ready, and what was left when the batch was complete.
    private mutating func serve(isBlocked: Bool) {
        let isBlockedNow = exchange.isBlocked
        var hasTaken = false
        for (index, connection) in connections.enumerated() {
            let events = Int32(entries[index + 2].revents)
            if events & POLLOUT != 0 { connection.send() }
            let isReady = events & (POLLIN | POLLHUP | POLLERR) != 0
            if connection.isEnding {
                if isReady { connection.drain() }
            } else if !isBlockedNow && !connection.isGone {
                if isReady && !isBlocked { receive(connection) }
                if connection.read < connection.incoming.count { hasTaken = true }
                parse(connection)
            } else if events & (POLLHUP | POLLERR) != 0 {
                connection.isGone = true
            }
        }
        if hasTaken { exchange.published() }
    }

    private func receive(_ connection: IngressConnection) {
        connection.incoming.removeFirst(connection.read)
        connection.read = 0
        let room = Self.turnByteCount
        let start = connection.incoming.count
        connection.incoming.append(contentsOf: repeatElement(0, count: room))
        let count = unsafe connection.incoming.withUnsafeMutableBytes { bytes in
            unsafe portals_receive(connection.descriptor, bytes.baseAddress! + start, room)
        }
        connection.incoming.removeLast(room - max(0, Int(count)))
        if count == 0 || count < 0 && count != -Int64(EAGAIN) { connection.isGone = true }
    }

    /// Takes all whole frames, until the batch is complete.
    private mutating func parse(_ connection: IngressConnection) {
        let bytes = connection.incoming
        if !connection.hasGreeted {
            let greeting = IngressFrame.greeting
            let count = min(greeting.count, bytes.count)
            if bytes[..<count] != greeting[..<count] {
                return refuse(
                    connection, 0, 0,
                    "a connection begins with the bytes PORTALS1, this one did not: it is another "
                        + "protocol, or another version")
            }
            if count < greeting.count { return }
            connection.hasGreeted = true
            connection.read = greeting.count
        }
        let most =
            options.atomByteCountMax - IngressBatch.headByteCount - IngressBatch.entryByteCount
        var fault: (head: IngressFrame.Head, reason: String)?
        exchange.filling { shared in
            fault = take(connection, bytes, most, &shared)
        }
        if let fault { refuse(connection, fault.head.client, fault.head.sequence, fault.reason) }
    }

    /// Takes frames until they end or the batch is complete; says what is wrong with one.
    private mutating func take(
        _ connection: IngressConnection, _ bytes: [UInt8], _ most: Int,
        _ shared: inout IngressExchange.Shared
    ) -> (head: IngressFrame.Head, reason: String)? {
        while bytes.count - connection.read >= IngressFrame.headByteCount {
            let head = IngressFrame.head(bytes, at: connection.read)
            if head.byteCount > most {
                return (
                    head,
                    "a record of \(head.byteCount) bytes is longer than the \(most) that this "
                        + "ingress takes: send less, or raise its `atomByteCountMax`"
                )
            }
            if head.sequence == 0 {
                return (
                    head, "a client numbers its records from 1 on, not from 0"
                )
            }
            let start = connection.read + IngressFrame.headByteCount
            if bytes.count < start + head.byteCount { return nil }
            if places[head.client] !== connection {
                places[head.client] = connection
                connection.clients.insert(head.client)
            }
            let payload = bytes[start..<(start + head.byteCount)]
            if shared.take(head.client, head.sequence, payload) == .full { return nil }
            connection.read = start + head.byteCount
        }
        return nil
    }

    private func refuse(
        _ connection: IngressConnection, _ client: UInt64, _ sequence: UInt64, _ reason: String
    ) {
        IngressFrame.append(client, sequence, Array(reason.utf8), to: &connection.outgoing)
        connection.isEnding = true
        connection.send()
    }

    /// True unless the process has no descriptor left.
    private mutating func accept() -> Bool {
        while connections.count < options.connectionsMax {
            let accepted = portals_accept(listener.descriptor)
            if accepted < 0 { return accepted == -EAGAIN }
            connections.append(IngressConnection(accepted))
        }
        return true
    }

    private func acknowledge() {
        for (client, sequence) in exchange.takeTold() {
            guard let connection = places[client], !connection.isEnding else { continue }
            IngressFrame.append(client, sequence, EmptyCollection(), to: &connection.outgoing)
            if connection.outgoing.count > Self.outgoingByteCountMax { connection.isGone = true }
        }
        for connection in connections where connection.hasOutgoing && !connection.isGone {
            connection.send()
        }
    }

    private mutating func leave() {
        for connection in connections where connection.isGone {
            for client in connection.clients where places[client] === connection {
                places[client] = nil
            }
        }
        connections.removeAll { $0.isGone }
    }
}
