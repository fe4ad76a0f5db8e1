// The other end of an ingress: sends records until they are durable, over as many connections as it
// takes, and hands replies over, each once.
import Platform

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
    ///   - received: the number of the last reply that it has.
    ///   - unacknowledgedByteCountMax: what may wait before `send` waits. 4 MiB: at 100 MB/s what
    ///     comes in 40 ms, many commits.
    ///   - onReply: gets each reply to this client once, in order, on the client's thread; what it
    ///     got counts as received. Nil for a client that wants none.
    public init(
        _ address: IngressAddress, client: UInt64, next: UInt64 = 1, received: UInt64 = 0,
        unacknowledgedByteCountMax: Int = 4 << 20,
        onReply: (@Sendable (_ number: UInt64, _ bytes: ArraySlice<UInt8>) -> Void)? = nil
    ) throws {
        let state = IngressClientState(
            client: client, next: max(1, next), byteCountMax: unacknowledgedByteCountMax)
        self.state = state
        reader = try ReaderThread(name: "portals-client") { control in
            var loop = IngressClientLoop(
                address: address, client: client, state: state, received: received,
                onReply: onReply)
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
            if let number = try state.append(record) { return number }
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
