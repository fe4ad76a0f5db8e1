// A socket that clients send records to, and that says when these are durable.
import Synchronization

/// Sizes of an ingress.
public struct IngressOptions: Sendable {
    /// Bytes of an atom, with 20 for each record and 8 of its own; also bounds one record. 256
    /// KiB: a quarter of what a worker's record holds, so that the writer can take one atom while
    /// the next comes.
    public var atomByteCountMax = 256 << 10
    /// Records of an atom. 8,192: beyond, the cost of a step is spread thin enough.
    public var atomRecordsMax = 8_192
    /// Clients connected at once; more wait until one goes.
    public var connectionsMax = 256
    /// Bytes of replies that are kept for a client that has not received them; its records are
    /// refused beyond. 16 MiB: a second of a fast connection.
    public var repliesByteCountMax = 16 << 20

    /// The sizes above.
    public init() {}
}

/// A source of records that clients send over a socket, and the way back for replies to them.
///
/// ```swift
/// let ingress = try Ingress(.unixSocket("orders.socket"))
/// let shop = Application("shop") { app in
///     let orders = app.source("orders", ingress) { bytes in Order(bytes) }
///     …
/// }
/// ```
/// - Shape: an atom holds what has arrived since the one before, at most as the options say. Each
///   record is taken in once, however often a client sends it: by client and sequence, across
///   crashes. A client's records keep their order.
/// - A record is acknowledged when it is durable; in the other modes of commit when it is taken in.
/// - Backpressure: an atom that is complete and not taken stops the reading of all sockets.
/// - Ownership: clients can connect from `init` on; they are read from the launch on. The socket is
///   closed when the ingress and the site are gone, or by ``end()``.
/// - Cost: one thread in poll(2); about 100 bytes for each client that ever sent anything.
public final class Ingress: OutsideSource {
    /// Where it listens; of TCP with the port that the system chose.
    public let address: IngressAddress
    /// As it was made.
    public let options: IngressOptions
    let exchange: IngressExchange
    private let reader: ReaderThread

    /// Listens.
    ///
    /// - Errors: ``SourceError`` where the address can't be listened on.
    public init(_ address: IngressAddress, options: IngressOptions = IngressOptions()) throws {
        var options = options
        // One record with a byte, at least.
        options.atomByteCountMax = max(64, options.atomByteCountMax)
        options.atomRecordsMax = max(1, options.atomRecordsMax)
        options.connectionsMax = max(1, options.connectionsMax)
        let listener = try IngressListener(address)
        self.address = listener.address
        self.options = options
        let exchange = IngressExchange(options)
        self.exchange = exchange
        let reader = try ReaderThread(name: "portals-ingress") { [options] control in
            var loop = IngressReader(listener: listener, exchange: exchange, options: options)
            loop.run(control)
        }
        self.reader = reader
        exchange.bell = reader.bell
    }

    deinit { reader.end() }

    /// Takes nothing more in: the stream seals when all that has arrived is done.
    ///
    /// Clients get no acknowledgement of what was not taken in.
    public func end() { exchange.end() }

    /// Its feed.
    public func open() throws -> Feed {
        let feed = Feed(
            recordByteCountMax: options.atomByteCountMax,
            poll: { [self] atom in
                // The feed keeps the ingress, and so its thread and its socket.
                if !exchange.hasStarted {
                    exchange.hasStarted = true
                    reader.start()
                }
                return exchange.poll(&atom)
            },
            replay: { [exchange] atom, number in exchange.replay(atom.record, number) },
            durable: { [exchange] in exchange.durable($0) },
            isIdle: { [exchange] in exchange.isIdle },
            store: { [exchange] in exchange.stored },
            restore: { [exchange] in exchange.restore($0) })
        exchange.feed.feed = feed
        return feed
    }

    /// Calls a closure for each payload of the partition's share of the records.
    public func forEachRecord(in content: RawSpan, part: FeedPart, _ body: (RawSpan) -> Void) {
        IngressBatch.forEachPayload(in: content, part: part, body)
    }
}
