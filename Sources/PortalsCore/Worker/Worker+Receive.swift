// What a worker does with a message of another.

extension Worker {
    func deliver(_ message: Message) {
        switch unsafe Message.Kind(rawValue: message.kind).unsafelyUnwrapped {
        case .part:
            unsafe directory.runningPartitions[Int(message.target)].with { partition in
                partition.arrive(
                    Part(bits: message.b), inlet: Int(message.a), sender: Int(message.sender),
                    step: message.step)
                schedule(partition)
            }
            if message.flag == 0 { return }
            with(UInt32(truncatingIfNeeded: message.e)) { leader in
                leader.receive(
                    input: Int(message.f), step: message.step,
                    root: UInt32(truncatingIfNeeded: message.c), mask: message.d, sender: 0)
                wake(leader)
            }
        case .decision:
            unsafe directory.runningPartitions[Int(message.target)].with { partition in
                partition.decide(
                    StepRecord(
                        number: message.step, time: message.d, producerStep: message.b,
                        senders: message.c, root: UInt32(truncatingIfNeeded: message.e),
                        input: UInt16(truncatingIfNeeded: message.a), levelsLeft: message.flag))
                schedule(partition)
            }
        case .done: with(message.target) { noteDone($0, message) }
        case .available: with(message.target) { noteAvailable($0, message) }
        case .release: pool.release(Part(bits: message.b))
        case .verdict:
            unsafe directory.runningPartitions[Int(message.target)].with { partition in
                partition.settle(message.step, commits: message.a == 1)
                schedule(partition)
            }
        case .completed: with(message.target) { $0.upstreamCompleted(Int(message.a)) }
        case .ended: ended(message.target, number: message.a, drain: message.b)
        case .deadline:
            with(message.target) { $0.expect(message.a) }
            hasDeadlines = true
        }
    }

    private func noteDone(_ leader: Leader, _ message: Message) {
        let base = Int(message.a)
        let count = min(4, leader.channelCount - base)
        let sender = Int(message.sender)
        func note(_ offset: Int, _ mask: UInt64) {
            if mask == 0 || offset >= count { return }
            leader.note(message.step, partition: sender, channel: base + offset, mask: mask)
        }
        note(0, message.b)
        note(1, message.c)
        note(2, message.d)
        note(3, message.e)
        if message.flag & 1 != 0 { return }
        leader.done(
            message.step, partition: sender, pending: Int(message.f),
            failed: message.flag & 2 != 0)
        wake(leader)
    }

    private func noteAvailable(_ leader: Leader, _ message: Message) {
        let input = Int(message.a)
        let base = Int(message.sender)
        let count = leader.senderCount(of: input) - base
        let root = UInt32(truncatingIfNeeded: message.f)
        func receive(_ offset: Int, _ mask: UInt64) {
            if offset >= count { return }
            leader.receive(
                input: input, step: message.step, root: root, mask: mask, sender: base + offset)
        }
        receive(0, message.b)
        receive(1, message.c)
        receive(2, message.d)
        receive(3, message.e)
        wake(leader)
    }

    @inline(__always)
    func with(_ element: UInt32, _ body: (Leader) -> Void) {
        unsafe directory.runningLeaders[Int(element)].with(body)
    }

    func wake(_ leader: Leader) {
        unsafe directory.runningPartitions[leader.firstPartition].with { schedule($0) }
    }
}
