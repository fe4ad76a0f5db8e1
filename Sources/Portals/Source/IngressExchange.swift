// What an ingress's reader and the leader that polls it share: the batch in the making, what was
// taken in, and what is to be acknowledged.
import Synchronization

/// Between the thread that reads sockets and the leader that takes atoms in.
@usableFromInline
final class IngressExchange: @unchecked Sendable {  // The lock, or as each field says.
    /// What the lock guards.
    struct Shared {
        var batch = IngressBatch()
        /// The latest number of each client that is in the batch or was taken in.
        var arrived: [UInt64: UInt64] = [:]
        /// The latest of each that is durable.
        var durable: [UInt64: UInt64] = [:]
        /// Clients whose acknowledgements are to be sent.
        var told: Set<UInt64> = []
        /// Of atoms that were not seen to be durable, oldest first: the latest of each client.
        var pending: [(number: UInt64, latest: [UInt64: UInt64])] = []
        let options: IngressOptions
        /// The reader waits for room.
        var isBlocked = false
        var hasEnded = false
        var failure: String?
    }

    private let shared: Mutex<Shared>
    /// Something is to be polled: a batch, an end, a failure. Looked at at each step of the worker.
    private let waiting = Atomic<Bool>(false)
    /// Atoms below this number are durable. Written by the leader, who never waits for the lock.
    private let durableCount = Atomic<UInt64>(0)
    /// The bell was rung for that.
    private let isRung = Atomic<Bool>(false)
    /// Set before the first poll.
    let feed = FeedCell()
    var bell: Bell?
    let replies = ReplyBox()
    // Of the leader.
    var hasStarted = false
    private var nextNumber: UInt64 = 0

    init(_ options: IngressOptions) { shared = Mutex(Shared(options: options)) }

    // MARK: The leader

    func poll(_ atom: inout FeedAtom) -> FeedState {
        if !waiting.load(ordering: .acquiring) { return .nothing }
        var unblocks = false
        // Locked: the reader appends just now, and wakes the worker afterwards.
        let state = shared.withLockIfAvailable { shared -> FeedState in
            if shared.batch.count > 0 {
                shared.batch.write(to: &atom.record)
                shared.pending.append((nextNumber, shared.batch.latest))
                shared.batch.removeAll()
                unblocks = shared.isBlocked
                shared.isBlocked = false
                waiting.store(
                    shared.hasEnded || shared.failure != nil, ordering: .releasing)
                return .given
            }
            if let failure = shared.failure { return .failed(failure) }
            return shared.hasEnded ? .ended : .nothing
        }
        if state == .given { nextNumber += 1 }
        if unblocks { bell?.ring() }
        return state ?? .nothing
    }

    func replay(_ record: [UInt8], _ number: UInt64) -> String? {
        guard let (latest, receipts) = IngressBatch.read(record) else {
            return "its journal holds no records of an ingress"
        }
        nextNumber = number + 1
        for (client, received) in receipts { replies.receive(client, upTo: received) }
        shared.withLock { shared in
            for (client, number) in latest {
                shared.arrived[client] = number
                shared.durable[client] = number
            }
        }
        return nil
    }

    func durable(_ number: UInt64) {
        durableCount.store(number + 1, ordering: .relaxed)
        ring()
    }

    /// Wakes the reader once. Releases what was stored before; pairs with the acquiring exchange
    /// in `takeTold`.
    private func ring() {
        if !isRung.exchange(true, ordering: .acquiringAndReleasing) { bell?.ring() }
    }

    /// Takes replies over from a sink.
    func reply(_ ends: [(client: UInt64, end: Int)], _ bytes: [UInt8], partition: Int) {
        replies.append(ends, bytes, partition: partition)
        ring()
    }

    var isIdle: Bool { !waiting.load(ordering: .acquiring) }

    private static let stateMark = Array("INGRESS1".utf8)

