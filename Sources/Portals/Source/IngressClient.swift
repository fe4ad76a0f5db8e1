// The other end of an ingress: sends records until they are durable, over as many connections as it
// takes.
import CPlatform
import Glibc
import Platform
import Synchronization

/// Sends records to an ingress, and sends again, after a broken connection or a crash of the site,
/// what was not acknowledged.
///
/// ```swift
/// let client = try IngressClient(.unixSocket("orders.socket"), client: 7)
/// try client.send(Array("42,3".utf8))
/// try client.awaitAcknowledged()
/// ```
/// - Ownership: any thread may send. Records of one thread keep their order.
/// - Cost: one thread, which connects, and a copy of each record until it is acknowledged.
public final class IngressClient: Sendable {
    private let state: IngressClientState
    private let reader: ReaderThread

    /// Begins to connect, for as long as it takes: the site may be started later.
    ///
    /// - Parameters:
    ///   - client: tells it from other clients of the ingress, for ever.
    ///   - next: the number of its next record. A client that starts again goes on behind what it
    ///     sent before, or an ingress takes its records for repetitions.
    ///   - unacknowledgedByteCountMax: what may wait before `send` waits. 4 MiB: at 100 MB/s what
    ///     comes in 40 ms, many commits.
    public init(
        _ address: IngressAddress, client: UInt64, next: UInt64 = 1,
        unacknowledgedByteCountMax: Int = 4 << 20
    ) throws {
        let state = IngressClientState(
            client: client, next: max(1, next), byteCountMax: unacknowledgedByteCountMax)
        self.state = state
        reader = try ReaderThread(name: "portals-client") { control in
            var loop = IngressClientLoop(address: address, state: state)
            loop.run(control)
        }
        state.bell = reader.bell
        reader.start()
    }

    deinit { reader.end() }

    /// Sends a record; returns its number.
    ///
    /// - Cost: waits while too much is unacknowledged.
    /// - Errors: ``SourceError`` once the ingress has refused what it was sent.
    @discardableResult
    public func send(_ record: some Collection<UInt8>) throws -> UInt64 {
        while true {
            if let sequence = try state.append(record) { return sequence }
            ThreadSleep.sleep(nanoseconds: 100_000)
        }
    }

    /// All records up to this number are durable.
    public var acknowledged: UInt64 { state.acknowledged }

    /// Waits until all that was sent is durable; false if it was not in time.
    ///
    /// - Errors: ``SourceError`` once the ingress has refused what it was sent.
    @discardableResult
    public func awaitAcknowledged(timeoutSeconds: Double = .infinity) throws -> Bool {
        let start = MonotonicClock.nanoseconds()
        while try !state.isAllAcknowledged() {
            let waited = MonotonicClock.nanoseconds() &- start
            if Double(waited) > timeoutSeconds * 1e9 { return false }
            ThreadSleep.sleep(nanoseconds: 100_000)
        }
        return true
    }
}

/// What a client's users and its thread share.
private final class IngressClientState: @unchecked Sendable {  // The lock; the bell is set at first.
    private struct Shared {
        /// Whole frames that are not acknowledged, one after another, and where each ends.
        var bytes: [UInt8] = []
        var ends: [(sequence: UInt64, end: Int)] = []
        /// Bytes that were acknowledged, at the front of `bytes`; frames, at the front of `ends`.
        var doneBytes = 0
        var doneFrames = 0
        /// Bytes from the front that this connection was given.
        var given = 0
        var next: UInt64
        var acknowledged: UInt64
        var failure: SourceError?
    }

    private let shared: Mutex<Shared>
    private let client: UInt64
    private let byteCountMax: Int
    private let isRung = Atomic<Bool>(false)
    var bell: Bell?

    init(client: UInt64, next: UInt64, byteCountMax: Int) {
        self.client = client
        self.byteCountMax = byteCountMax
        shared = Mutex(Shared(next: next, acknowledged: next - 1))
    }

    var acknowledged: UInt64 { shared.withLock { $0.acknowledged } }

    func isAllAcknowledged() throws -> Bool {
        try shared.withLock { shared in
            if let failure = shared.failure { throw failure }
            return shared.acknowledged + 1 == shared.next
        }
    }

