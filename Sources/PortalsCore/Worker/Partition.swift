// One partition of one element: its nodes, the steps it was told, the parts that have arrived; and
// how a step is run, level by level, and ended.

/// One partition of an element, on one worker.
///
/// - Ownership: its worker's thread alone.
@safe public final class Partition {
    /// Global, over all elements.
    let id: Int
    /// In `0..<partitionCount`.
    @usableFromInline let index: Int
    @usableFromInline let partitionCount: Int
    let element: ElementPlan
    @usableFromInline unowned(unsafe) let worker: Worker
    @usableFromInline let seed: UInt64
    /// Its steps count only when all partitions agree.
    @usableFromInline let isAtomic: Bool
    /// The smallest key that belongs here: of what is emitted where no key is current.
    @usableFromInline let ownKey: Key
    /// The step being run.
    @usableFromInline var step = StepInfo(number: 0, time: 0, root: .max)
    /// Replies to be sent, by reply channel.
    private(set) var replies: [PartBuffers] = []
    /// Their buffers, by reply channel, at a fixed address until a launch adds channels.
    @usableFromInline var replyBuffers: UnsafeMutablePointer<UnsafeMutablePointer<PartBuffer>>
    /// A handler of the current atomic step has thrown.
    @usableFromInline var hasFailed = false
    /// Requests that its continuations work on; of the current atomic step, those in its handlers'
    /// hands, and those that it ended.
    var openRequests = OpenRequests()
    var keptRequests: [Int] = []
    var endedRequests: [Int] = []
    /// Events that no split wanted.
    @usableFromInline let dropped = DropCount()

    private(set) var nodes: [Node] = []
    private var inlets: [Inlet] = []
    /// What a step runs of all this.
    private var program = StepProgram()
    /// The node of dead letters; negative where there is none.
    private let letters: Int
    /// Decided steps, oldest first; positions count from the first ever.
    private var steps = Queue<StepRecord>(capacity: 16)
    private var firstPosition = 0
    private var cursors = Row<Int>()
    /// Parts of steps that have not ended, from levels that ran ahead.
    private var saved: [SavedPart] = []
    private var retained: [Int: Queue<RetainedPart>.Box] = [:]
    private var usesMade = 0
    private var allUses: [AskUse] = []
    private var earliestDeadline = UInt64.max
    private var gathered = Queue<UInt64>(capacity: 8)
    /// Of the step that ends: for each channel the destinations with a part.
    private var masks = Row<UInt64>()
    /// It waits in its worker's run queue.
    var isScheduled = false
    /// The leader, where this partition leads its element.
    var leader: Leader? { didSet { isLeading = leader != nil } }
    private(set) var isLeading = false
    /// The number after the last step that ended here.
    private(set) var endedSteps: UInt64 = 0

    /// Goes on from where a snapshot was taken.
    func restore(endedSteps number: UInt64) { endedSteps = number }

    init(id: Int, index: Int, element: ElementPlan, worker: Worker, seed: UInt64) {
        self.id = id
        self.index = index
        self.element = element
        unsafe self.worker = worker
        self.seed = seed
        partitionCount = element.partitionCount
        isAtomic = element.isAtomic
        unsafe replyBuffers = .allocate(capacity: 0)
        let count = element.partitionCount
        ownKey = unsafe (0...).first { partition(of: $0, count: count) == index }.unsafelyUnwrapped
        letters = element.definition.deadLetterNode?.index ?? -1
        cursors.fill(0, count: element.levelCount)
    }

    deinit {
        unsafe replyBuffers.deallocate()
        for node in nodes { node.tearDown?() }
    }

    /// Makes the nodes and ties them; once, when everything is planned.
    func build() {
        for node in element.nodes {
            // A generator that is fused in makes the events in place of the source node.
            let definition =
                unsafe node.definition.kind == .source && element.generator != nil
                ? element.generator.unsafelyUnwrapped.nodes[0] : node.definition
            let made = definition.make(self, node.definition)
            nodes.append(made)
        }
        for (index, plan) in element.nodes.enumerated() {
            for port in plan.ports {
                let held = port.kind != .direct || nodes[index].holdsChunks
                let made = Port(node: nodes[index], mode: held ? .held : .direct)
                nodes[index].ports.append(made)
                if element.nodes[port.source].exchangeInlets.isEmpty {
                    nodes[port.source].outlet.feed(made)
                }
            }
        }
        extend()
    }

