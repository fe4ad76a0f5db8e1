// What the users of an ingress's client and its thread share: records that are not acknowledged.
import Synchronization

/// The records of a client, between those who send and the thread that has the connection.
final class IngressClientState: @unchecked Sendable {  // The lock; the bell is set at first.
    private struct Shared {
        var frames: FrameQueue
        var failure: SourceError?
    }

    private let shared: Mutex<Shared>
    private let byteCountMax: Int
    private let isRung = Atomic<Bool>(false)
    var bell: Bell?

    init(client: UInt64, next: UInt64, byteCountMax: Int) {
        self.byteCountMax = byteCountMax
        shared = Mutex(Shared(frames: FrameQueue(.record, client: client, next: next)))
    }

    var acknowledged: UInt64 { shared.withLock { $0.frames.confirmed } }

    func isAllAcknowledged() throws -> Bool {
        try shared.withLock { shared in
            if let failure = shared.failure { throw failure }
            return shared.frames.byteCount == 0
        }
    }

    /// Appends a record and returns its number; nil if too much is unacknowledged.
    func append(_ record: some Collection<UInt8>) throws -> UInt64? {
        let number = try shared.withLock { shared -> UInt64? in
            if let failure = shared.failure { throw failure }
            if shared.frames.byteCount > byteCountMax { return nil }
            return shared.frames.append(record)
        }
        if !isRung.exchange(true, ordering: .acquiringAndReleasing) { bell?.ring() }
        return number
    }

    // MARK: The thread

    /// The bell was heard; before it looks for frames.
    func hush() { _ = isRung.exchange(false, ordering: .acquiringAndReleasing) }

    func rewind() { shared.withLock { $0.frames.rewind() } }

    func take(byteCountMax: Int) -> ArraySlice<UInt8> {
        shared.withLock { $0.frames.take(byteCountMax: byteCountMax) }
    }

    func acknowledge(_ number: UInt64) { shared.withLock { $0.frames.confirm(number) } }
    func fail(_ error: SourceError) { shared.withLock { $0.failure = error } }
}