    /// Appends a record; nil if too much is unacknowledged.
    func append(_ record: some Collection<UInt8>) throws -> UInt64? {
        let sequence = try shared.withLock { shared -> UInt64? in
            if let failure = shared.failure { throw failure }
            if shared.bytes.count - shared.doneBytes > byteCountMax { return nil }
            let sequence = shared.next
            shared.next += 1
            IngressFrame.append(client, sequence, record, to: &shared.bytes)
            shared.ends.append((sequence, shared.bytes.count))
            return sequence
        }
        if !isRung.exchange(true, ordering: .acquiringAndReleasing) { bell?.ring() }
        return sequence
    }

    /// The thread has heard the bell.
    func hush() { _ = isRung.exchange(false, ordering: .acquiringAndReleasing) }

    /// A new connection: all that is unacknowledged is to be sent by it.
    func connected() { shared.withLock { $0.given = $0.doneBytes } }

    /// What is to be sent next, as far as it is there.
    func take(byteCountMax: Int) -> ArraySlice<UInt8> {
        shared.withLock { shared in
            let end = min(shared.bytes.count, shared.given + byteCountMax)
            defer { shared.given = end }
            return ArraySlice(Array(shared.bytes[shared.given..<end]))
        }
    }

    func acknowledge(_ sequence: UInt64) {
        shared.withLock { shared in
            guard sequence < shared.next, sequence > shared.acknowledged else { return }
            shared.acknowledged = sequence
            while shared.doneFrames < shared.ends.count,
                shared.ends[shared.doneFrames].sequence <= sequence
            {
                shared.doneBytes = shared.ends[shared.doneFrames].end
                shared.doneFrames += 1
            }
            // Moved rarely: each byte once for as many that went.
            if shared.doneBytes * 2 < shared.bytes.count { return }
            shared.bytes.removeFirst(shared.doneBytes)
            shared.ends.removeFirst(shared.doneFrames)
            for index in shared.ends.indices { shared.ends[index].end -= shared.doneBytes }
            shared.given = max(0, shared.given - shared.doneBytes)
            shared.doneBytes = 0
            shared.doneFrames = 0
        }
    }

    func fail(_ error: SourceError) { shared.withLock { $0.failure = error } }
}

/// The loop of a client's thread.
private struct IngressClientLoop {
    let address: IngressAddress
    let state: IngressClientState
    private var descriptor: Int32 = -1
    private var outgoing: ArraySlice<UInt8> = []
    private var incoming: [UInt8] = []

    /// How long it waits before it tries again to connect: a site restarts in about 20.
    private static let retryMilliseconds: Int32 = 5
    private static let turnByteCount = 64 << 10

    init(address: IngressAddress, state: IngressClientState) {
        self.address = address
        self.state = state
    }

    mutating func run(_ control: ReaderThread.Control) {
        defer { disconnect() }
        while !control.isEnding {
            if descriptor < 0 {
                guard let connected = try? address.connect() else {
                    control.bell.wait(milliseconds: Self.retryMilliseconds)
                    continue
                }
                descriptor = connected
                incoming.removeAll()
                outgoing = ArraySlice(IngressFrame.greeting)
                state.connected()
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
            if found & (POLLIN | POLLHUP | POLLERR) != 0, !receive() { return }
        }
    }

    private mutating func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
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

    /// Takes acknowledgements; false once the ingress has refused what it was sent.
    private mutating func receive() -> Bool {
        let start = incoming.count
        let room = Self.turnByteCount
        incoming.append(contentsOf: repeatElement(0, count: room))
        let count = unsafe incoming.withUnsafeMutableBytes { bytes in
            unsafe portals_receive(descriptor, bytes.baseAddress! + start, room)
        }
        incoming.removeLast(room - max(0, Int(count)))
        var read = 0
        while incoming.count - read >= IngressFrame.headByteCount {
            let head = IngressFrame.head(incoming, at: read)
            let payload = read + IngressFrame.headByteCount
            if incoming.count < payload + head.byteCount { break }
            if head.byteCount > 0 {
                let text = String(
                    decoding: incoming[payload..<(payload + head.byteCount)], as: UTF8.self)
                state.fail(
                    SourceError(
                        "the ingress refuses record \(head.sequence) of client \(head.client): "
                            + text))
                return false
            }
            state.acknowledge(head.sequence)
            read = payload
        }
        incoming.removeFirst(read)
        if count == 0 || count < 0 && count != -Int64(EAGAIN) { disconnect() }
        return true
    }
}