    /// Adds what a launch added: inlets, reply channels, collectors.
    func extend() {
        for number in inlets.count..<max(inlets.count, element.inlets.count) {
            inlets.append(Inlet(senderCount: element.inlets[number].senderCount))
        }
        for number in replies.count..<max(replies.count, element.replyChannels.count) {
            let channel = element.channels[element.replyChannels[number]]
            unsafe replies.append(
                PartBuffers(
                    count: channel.consumerPartitions,
                    layout: ChunkLayout(stride: 8, alignment: 8, tagged: true, element: nil),
                    pool: worker.pool))
        }
        unsafe replyBuffers.deallocate()
        unsafe replyBuffers = .allocate(capacity: max(1, replies.count))
        for (number, buffers) in replies.enumerated() {
            unsafe (replyBuffers + number).initialize(to: buffers.buffers)
        }
        for (index, plan) in element.nodes.enumerated()
        where plan.isCollected && nodes[index].collector == nil {
            let collector = Port(node: nodes[index], mode: .held)
            // Chunks that leave are of the node's output type: its own copier knows its input only.
            collector.copiesOutput = true
            nodes[index].collector = collector
            nodes[index].outlet.feed(collector)
        }
        masks.fill(0, count: element.channels.count)
        program = unsafe StepProgram(
            element: element, nodes: nodes, inlets: inlets, uses: allUses,
            directory: worker.directory)
    }

    /// A task's use of a portal, in the order of nodes and asks.
    @usableFromInline
    func makeUse(
        _ definition: NodeDefinition, _ portal: PortalDefinition, _ layout: ChunkLayout
    ) -> AskUse {
        let channel = element.useChannels[usesMade]
        let use = unsafe AskUse(
            portal: portal, index: UInt16(usesMade), channel: channel,
            requests: PartBuffers(
                count: element.channels[channel].consumerPartitions, layout: layout,
                pool: worker.pool))
        usesMade += 1
        allUses.append(use)
        return use
    }

    // MARK: Arrivals

    /// A part has arrived at an inlet.
    func arrive(_ part: Part, inlet: Int, sender: Int, step: UInt64) {
        program.inlets[inlet].with { $0.append(part, sender: sender, step: step) }
    }

    /// The leader has decided a step.
    func decide(_ record: StepRecord) { steps.append(record) }

    // MARK: Run

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
            runLevel(run, record, offset)
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

    private func runLevel(_ run: StepProgram.LevelRun, _ record: StepRecord, _ offset: Int) {
        step = StepInfo(number: record.number, time: record.time, root: record.root)
        let input = program.inputs[Int(record.input)]
        if !record.hasEntered {
            steps[offset].hasEntered = true
            enter(record, input)
        }
        let seals = input.kind == .seal
        for index in run.nodes.start..<run.nodes.end {
            let place = program.nodes[index]
            if place.feeds { feed(place, record.number) }
            place.node.with { $0.endAtom(seals: seals) }
            if place.exchanges { sendExchange(place, record.number) }
            if place.crosses { sendCrossings(place, record.number) }
        }
        // Here, not at the last level: this level of the next step may run before that.
        if letters >= 0 { nodes[letters].outlet.flush() }
    }

