// The loop of a client's thread: connects again and again, sends records, takes what comes back.
import CPlatform
import Glibc

/// One client's side of the protocol.
struct IngressClientLoop {
    private let address: IngressAddress
    private let client: UInt64
    private let state: IngressClientState
    /// The number of the last reply that was handed over.
    private var received: UInt64
    private let onReply: (@Sendable (UInt64, ArraySlice<UInt8>) -> Void)?
    private var descriptor: Int32 = -1
    private var outgoing: ArraySlice<UInt8> = []
    private var incoming: [UInt8] = []
    private var hasGreeted = false

    /// How long it waits before it tries again to connect: a site restarts in about 20.
    private static let retryMilliseconds: Int32 = 5
    /// Bytes sent or received in one go: some hundred frames.
    private static let turnByteCount = 64 << 10

    init(
        address: IngressAddress, client: UInt64, state: IngressClientState, received: UInt64,
        onReply: (@Sendable (UInt64, ArraySlice<UInt8>) -> Void)?
    ) {
        self.address = address
        self.client = client
        self.state = state
        self.received = received
        self.onReply = onReply
    }

    mutating func run(_ control: ReaderThread.Control) {
        defer { disconnect() }
        while !control.isEnding {
            if descriptor < 0 && !connect() {
                control.bell.wait(milliseconds: Self.retryMilliseconds)
                continue
            }
            state.hush()
            if outgoing.isEmpty { outgoing = state.take(byteCountMax: Self.turnByteCount) }
            let events = POLLIN | (outgoing.isEmpty ? 0 : POLLOUT)
            var entries = [
                pollfd(fd: control.bell.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(events), revents: 0),
            ]
            _ = unsafe poll(&entries, 2, -1)
            if entries[0].revents != 0 { control.bell.hush() }
            let found = Int32(entries[1].revents)
            if found & POLLOUT != 0 { send() }
            if found & (POLLIN | POLLHUP | POLLERR) == 0 { continue }
            if let reason = receive() { return state.fail(SourceError(reason)) }
        }
    }

    private mutating func connect() -> Bool {
        guard let connected = try? address.connect() else { return false }
        descriptor = connected
        incoming.removeAll()
        hasGreeted = false
        outgoing = ArraySlice(IngressFrame.greeting)
        sayReceived()
        state.rewind()
        return true
    }

    private mutating func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// Frames are taken whole, so another can stand behind them.
    private mutating func sayReceived() {
        if onReply == nil { return }
        var frame: [UInt8] = []
        IngressFrame.append(.received, client, received, to: &frame)
        outgoing += frame
    }

    private mutating func send() {
        let sent = unsafe outgoing.withUnsafeBytes { bytes in
            unsafe portals_send(descriptor, bytes.baseAddress, bytes.count)
        }
        if sent >= 0 {
            outgoing.removeFirst(Int(sent))
        } else if sent != -Int64(EAGAIN) {
            // What was not acknowledged goes by the next connection. An error that the ingress
            // has sent is read before: the socket stays until then.
            outgoing = []
        }
    }

    /// Takes what has come; says why if nothing more is to be sent.
    private mutating func receive() -> String? {
        let start = incoming.count
        let room = Self.turnByteCount
        incoming.append(contentsOf: repeatElement(0, count: room))
        let count = unsafe incoming.withUnsafeMutableBytes { bytes in
            unsafe portals_receive(descriptor, bytes.baseAddress! + start, room)
        }
        incoming.removeLast(room - max(0, Int(count)))
        let before = received
        let fault = take()
        if received > before { sayReceived() }
        if count == 0 || count < 0 && count != -Int64(EAGAIN) { disconnect() }
        return fault
    }

    private mutating func take() -> String? {
        var read = 0
        defer { incoming.removeFirst(read) }
        if !hasGreeted {
            if let fault = IngressFrame.fault(ofGreeting: incoming[...]) {
                return "what listens there is no ingress of this version: \(fault)"
            }
            if incoming.count < IngressFrame.greeting.count { return nil }
            hasGreeted = true
            read = IngressFrame.greeting.count
        }
        while incoming.count - read >= IngressFrame.headByteCount {
            let head = IngressFrame.head(incoming, at: read)
            if head.byteCount > IngressFrame.replyByteCountMax {
                return "the ingress sends a frame of \(head.byteCount) bytes"
            }
            let end = read + IngressFrame.headByteCount + head.byteCount
            if incoming.count < end { break }
            let payload = incoming[(end - head.byteCount)..<end]
            switch head.kind {
            case .durable: state.acknowledge(head.number)
            case .reply:
                // One that came before comes again by a new connection, if this was not told.
                if head.number == received + 1 {
                    onReply?(head.number, payload)
                    received = head.number
                } else if head.number > received {
                    return "reply \(head.number) came where \(received + 1) was to come"
                }
            case .refused:
                return "the ingress refuses frame \(head.number) of client \(head.client): "
                    + String(decoding: payload, as: UTF8.self)
            case .record, .received, nil:
                return "the ingress sends a frame of kind \(head.kindByte)"
            }
            read = end
        }
        return nil
    }
}