    /// What a snapshot holds; all numbers are little-endian:
    /// ```
    /// │ INGRESS1 │ atoms │ client │ its latest number that was taken in │ client │ …
    /// │ 8        │ 8     │ 8      │ 8                                   │
    /// ```
    var stored: [UInt8] {
        shared.withLock { shared in
            var bytes = Self.stateMark
            bytes.append(number: nextNumber, byteCount: 8)
            var taken = shared.durable
            for atom in shared.pending { taken.merge(atom.latest) { max($0, $1) } }
            for (client, number) in taken.sorted(by: { $0.key < $1.key }) {
                bytes.append(number: client, byteCount: 8)
                bytes.append(number: number, byteCount: 8)
            }
            return bytes
        }
    }

    func restore(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: Self.stateMark), bytes.count % 16 == 0 else {
            return "the snapshot holds no state of an ingress"
        }
        nextNumber = bytes.number(at: 8, byteCount: 8)
        shared.withLock { shared in
            for start in stride(from: 16, to: bytes.count, by: 16) {
                let client = bytes.number(at: start, byteCount: 8)
                let number = bytes.number(at: start + 8, byteCount: 8)
                shared.arrived[client] = number
                shared.durable[client] = number
            }
        }
        return nil
    }

    // MARK: The reader

    /// Fills the batch with what a connection brought, in one hold of the lock.
    func filling(_ body: (inout Shared) -> Void) {
        shared.withLock { shared in
            body(&shared)
            if shared.batch.count > 0 { waiting.store(true, ordering: .releasing) }
        }
    }

    /// Wakes the leader, after what was taken.
    func published() { feed.feed?.arrived() }

    /// Acknowledgements to be sent.
    func takeTold() -> [(client: UInt64, number: UInt64)] {
        // Before the number is read: what is durable afterwards rings again.
        _ = isRung.exchange(false, ordering: .acquiringAndReleasing)
        let durable = durableCount.load(ordering: .relaxed)
        return shared.withLock { shared in
            shared.settle(below: durable)
            let told = shared.told.sorted().map { ($0, shared.durable[$0] ?? 0) }
            shared.told.removeAll()
            return told
        }
    }

    /// The batch is complete and waits for the leader.
    var isBlocked: Bool { shared.withLock { $0.isBlocked || $0.hasEnded } }

    func end() {
        shared.withLock { shared in
            shared.hasEnded = true
            waiting.store(true, ordering: .releasing)
        }
        feed.feed?.arrived()
    }

    func fail(_ reason: String) {
        shared.withLock { shared in
            shared.failure = reason
            waiting.store(true, ordering: .releasing)
        }
        feed.feed?.arrived()
    }
}

extension IngressExchange.Shared {
    enum Taken { case taken, full }

    /// Takes a record into the batch, unless it has come before.
    mutating func take(
        _ client: UInt64, _ number: UInt64, _ payload: ArraySlice<UInt8>
    ) -> Taken {
        if number <= arrived[client] ?? 0 {
            // It is sent again because its acknowledgement was lost; what is not durable yet is
            // acknowledged in its time.
            if durable[client] != nil { told.insert(client) }
            return .taken
        }
        if hasEnded { return .full }
        let isIn =
            batch.count < options.atomRecordsMax
            && batch.append(client, number, payload, byteCountMax: options.atomByteCountMax)
        if !isIn {
            isBlocked = true
            return .full
        }
        arrived[client] = number
        return .taken
    }

    /// A client has received its replies up to a number.
    mutating func receive(_ client: UInt64, upTo number: UInt64) {
        batch.note(receipt: number, of: client, byteCountMax: options.atomByteCountMax)
    }

    /// Atoms below a number are durable.
    mutating func settle(below number: UInt64) {
        var count = 0
        while count < pending.count, pending[count].number < number {
            for (client, number) in pending[count].latest {
                durable[client] = number
                told.insert(client)
            }
            count += 1
        }
        pending.removeFirst(count)
    }
}
