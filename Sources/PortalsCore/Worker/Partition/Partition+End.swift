// The end of a step: what it gave is kept until then, sent, and reported to the leader.

extension Partition {
    /// Keeps what a level gave until its step ends.
    func save(_ run: StepProgram.LevelRun, _ number: UInt64) {
        for place in run.nodes.start..<run.nodes.end {
            let index = program.nodes[place].number
            let node = nodes[index]
            if let core = node.core {
                for use in core.uses {
                    for destination in 0..<use.requests.count
                    where unsafe !use.requests.buffers[destination].isEmpty {
                        let part = unsafe use.requests.buffers[destination].take()
                        saved.append(
                            SavedPart(
                                step: number, channel: use.channel, destination: destination,
                                part: part))
                    }
                }
            }
            saveCollected(index, number)
        }
        if letters >= 0 { saveCollected(letters, number) }
        for (channel, buffers) in replies.enumerated() {
            for destination in 0..<buffers.count where unsafe !buffers.buffers[destination].isEmpty
            {
                unsafe saved.append(
                    SavedPart(
                        step: number, channel: element.replyChannels[channel],
                        destination: destination,
                        part: buffers.buffers[destination].take()))
            }
        }
    }

    private func saveCollected(_ index: Int, _ number: UInt64) {
        guard let collector = nodes[index].collector, !collector.waiting.isEmpty else { return }
        unsafe saved.append(
            SavedPart(
                step: number, channel: -1 - index, destination: 0,
                part: worker.pool.makePart(&collector.waiting)))
    }

    /// Ends the steps at the front whose levels have all run.
    func endSteps() {
        while !steps.isEmpty && steps.first.levelsLeft == 0 && !steps.first.isRefused {
            let record = steps.first
            step = StepInfo(number: record.number, time: record.time, root: record.root)
            if isAtomic {
                if !steps.first.hasVoted {
                    steps[0].hasVoted = true
                    for channel in 0..<masks.count { masks[channel] = 0 }
                    reportDone(record.number, votes: true)
                }
                return
            }
            end(record)
        }
    }

    func end(_ record: StepRecord) {
        _ = steps.removeFirst()
        firstPosition += 1
        for level in 0..<cursors.count where cursors[level] < firstPosition {
            cursors[level] = firstPosition
        }
        for index in 0..<program.sinks.count {
            program.sinks[index].with { node in
                if !node.hasSunk { return }
                node.hasSunk = false
                node.onStepEnd?(step)
            }
        }
        if program.inputs[Int(record.input)].kind == .seal {
            for index in 0..<program.sinks.count { program.sinks[index].with { $0.onSeal?() } }
        }
        sendOutputs(record.number)
        endedSteps = record.number + 1
        if earliestDeadline != .max {
            unsafe worker.sendDeadline(earliestDeadline, element: element)
            earliestDeadline = .max
        }
        reportDone(record.number, votes: false)
    }

    private func reportDone(_ number: UInt64, votes: Bool) {
        var pending = 0
        for asker in 0..<program.askers.count {
            pending += program.askers[asker].with { $0.pendingAsks!() }
        }
        unsafe worker.report(
            done: number, element: element, partition: index, masks: masks.address,
            channelCount: masks.count, pending: pending, failed: votes && hasFailed)
    }
}
