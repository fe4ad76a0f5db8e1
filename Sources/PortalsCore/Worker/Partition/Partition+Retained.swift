// Parts that a stream keeps for consumers that come later.

extension Partition {
    func retain(_ node: Int, _ number: UInt64) {
        if gathered.isEmpty { return }
        masks[element.retentionChannel(of: node)] = 1
        let part = unsafe worker.pool.makePart(&gathered)
        let box = retained[node] ?? Queue<RetainedPart>.Box()
        retained[node] = box
        box.queue.append(RetainedPart(step: number, part: part))
        // The leader counts what has retired; this partition may be ahead of it by as much as a
        // pipeline.
        while box.queue.count > element.definition.retainedAtoms + Leader.pipelineDepth {
            unsafe worker.pool.release(box.queue.removeFirst().part)
        }
    }

    /// Sends retained parts to a consumer that was attached late.
    func replay(node: Int, channel: ChannelPlan, consumer: ElementPlan) {
        guard let box = retained[node] else { return }
        for offset in 0..<box.queue.count where box.queue[offset].step >= channel.firstStep {
            let entry = box.queue[offset]
            unsafe worker.pool.retain(entry.part)
            unsafe worker.send(
                entry.part, to: consumer.firstPartition + index % channel.consumerPartitions,
                inlet: consumer.inputs[channel.input].inlet, sender: index, step: entry.step)
        }
    }
}

struct RetainedPart: BitwiseCopyable {
    var step: UInt64
    var part: Part
}

extension Queue {
    /// A queue as a dictionary's value.
    final class Box {
        var queue = Queue(capacity: 8)
    }
}
