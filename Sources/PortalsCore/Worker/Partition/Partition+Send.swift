// What a step of a partition sends: parts between its levels, and its outputs.

extension Partition {
    func sendExchange(_ place: StepProgram.NodeRun, _ step: UInt64) {
        place.plan.with { plan in
            place.node.with { node in
                let buffers = unsafe node.exchange.unsafelyUnwrapped.buffers
                for destination in 0..<partitionCount {
                    let part = unsafe buffers[destination].take()
                    for number in plan.exchangeInlets.indices {
                        if number > 0 { unsafe worker.pool.retain(part) }
                        unsafe worker.send(
                            part, to: element.firstPartition + destination,
                            inlet: plan.exchangeInlets[number], sender: index, step: step)
                    }
                }
            }
        }
    }

    func sendCrossings(_ place: StepProgram.NodeRun, _ step: UInt64) {
        place.plan.with { plan in
            for crossing in plan.crossings {
                let part = unsafe worker.pool.makePart(
                    &nodes[crossing.node].ports[crossing.port].waiting)
                inlets[crossing.inlet].append(part, sender: 0, step: step)
            }
        }
    }

    /// Sends what the step gave, channel by channel.
    func sendOutputs(_ number: UInt64) {
        for channel in 0..<program.channels.count {
            masks[channel] = 0
            let run = program.channels[channel]
            switch run.kind {
            case .stream:
                sendStream(channel, run, number)
            case .requests:
                for destination in 0..<run.consumerPartitions {
                    gather(number, channel, destination)
                    for use in run.requests.start..<run.requests.end {
                        unsafe program.requests[use][destination].drain(into: &gathered)
                    }
                    sendGathered(channel, run, destination, number)
                }
            case .replies:
                let buffers = unsafe replyBuffers[run.replyIndex]
                for destination in 0..<run.consumerPartitions {
                    gather(number, channel, destination)
                    unsafe buffers[destination].drain(into: &gathered)
                    sendGathered(channel, run, destination, number)
                }
            }
        }
        // Streams are shared by their channels; what nobody took is dropped here.
        for index in 0..<program.collectors.count {
            program.collectors[index].with { collector in
                while !collector.waiting.isEmpty {
                    unsafe worker.pool.release(collector.waiting.removeFirst().asChunk)
                }
            }
        }
        if !saved.isEmpty {
            for part in saved where part.step == number { unsafe worker.pool.release(part.part) }
            saved.removeAll { $0.step == number }
        }
    }

    private func sendStream(
        _ channel: Int, _ run: StepProgram.ChannelRun, _ number: UInt64
    ) {
        guard number >= run.firstStep, let collector = run.collector else { return }
        gather(number, -1 - run.node, 0)
        collector.with { collector in
            for offset in 0..<collector.waiting.count {
                let chunk = collector.waiting[offset]
                unsafe chunk.asChunk.retain()
                gathered.append(chunk)
            }
        }
        if run.consumer < 0 {
            retain(run.node, number)
        } else {
            sendGathered(channel, run, index % run.consumerPartitions, number)
        }
    }

    private func gather(_ number: UInt64, _ channel: Int, _ destination: Int) {
        if saved.isEmpty { return }
        for entry in saved
        where entry.step == number && entry.channel == channel && entry.destination == destination {
            for index in 0..<entry.part.chunkCount {
                let chunk = unsafe entry.part.chunk(at: index)
                unsafe chunk.retain()
                gathered.append(UInt64(UInt(bitPattern: chunk)))
            }
        }
    }

    private func sendGathered(
        _ channel: Int, _ run: StepProgram.ChannelRun, _ destination: Int, _ number: UInt64
    ) {
        if gathered.isEmpty { return }
        let part = unsafe worker.pool.makePart(&gathered)
        masks[channel] |= 1 << UInt64(destination)
        unsafe worker.send(
            part, to: run.consumer + destination, inlet: run.inlet, sender: index, step: number)
    }
}
