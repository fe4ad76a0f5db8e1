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

/// Accepts connections, reads what they send, and tells them what is durable.
struct IngressReader {
    private let listener: IngressListener
    private let exchange: IngressExchange
    private let options: IngressOptions
    private var connections: [IngressConnection] = []
    /// The connection by which each client was heard last.
    private var places: [UInt64: IngressConnection] = [:]
    /// The connection that each client has asked for replies by.
    private var listeners: [UInt64: IngressConnection] = [:]
    private var entries: [pollfd] = []
    /// Bytes of the longest record.
    private let recordByteCountMax: Int

    /// Bytes of replies that wait in a connection; more stay where they are kept.
    private static let repliesByteCountMax = 256 << 10
    /// How long a refused `accept` (too many open files) rests.
    private static let restMilliseconds: Int32 = 100

    init(listener: IngressListener, exchange: IngressExchange, options: IngressOptions) {
        self.listener = listener
        self.exchange = exchange
        self.options = options
        recordByteCountMax =
            options.atomByteCountMax - IngressBatch.headByteCount - IngressBatch.entryByteCount
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
            reply()
            for connection in connections where connection.hasOutgoing && !connection.isGone {
                connection.send()
            }
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
                if isReady && !isBlocked { connection.receive() }
                if connection.hasUnread { hasTaken = true }
                parse(connection)
            } else if events & (POLLHUP | POLLERR) != 0 {
                connection.isGone = true
            }
        }
        if hasTaken { exchange.published() }
    }

    /// Takes all whole frames, until the batch is complete.
    private mutating func parse(_ connection: IngressConnection) {
        guard let fault = connection.greet() else { return }
        if !fault.isEmpty { return refuse(connection, nil, fault) }
        var refused: Refusal?
        exchange.filling { shared in refused = take(connection, &shared) }
        if let refused { refuse(connection, refused.head, refused.reason) }
    }

    private struct Refusal {
        var head: IngressFrame.Head
        var reason: String
    }

    /// Takes frames until they end or the batch is complete; says what is wrong with one.
    private mutating func take(
        _ connection: IngressConnection, _ shared: inout IngressExchange.Shared
    ) -> Refusal? {
        let bytes = connection.incoming
        while bytes.count - connection.read >= IngressFrame.headByteCount {
            let head = IngressFrame.head(bytes, at: connection.read)
            if let reason = fault(of: head) { return Refusal(head: head, reason: reason) }
            let start = connection.read + IngressFrame.headByteCount
            if bytes.count < start + head.byteCount { return nil }
            if places[head.client] !== connection {
                places[head.client] = connection
                connection.clients.insert(head.client)
            }
            if head.kind == .received {
                if let reason = listen(connection, head) {
                    return Refusal(head: head, reason: reason)
                }
                shared.receive(head.client, upTo: head.number)
            } else {
                let payload = bytes[start..<(start + head.byteCount)]
                if shared.take(head.client, head.number, payload) == .full { return nil }
            }
            connection.read = start + head.byteCount
        }
        return nil
    }

    /// What is wrong with a frame of a client; nil if nothing is.
    private func fault(of head: IngressFrame.Head) -> String? {
        switch head.kind {
        case .record:
            if head.byteCount > recordByteCountMax {
                return "a record of \(head.byteCount) bytes is longer than the "
                    + "\(recordByteCountMax) that this ingress takes: send less, or raise its "
                    + "`atomByteCountMax`"
            }
            if head.number == 0 { return "a client numbers its records from 1 on, not from 0" }
            let kept = exchange.replies.byteCount(of: head.client)
            if kept > options.repliesByteCountMax {
                return "\(kept) bytes of replies wait to be received: ask for them, and say what "
                    + "has come, or raise the ingress's `repliesByteCountMax`"
            }
            return nil
        case .received:
            return head.byteCount == 0 ? nil : "`received` has no payload, this one has"
        case .durable, .reply, .refused, nil:
            return "a frame of kind \(head.kindByte) is none that a client sends"
        }
    }

    /// A client says what it has received, and where it wants the rest.
    private mutating func listen(
        _ connection: IngressConnection, _ head: IngressFrame.Head
    ) -> String? {
        if listeners[head.client] === connection {
            exchange.replies.receive(head.client, upTo: head.number)
            return nil
        }
        let reason = exchange.replies.listen(head.client, received: head.number)
        if reason == nil { listeners[head.client] = connection }
        return reason
    }

    private func refuse(
        _ connection: IngressConnection, _ head: IngressFrame.Head?, _ reason: String
    ) {
        connection.append(.refused, head?.client ?? 0, head?.number ?? 0, Array(reason.utf8))
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
        for (client, number) in exchange.takeTold() {
            guard let connection = places[client], !connection.isEnding else { continue }
            connection.append(.durable, client, number)
        }
    }

    /// Sends replies as far as connections take them; the rest is fresh still when they have sent.
    private func reply() {
        for client in exchange.replies.takeFresh().sorted() {
            guard let connection = listeners[client], !connection.isEnding else { continue }
            let room = Self.repliesByteCountMax - connection.outgoingByteCount
            let bytes = exchange.replies.take(client, byteCountMax: room)
            if !bytes.isEmpty { connection.append(bytes) }
        }
    }

    private mutating func leave() {
        for connection in connections where connection.isGone {
            for client in connection.clients {
                if places[client] === connection { places[client] = nil }
                if listeners[client] === connection { listeners[client] = nil }
            }
        }
        connections.removeAll { $0.isGone }
    }
}
