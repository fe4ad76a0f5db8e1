// How a partition runs a step, level by level.

extension Partition {
    /// Runs one level of one step, the later levels first; false if nothing is ready.
    func run() -> Bool {
        if steps.isEmpty { return false }
        if steps.first.isRefused { return refuseFirst() }
        var level = program.levelCount
        while level > 0 {
            level -= 1
            if advance(level) { return true }
        }
        return false
    }

    private func advance(_ level: Int) -> Bool {
        while cursors[level] - firstPosition < steps.count {
            let offset = cursors[level] - firstPosition
            let record = steps[offset]
            let input = Int(record.input)
            // Nothing follows a refused step but others like it.
            if record.isRefused { return false }
            let run = program.levels[input * program.levelCount + level]
            if !run.isActive {
                cursors[level] += 1
                continue
            }
            if !isReady(record, input, run) { return false }
            runLevel(run, record, offset, level)
            cursors[level] += 1
            steps[offset].levelsLeft -= 1
            let isLast = steps[offset].levelsLeft == 0
            if isLast && offset == 0 {
                endSteps()
            } else if run.gives {
                save(run, record.number)
            }
            return true
        }
        return false
    }

    private func isReady(
        _ record: StepRecord, _ input: Int, _ run: StepProgram.LevelRun
    ) -> Bool {
        if !record.hasEntered {
            let inlet = program.inputs[input].inlet
            if inlet >= 0
                && !program.inlets[inlet].with({
                    $0.has(record.producerStep, senders: record.senders)
                })
            {
                return false
            }
        }
        for index in run.waits.start..<run.waits.end
        where !program.inlets[program.waits[index]].with({ $0.hasAll(record.number) }) {
            return false
        }
        return true
    }

    private func runLevel(
        _ run: StepProgram.LevelRun, _ record: StepRecord, _ offset: Int, _ level: Int
    ) {
        step = StepInfo(number: record.number, time: record.time, root: record.root)
        let input = program.inputs[Int(record.input)]
        let isObserved =
            steppedDigests?.with { $0.begins(record.number, level: level) } ?? false
        if isObserved { openDigests(run) }
        if !record.hasEntered {
            steps[offset].hasEntered = true
            enter(record, input, isObserved, level)
        } else if !enteredReplies.isEmpty {
            deliverEntered(record.number, level)
        }
        if input.kind == .timer {
            for index in run.nodes.start..<run.nodes.end {
                program.nodes[index].node.with { $0.core?.expire(record.time) }
            }
        }
        let seals = input.kind == .seal
        for index in run.nodes.start..<run.nodes.end {
            let place = program.nodes[index]
            if place.feeds { feed(place, record.number) }
            place.node.with { $0.endAtom(seals: seals) }
            if isObserved { digest(place) }
            if place.exchanges { sendExchange(place, record.number) }
            if place.crosses { sendCrossings(place, record.number) }
        }
        // Here, not at the last level: this level of the next step may run before that.
        if letters >= 0 { nodes[letters].outlet.flush() }
        if isObserved { closeDigests(run) }
    }

    /// Hands the step's input to where it enters. Replies and time-outs enter where their askers
    /// are: a task of a later level may still have earlier steps before it.
    private func enter(
        _ record: StepRecord, _ input: StepProgram.InputRun, _ isObserved: Bool, _ level: Int
    ) {
        switch input.kind {
        case .source:
            input.node.with { $0.produce!(record.producerStep) }
        case .stream, .request, .reply:
            var senders = record.senders
            while senders != 0 {
                let sender = senders.trailingZeroBitCount
                senders &= senders - 1
                let part = program.inlets[input.inlet].with {
                    $0.take(sender: sender, step: record.producerStep)
                }
                if isObserved { digestInput(part, input, record, sender: sender) }
                if input.kind == .reply {
                    enter(replies: part, record.number, level)
                } else {
                    handle(part, input, sender)
                    unsafe worker.release(part)
                }
            }
        case .timer, .seal: break
        }
    }

    private func handle(_ part: Part, _ input: StepProgram.InputRun, _ sender: Int) {
        for index in 0..<part.chunkCount {
            let chunk = unsafe part.chunk(at: index)
            if input.kind == .stream {
                input.node.with {
                    unsafe $0.onChunk(chunk, chunk.pointee.isKeyed ? chunk.keys : nil)
                }
            } else {
                let origin = unsafe ReplyOrigin.make(
                    channel: input.replyChannel, partition: sender, use: chunk.pointee.use)
                input.node.with { unsafe $0.onRequests!(chunk, origin) }
            }
        }
    }

    /// Delivers the replies to the tasks of a level, and keeps the part for those of later ones.
    private func enter(replies part: Part, _ number: UInt64, _ level: Int) {
        if deliver(part, level) {
            unsafe worker.release(part)
        } else {
            enteredReplies.append(EnteredReplies(step: number, part: part))
        }
    }

    /// The same for parts that a step's earlier levels have kept.
    private func deliverEntered(_ number: UInt64, _ level: Int) {
        enteredReplies.removeAll { entered in
            guard entered.step == number, deliver(entered.part, level) else { return false }
            unsafe worker.release(entered.part)
            return true
        }
    }

    /// True if no later level has replies in the part.
    private func deliver(_ part: Part, _ level: Int) -> Bool {
        var isLast = true
        for index in 0..<part.chunkCount {
            let chunk = unsafe part.chunk(at: index)
            let use = unsafe allUses[Int(chunk.pointee.use)]
            if use.level == level { unsafe use.deliver!(chunk) }
            if use.level > level { isLast = false }
        }
        return isLast
    }

    /// Gives a node what waits for it: parts of other partitions or levels, and held chunks.
    func feed(_ place: StepProgram.NodeRun, _ step: UInt64) {
        place.plan.with { plan in
            place.node.with { node in
                for index in plan.ports.indices {
                    if case .inlet(let inlet) = plan.ports[index].kind {
                        program.inlets[inlet].with {
                            if $0.isNext(step) {
                                feed($0, step, node, index, nodes[plan.ports[index].source])
                            }
                        }
                    } else if node.ports[index].mode == .held && !node.holdsChunks {
                        node.ports[index].drain()
                    }
                }
            }
        }
    }

    func feed(
        _ inlet: Inlet, _ step: UInt64, _ node: Node, _ port: Int, _ source: Node
    ) {
        for sender in 0..<inlet.senderCount {
            let part = inlet.take(sender: sender, step: step)
            if part.isEmpty { continue }
            node.hasEvents = true
            for index in 0..<part.chunkCount {
                let chunk = unsafe part.chunk(at: index)
                let keys: KeyColumn?
                if let keysOfArrivals = unsafe source.keysOfArrivals {
                    unsafe keys = unsafe keysOfArrivals(chunk)
                } else {
                    unsafe keys = unsafe chunk.pointee.isKeyed ? chunk.keys : nil
                }
                // A sink of an atomic workflow must not see it before the step counts.
                if node.holdsChunks {
                    unsafe node.ports[port].accept(chunk, keys)
                } else {
                    unsafe node.onChunk(chunk, keys)
                }
            }
            unsafe worker.release(part)
        }
    }
}