    /// Hands the step's input to where it enters.
    private func enter(_ record: StepRecord, _ input: StepProgram.InputRun) {
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
                handle(part, input, sender)
                unsafe worker.release(part)
            }
        case .timer:
            for node in nodes { node.core?.expire(record.time) }
        case .seal: break
        }
    }

    private func handle(_ part: Part, _ input: StepProgram.InputRun, _ sender: Int) {
        for index in 0..<part.chunkCount {
            let chunk = unsafe part.chunk(at: index)
            switch input.kind {
            case .stream:
                input.node.with {
                    unsafe $0.onChunk(chunk, chunk.pointee.isKeyed ? chunk.keys : nil)
                }
            case .request:
                let origin = unsafe ReplyOrigin.make(
                    channel: input.replyChannel, partition: sender, use: chunk.pointee.use)
                input.node.with { unsafe $0.onRequests!(chunk, origin) }
            case .reply:
                let use = unsafe allUses[Int(chunk.pointee.use)]
                unsafe use.deliver!(chunk)
            default: break
            }
        }
    }

    /// Gives a node what waits for it: parts of other partitions or levels, and held chunks.
    private func feed(_ place: StepProgram.NodeRun, _ step: UInt64) {
        place.plan.with { plan in
            place.node.with { node in
                for index in plan.ports.indices {
                    if case .inlet(let inlet) = plan.ports[index].kind {
                        program.inlets[inlet].with {
                            if $0.isNext(step) {
                                feed($0, step, node.ports[index], plan.ports[index].source)
                            }
                        }
                    } else if node.ports[index].mode == .held && !node.holdsChunks {
                        node.ports[index].drain()
                    }
                }
            }
        }
    }

    private func feed(_ inlet: Inlet, _ step: UInt64, _ port: Port, _ source: Int) {
        let node = unsafe port.node
        let source = nodes[source]
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
                    unsafe port.accept(chunk, keys)
                } else {
                    unsafe node.onChunk(chunk, keys)
                }
            }
            unsafe worker.release(part)
        }
    }

    // MARK: Between levels

    private func sendExchange(_ place: StepProgram.NodeRun, _ step: UInt64) {
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

    private func sendCrossings(_ place: StepProgram.NodeRun, _ step: UInt64) {
        place.plan.with { plan in
            for crossing in plan.crossings {
                let part = unsafe worker.pool.makePart(
                    &nodes[crossing.node].ports[crossing.port].waiting)
                inlets[crossing.inlet].append(part, sender: 0, step: step)
            }
        }
    }

    // MARK: End of a step

    /// Keeps what a level gave until its step ends.
    private func save(_ run: StepProgram.LevelRun, _ number: UInt64) {
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
    private func endSteps() {
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

    private func end(_ record: StepRecord) {
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

    /// Sends what the step gave, channel by channel.
    private func sendOutputs(_ number: UInt64) {
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

    private func reportDone(_ number: UInt64, votes: Bool) {
        var pending = 0
        for asker in 0..<program.askers.count {
            pending += program.askers[asker].with { $0.pendingAsks!() }
        }
        unsafe worker.report(
            done: number, element: element, partition: index, masks: masks.address,
            channelCount: masks.count, pending: pending, failed: votes && hasFailed)
    }

    // MARK: Retained atoms

    private func retain(_ node: Int, _ number: UInt64) {
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

    // MARK: Failure

    /// A handler has thrown; what it did is undone already.
    func handlerFailed(_ letter: DeadLetter) {
        if isAtomic {
            hasFailed = true
        }
        unsafe worker.note(letter)
        if letters >= 0 {
            var emitter = Emitter<DeadLetter>(nodes[letters].outlet)
            emitter.emit(letter, key: letter.key)
            emitter.close()
        }
    }

    /// Ends an atomic step: it counts, or nothing of it remains.
    func settle(_ number: UInt64, commits: Bool) {
        precondition(steps.first.number == number && steps.first.hasVoted)
        for node in nodes { node.settle?(commits) }
        hasFailed = false
        if commits {
            for node in nodes where node.holdsChunks { for port in node.ports { port.drain() } }
        } else {
            discardOutputs(number)
        }
        settleRequests(commits: commits)
        end(steps.first)
    }

    /// Ends a request without a reply.
    func refuse(_ origin: UInt64, _ tag: UInt64, _ failure: AskFailure) {
        let buffers = replies[ReplyOrigin.channel(origin)]
        unsafe buffers.buffers[ReplyOrigin.partition(origin)].appendRefusal(
            tag: tag, reason: UInt64(failure.rawValue), use: ReplyOrigin.use(origin))
    }

    // MARK: Stopped applications

    /// Ends a step of a stopped application, when it is its turn and its input is there: requests
    /// are refused, and so are those that what a reply belongs to was to answer; nothing runs.
    private func refuseFirst() -> Bool {
        guard !steps.isEmpty, steps.first.isRefused else { return false }
        let record = steps.first
        let plan = element.inputs[Int(record.input)]
        guard inlets[plan.inlet].has(record.producerStep, senders: record.senders) else {
            return false
        }
        var senders = record.senders
        while senders != 0 {
            let sender = senders.trailingZeroBitCount
            senders &= senders - 1
            let part = inlets[plan.inlet].take(sender: sender, step: record.producerStep)
            for index in 0..<part.chunkCount {
                let chunk = unsafe part.chunk(at: index)
                for event in unsafe 0..<Int(chunk.pointee.count) {
                    unsafe refuse(chunk, event, plan, sender)
                }
            }
            unsafe worker.release(part)
        }
        end(record)
        return true
    }

    private func refuse(_ chunk: ChunkPointer, _ event: Int, _ plan: InputPlan, _ sender: Int) {
        switch plan.kind {
        case .request:
            let origin = unsafe ReplyOrigin.make(
                channel: plan.replyChannel, partition: sender, use: chunk.pointee.use)
            unsafe refuse(origin, chunk.tags[event], .noReplier)
        case .reply:
            let request = unsafe allUses[Int(chunk.pointee.use)].forget!(chunk.tags[event])
            if request != ReplyOrigin.none { leave(request, 0, .noReplier) }
        case .stream, .timer, .source, .seal: break
        }
    }

    /// Frees the slots of asks that will not be sent.
    private func forget(_ part: Part) {
        for index in 0..<part.chunkCount {
            let chunk = unsafe part.chunk(at: index)
            for event in unsafe 0..<Int(chunk.pointee.count) {
                forgetHold(unsafe allUses[Int(chunk.pointee.use)].forget!(chunk.tags[event]))
            }
        }
    }

    private func discardOutputs(_ number: UInt64) {
        // The dead letters of an atom are what remains of it.
        let kept = letters >= 0 ? -1 - letters : .max
        for entry in saved where entry.step == number && entry.channel != kept {
            if entry.channel >= 0 && element.channels[entry.channel].kind == .requests {
                forget(entry.part)
            }
            unsafe worker.pool.release(entry.part)
        }
        saved.removeAll { $0.step == number && $0.channel != kept }
        for use in allUses {
            use.requests.discard(tagged: true) { forgetHold(use.forget!($0)) }
        }
        for buffers in replies { buffers.discard(tagged: false) { _ in } }
        for (number, node) in nodes.enumerated() where number != letters {
            if let collector = node.collector {
                while !collector.waiting.isEmpty {
                    unsafe worker.pool.release(collector.waiting.removeFirst().asChunk)
                }
            }
            for port in node.ports {
                while !port.waiting.isEmpty {
                    unsafe worker.pool.release(port.waiting.removeFirst().asChunk)
                }
            }
            node.hasSunk = false
        }
        earliestDeadline = .max
    }

    // MARK: Time-outs

    func noteDeadline(_ time: UInt64) { earliestDeadline = min(earliestDeadline, time) }
}

/// Events that were dropped; written by one worker.
@usableFromInline
final class DropCount: @unchecked Sendable {  // Read when the worker stands still.
    @usableFromInline var count = 0
}

/// A decided step, as a partition has it.
struct StepRecord: BitwiseCopyable {
    var number: UInt64
    var time: UInt64
    /// The step of its producer that the input came of; of a source, the atom's number.
    var producerStep: UInt64
    /// The senders that have a part for this partition.
    var senders: UInt64
    var root: UInt32
    var input: UInt16
    var levelsLeft: UInt8
    var hasEntered = false
    var hasVoted = false
    /// The application was stopped: the leader gives such steps no level to run.
    var isRefused: Bool { levelsLeft == 0 && !hasEntered }
}

/// What a level gave for a channel (or, negative, a collected node), of a step that has not ended.
private struct SavedPart {
    var step: UInt64
    var channel: Int
    var destination: Int
    var part: Part
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

/// A held port whose chunks cross to a later level, and the inlet that they cross by.
struct Crossing {
    var node: Int
    var port: Int
    var inlet: Int
}
