// The rings between workers: what is staged, handed over, and waits for room.

extension Worker {
    /// The two rings between this worker and another, and what did not fit.
    struct Peer: ~Copyable {
        var producer: RingProducer<Message>
        var consumer: RingConsumer<Message>
        var outbox = Queue<Message>(capacity: 64)
        var hasStaged = false
        /// The producer's tail behind the last part, while that is staged; else `noPart`.
        var partTail = Self.noPart
        static var noPart: UInt64 { .max }
        /// Around producer and consumer, where the rings are locked; shared with the other side.
        var sendLock: QueueLock?
        var receiveLock: QueueLock?
    }

    /// Workers and the rings between each two of them.
    static func make(
        count: Int, ringCapacity: Int, locks: Bool, directory: Directory,
        memory: (Int) -> MemorySource,
        clock: @escaping () -> UInt64
    ) -> [Worker] {
        // ring[i][j] carries messages from i to j, in memory of j's node: j reads them all.
        var producers: [UnsafeMutablePointer<RingProducer<Message>>] = unsafe []
        var consumers: [UnsafeMutablePointer<RingConsumer<Message>>] = unsafe []
        let queueLocks = (0..<(count * count)).map { _ in locks ? QueueLock() : nil }
        for source in 0..<count {
            for target in 0..<count {
                // Nobody sends to itself through a ring: the smallest there is keeps the place.
                let capacity = source == target ? 1 : ringCapacity
                let ring = SPSCRing<Message>(capacity: capacity, memory: memory(target))
                let producer = UnsafeMutablePointer<RingProducer<Message>>.allocate(capacity: 1)
                let consumer = UnsafeMutablePointer<RingConsumer<Message>>.allocate(capacity: 1)
                unsafe producer.initialize(to: ring.producer)
                unsafe consumer.initialize(to: ring.consumer)
                unsafe producers.append(producer)
                unsafe consumers.append(consumer)
            }
        }
        let workers = (0..<count).map { index in
            let peers = UnsafeMutablePointer<Peer>.allocate(capacity: count)
            for other in 0..<count {
                unsafe (peers + other).initialize(
                    to: Peer(
                        producer: producers[index * count + other].move(),
                        consumer: consumers[other * count + index].move(),
                        sendLock: queueLocks[index * count + other],
                        receiveLock: queueLocks[other * count + index]))
            }
            return unsafe Worker(
                index: index, peers: peers, peerCount: count, directory: directory,
                locksRings: locks, memory: memory(index), clock: clock)
        }
        for index in unsafe producers.indices { unsafe producers[index].deallocate() }
        for index in unsafe consumers.indices { unsafe consumers[index].deallocate() }
        directory.workers = workers
        return workers
    }

    /// Another worker has handed something over.
    var hasArrivals: Bool {
        for peer in 0..<peerCount where unsafe peer != index && peers[peer].consumer.hasItems {
            return true
        }
        return false
    }

    /// A message waits. Any thread may ask on the worker's behalf while it stands still.
    var hasMessages: Bool { hasArrivals || outboxCount > 0 }

    func poll() -> Bool {
        if locksRings { return pollLocked() }
        var worked = false
        for peer in 0..<peerCount where peer != index {
            if unsafe peers[peer].consumer.popAll({ deliver($0) }) > 0 { worked = true }
        }
        return worked
    }

    /// One message at a time, each under the lock.
    private func pollLocked() -> Bool {
        var worked = false
        for peer in 0..<peerCount where peer != index {
            guard let lock = unsafe peers[peer].receiveLock else { continue }
            // As many as a ring holds: what comes meanwhile waits for the next turn.
            for _ in 0..<1_024 {
                guard let message = lock.locked({ unsafe peers[peer].consumer.tryPop() })
                else { break }
                deliver(message)
                worked = true
            }
        }
        return worked
    }

    private func pushLocked(_ message: Message, to worker: Int) {
        guard let lock = unsafe peers[worker].sendLock else { return }
        let isPushed = lock.locked {
            unsafe peers[worker].outbox.isEmpty && peers[worker].producer.tryPush(message)
        }
        if isPushed { return }
        unsafe peers[worker].outbox.append(message)
        outboxCount &+= 1
    }

    private func publishLocked(_ peer: Int) -> Bool {
        guard let lock = unsafe peers[peer].sendLock else { return false }
        var moved = false
        while unsafe !peers[peer].outbox.isEmpty {
            let isPushed = lock.locked {
                unsafe peers[peer].producer.tryPush(peers[peer].outbox.first)
            }
            if !isPushed { break }
            _ = unsafe peers[peer].outbox.removeFirst()
            outboxCount &-= 1
            moved = true
        }
        unsafe peers[peer].hasStaged = unsafe !peers[peer].outbox.isEmpty
        if let wake { wake(peer) }
        return moved
    }

    func push(_ message: Message, to worker: Int) {
        unsafe peers[worker].hasStaged = true
        if locksRings { return pushLocked(message, to: worker) }
        if unsafe peers[worker].outbox.isEmpty && peers[worker].producer.stage(message) { return }
        // A full ring never stops a worker: what does not fit waits here, in order.
        unsafe peers[worker].outbox.append(message)
        outboxCount &+= 1
    }

    /// Hands staged messages over; true if some had waited for room.
    func publish() -> Bool {
        var moved = false
        for peer in 0..<peerCount where unsafe peers[peer].hasStaged {
            if locksRings {
                if publishLocked(peer) { moved = true }
                continue
            }
            while unsafe !peers[peer].outbox.isEmpty
                && peers[peer].producer.stage(peers[peer].outbox.first)
            {
                _ = unsafe peers[peer].outbox.removeFirst()
                outboxCount &-= 1
                moved = true
            }
            unsafe peers[peer].producer.publish()
            unsafe peers[peer].partTail = Peer.noPart
            unsafe peers[peer].hasStaged = unsafe !peers[peer].outbox.isEmpty
            if let wake { wake(peer) }
        }
        return moved
    }

    /// Says with the part itself that its atom is available, if that is the whole atom and was
    /// staged just now: one line less between the cores.
    func amendPart(
        _ line: ChannelLine, to worker: Int, step: UInt64, root: UInt32, mask: UInt64
    ) -> Bool {
        // A locked ring has given it away.
        guard !locksRings, unsafe peers[worker].partTail == peers[worker].producer.tail,
            unsafe peers[worker].outbox.isEmpty
        else { return false }
        let target = UInt32(truncatingIfNeeded: line.firstPartition + mask.trailingZeroBitCount)
        var fits = false
        unsafe peers[worker].producer.amendLast { message in
            fits =
                message.target == target && message.step == step && mask & (mask &- 1) == 0
                && message.a == UInt64(truncatingIfNeeded: line.inlet)
            if !fits { return }
            message.flag = 1
            message.c = UInt64(root)
            message.d = mask
            message.e = UInt64(truncatingIfNeeded: line.consumer)
            message.f = UInt64(truncatingIfNeeded: line.input)
        }
        if fits { unsafe peers[worker].partTail = Peer.noPart }
        return fits
    }

    /// The blocks of the rings that it reads.
    var ringAddresses: [UnsafeRawPointer] {
        unsafe (0..<peerCount).filter { $0 != index }
            .map { unsafe UnsafeRawPointer(peers[$0].consumer.base) }
    }
}
