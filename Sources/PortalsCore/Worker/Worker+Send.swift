// What workers tell each other, by a ring or, where both ends are one worker, by a call.

extension Worker {
    /// Sends a part to a partition's inlet; what stays here skips the ring.
    func send(_ part: Part, to partition: Int, inlet: Int, sender: Int, step: UInt64) {
        let worker = unsafe directory.partitionWorkers[partition]
        if worker == index {
            return unsafe directory.runningPartitions[partition].with { target in
                target.arrive(part, inlet: inlet, sender: sender, step: step)
                schedule(target)
            }
        }
        var message = Message(.part, target: partition)
        message.sender = UInt16(truncatingIfNeeded: sender)
        message.step = step
        message.a = UInt64(inlet)
        message.b = part.bits
        push(message, to: worker)
        if unsafe peers[worker].outbox.isEmpty {
            unsafe peers[worker].partTail = unsafe peers[worker].producer.tail
        }
    }

    func send(_ record: StepRecord, to id: Int) {
        let worker = unsafe directory.partitionWorkers[id]
        if worker == index {
            return unsafe directory.runningPartitions[id].with { target in
                target.decide(record)
                schedule(target)
            }
        }
        var message = Message(.decision, target: id)
        message.flag = record.levelsLeft
        message.step = record.number
        message.a = UInt64(record.input)
        message.b = record.producerStep
        message.c = record.senders
        message.d = record.time
        message.e = UInt64(record.root)
        push(message, to: worker)
    }

    func sendVerdict(_ number: UInt64, element: ElementPlan, partition: Int, commits: Bool) {
        let id = element.firstPartition + partition
        let worker = unsafe directory.partitionWorkers[id]
        if worker == index {
            return unsafe directory.runningPartitions[id].with { target in
                target.settle(number, commits: commits)
                schedule(target)
            }
        }
        var message = Message(.verdict, target: id)
        message.step = number
        message.a = commits ? 1 : 0
        push(message, to: worker)
    }

    func report(
        done number: UInt64, element: ElementPlan, partition: Int, masks: UnsafePointer<UInt64>,
        channelCount: Int, pending: Int, failed: Bool
    ) {
        let worker = unsafe directory.partitionWorkers[element.firstPartition]
        if worker == index {
            return with(UInt32(truncatingIfNeeded: element.id)) { leader in
                for channel in 0..<channelCount where unsafe masks[channel] != 0 {
                    unsafe leader.note(
                        number, partition: partition, channel: channel, mask: masks[channel])
                }
                leader.done(number, partition: partition, pending: pending, failed: failed)
                wake(leader)
            }
        }
        var base = 0
        repeat {
            var message = Message(.done, target: element.id)
            message.sender = UInt16(truncatingIfNeeded: partition)
            message.step = number
            message.a = UInt64(base)
            if base < channelCount { message.b = unsafe masks[base] }
            if base + 1 < channelCount { message.c = unsafe masks[base + 1] }
            if base + 2 < channelCount { message.d = unsafe masks[base + 2] }
            if base + 3 < channelCount { message.e = unsafe masks[base + 3] }
            message.f = UInt64(pending)
            base += 4
            message.flag = UInt8(base < channelCount ? 1 : 0) | UInt8(failed ? 2 : 0)
            push(message, to: worker)
        } while base < channelCount
    }

    func sendAvailable(
        _ line: ChannelLine, step: UInt64, root: UInt32, masks: UnsafePointer<UInt64>, count: Int
    ) {
        let element = line.consumer
        let input = line.input
        let worker = unsafe directory.partitionWorkers[line.firstPartition]
        if worker == index {
            return with(UInt32(truncatingIfNeeded: element)) { leader in
                for sender in 0..<count {
                    unsafe leader.receive(
                        input: input, step: step, root: root, mask: masks[sender],
                        sender: sender)
                }
                wake(leader)
            }
        }
        if count == 1, unsafe amendPart(line, to: worker, step: step, root: root, mask: masks[0]) {
            return
        }
        var base = 0
        while base < count {
            var message = Message(.available, target: element)
            message.sender = UInt16(truncatingIfNeeded: base)
            message.step = step
            message.a = UInt64(input)
            message.b = unsafe masks[base]
            if base + 1 < count { message.c = unsafe masks[base + 1] }
            if base + 2 < count { message.d = unsafe masks[base + 2] }
            if base + 3 < count { message.e = unsafe masks[base + 3] }
            message.f = UInt64(root)
            push(message, to: worker)
            base += 4
        }
    }

    func sendCompleted(_ producer: Int, to element: Int) {
        let plan = unsafe directory.elements[element]
        let worker = unsafe directory.partitionWorkers[plan.firstPartition]
        if worker == index {
            return with(UInt32(element)) { $0.upstreamCompleted(producer) }
        }
        var message = Message(.completed, target: element)
        message.a = UInt64(producer)
        push(message, to: worker)
    }

    /// Tells the leader of a fed element that an atom has ended.
    ///
    /// - Parameter drain: with which its last outputs became durable; `max` if they waited for
    ///   none.
    func sendEnded(_ atom: RootAtom, drain: UInt64) {
        let plan = unsafe directory.elements[Int(atom.fedElement)]
        let worker = unsafe directory.partitionWorkers[plan.firstPartition]
        if worker == index { return ended(atom.fedElement, number: atom.number, drain: drain) }
        var message = Message(.ended, target: Int(atom.fedElement))
        message.a = atom.number
        message.b = drain
        push(message, to: worker)
    }

    /// An atom of a feed that is led here has ended: its feed is told, now or when the sinks of all
    /// workers have shown what became durable with its end.
    func ended(_ element: UInt32, number: UInt64, drain: UInt64) {
        if drain != .max, let steppedOutputs {
            steppedOutputs.with { $0.holdCompletion(element: element, number: number, drain) }
        } else {
            with(element) { $0.fedAtomIsCompleted(number) }
        }
    }

    func sendDeadline(_ time: UInt64, element: ElementPlan) {
        let worker = unsafe directory.partitionWorkers[element.firstPartition]
        if worker == index {
            hasDeadlines = true
            return with(UInt32(element.id)) { $0.expect(time) }
        }
        var message = Message(.deadline, target: element.id)
        message.a = time
        push(message, to: worker)
    }

    /// Gives a part back that was read.
    func release(_ part: Part) {
        if part.isEmpty { return }
        let owner = unsafe Int(part.chunk.pointee.owner)
        if owner == index { return pool.release(part) }
        var message = Message(.release, target: 0)
        message.b = part.bits
        push(message, to: owner)
    }
}
