// The worker: a state machine with one entry, `step`. It never blocks, spawns, or looks at the
// machine; a driver calls it.
import Synchronization

/// Runs the partitions that were given to it.
///
/// - Ownership: `step` is called by one thread at a time.
@safe public final class Worker: @unchecked Sendable {  // Its driver hands it on whole.
    /// Its place among the engine's workers, from 0.
    public let index: Int
    @usableFromInline let memory: MemorySource
    @usableFromInline let pool: ChunkPool
    unowned(unsafe) let directory: Directory
    /// Nanoseconds since launch. Read when a source's atom is admitted and when all is done of it.
    let clock: () -> UInt64
    private let peers: UnsafeMutablePointer<Peer>
    private let peerCount: Int
    private var runQueue = Queue<UInt32>(capacity: 64)
    private var leaders = Row<Uncounted<Leader>>()
    private var sources = Row<Uncounted<Leader>>()
    private var sourceTurn = 0
    private var endTurn = 0
    private var nextDue = UInt64.max
    private var hasDeadlines = false
    private var deadlineTurn = 0
    private var outboxCount = 0
    /// Chooses among `count` runnable partitions; nil takes the one that waits longest.
    var choose: ((Int) -> Int)? { didSet { chooses = choose != nil } }
    private var chooses = false
    /// Called when messages were put into another worker's ring.
    package var wake: ((Int) -> Void)?
    /// Called when a sink can take no more: all workers are to stand still.
    package var halt: (() -> Void)?
    /// The first of its sinks that could take no more. Read when it stands still.
    private(set) var sinkFailure: SinkFailure?
    /// Where its leaders record what they decide; nil where nothing is journaled. The engine's.
    @usableFromInline unowned(unsafe) var recorder: StepRecorder? {
        didSet { steppedRecorder = unsafe recorder.map { Uncounted($0) } }
    }
    /// The same for what each step does with it.
    private(set) var steppedRecorder: Uncounted<StepRecorder>?
    /// What its sinks hold until it is durable; nil where outputs go out at once. The engine's.
    @usableFromInline unowned(unsafe) var outputs: HeldOutputs? {
        didSet { steppedOutputs = unsafe outputs.map { Uncounted($0) } }
    }
    private(set) var steppedOutputs: Uncounted<HeldOutputs>?
    /// Leaders may decide: the journal's writer keeps up. Looked at once a step.
    private(set) var canRecord = true
    /// Recorded decisions that its leaders have followed. Any thread may read it.
    private let followed = Atomic<Int>(0)
    /// States that a cut has yet to copy.
    private var cutStates: [NodeState] = []
    private var isCutting = false
    private let cutCopied = Atomic<Bool>(true)

    // Metrics: written by this worker only; read when it stands still.
    /// From the intended entry of each source atom to the end of all that followed from it.
    public private(set) var latencies = LatencyHistogram(memory: .heap)
    var measuresLatency = true
    /// Source atoms whose last consequence ended here, since the metrics were reset.
    public private(set) var doneAtoms = 0
    /// Units of work, levels of steps above all, that it did since the metrics were reset.
    public private(set) var ranLevels = 0
    /// The first dead letters of its partitions; how many are kept is bounded.
    public private(set) var deadLetters: [DeadLetter] = []
    /// All dead letters of its partitions, kept or not.
    public private(set) var deadLetterCount = 0
    /// As many dead letters are kept for the operator; the stream has them all.
    private static let deadLettersMax = 10_000

    /// The two rings between this worker and another, and what did not fit.
    private struct Peer: ~Copyable {
        var producer: RingProducer<Message>
        var consumer: RingConsumer<Message>
        var outbox = Queue<Message>(capacity: 64)
        var hasStaged = false
        /// The producer's tail behind the last part, while that is staged; else `noPart`.
        var partTail = Self.noPart
        static var noPart: UInt64 { .max }
    }

    /// Workers and the rings between each two of them.
    static func make(
        count: Int, ringCapacity: Int, directory: Directory, memory: (Int) -> MemorySource,
        clock: @escaping () -> UInt64
    ) -> [Worker] {
        // ring[i][j] carries messages from i to j, in memory of j's node: j reads them all.
        var producers: [UnsafeMutablePointer<RingProducer<Message>>] = unsafe []
        var consumers: [UnsafeMutablePointer<RingConsumer<Message>>] = unsafe []
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
                        consumer: consumers[other * count + index].move()))
            }
            return unsafe Worker(
                index: index, peers: peers, peerCount: count, directory: directory,
                memory: memory(index), clock: clock)
        }
        for index in unsafe producers.indices { unsafe producers[index].deallocate() }
        for index in unsafe consumers.indices { unsafe consumers[index].deallocate() }
        directory.workers = workers
        return workers
    }

    private init(
        index: Int, peers: UnsafeMutablePointer<Peer>, peerCount: Int, directory: Directory,
        memory: MemorySource, clock: @escaping () -> UInt64
    ) {
        self.index = index
        unsafe self.peers = unsafe peers
        self.peerCount = peerCount
        unsafe self.directory = directory
        self.memory = memory
        self.clock = clock
        pool = ChunkPool(worker: index, memory: memory)
    }

    deinit {
        unsafe peers.deinitialize(count: peerCount)
        unsafe peers.deallocate()
    }

    // MARK: Step

    /// Does one unit of work; false if there is none.
    ///
    /// In order: take in what other workers sent; run a level of a step that is ready, or decide
    /// one on what came from inside; a time-out that is due; only then a new atom of a source.
    /// Where there is always work inside, time-outs get a turn of 64 all the same.
    public func step() -> Bool {
        var worked = poll()
        if let steppedRecorder {
            let can = steppedRecorder.with { $0.canDecide }
            if can != canRecord { setCanRecord(can) }
        }
        if hasDeadlines && runDeadlinesInTurn() {
            worked = true
        } else if runOne() || runDeadlines() || runSource() || runEnd() {
            worked = true
        }
        if isCutting && copyCut() { worked = true }
        // Before any message that depends on it.
        if let steppedRecorder { steppedRecorder.with { $0.publish() } }
        if let steppedOutputs, steppedOutputs.with({ $0.release() }) { worked = true }
        // What a full ring held back may move on though nothing else did.
        if publish() { worked = true }
        return worked
    }

    /// Leaders that could not decide have left the queue, and no message brings them back.
    @inline(never)
    private func setCanRecord(_ can: Bool) {
        canRecord = can
        if can { wakeAll() }
    }

    // MARK: Cuts

    /// Groups copied with one step: 256 of some 300 bytes, about 10 µs.
    private static let groupsPerStep = 256

    func beginCut() { cutStates = [] }

    /// A state of its partitions belongs to the cut.
    func cut(_ state: NodeState) { cutStates.append(state) }

    /// From now on it copies some with each step.
    func openCut() {
        isCutting = true
        cutCopied.store(false, ordering: .relaxed)
    }

    /// All of its states are copied; any thread may ask, and reads them if so.
    var isCutCopied: Bool { cutCopied.load(ordering: .acquiring) }

    private func copyCut() -> Bool {
        var copied = 0
        // A simulation lets changes come before the copies.
        if chooses, let choose, choose(2) == 0 { return true }
        while let state = cutStates.last {
            if state.isCopying {
                copied += state.tracker?.copyNext(unitsMax: Self.groupsPerStep - copied) ?? 0
                if state.isCopying { return true }
            }
            cutStates.removeLast()
        }
        isCutting = false
        // Releases what was copied to whoever takes the cut.
        cutCopied.store(true, ordering: .releasing)
        return true
    }

    /// Recorded decisions that were followed here.
    var followedCount: Int { followed.load(ordering: .relaxed) }

    func noteFollowed() {
        followed.store(followed.load(ordering: .relaxed) + 1, ordering: .relaxed)
    }

    private func runOne() -> Bool {
        while !runQueue.isEmpty {
            if chooses, let choose {
                let chosen = choose(runQueue.count)
                let first = runQueue[0]
                runQueue[0] = runQueue[chosen]
                runQueue[chosen] = first
            }
            let next = Int(runQueue.removeFirst())
            let worked = unsafe directory.runningPartitions[next].with { partition in
                partition.isScheduled = false
                if !run(partition) { return false }
                schedule(partition)
                return true
            }
            if worked { return true }
        }
        return false
    }

    private func run(_ partition: Partition) -> Bool {
        if partition.run() {
            ranLevels &+= 1
            return true
        }
        guard partition.isLeading else { return false }
        return unsafe directory.runningLeaders[partition.element.id].with { $0.decideInternal() }
    }

    /// One turn of 64: often enough for time-outs of microseconds, and the clock is read seldom.
    @inline(never)
    private func runDeadlinesInTurn() -> Bool {
        deadlineTurn &+= 1
        return deadlineTurn & 63 == 0 && runDeadlines()
    }

    @inline(never)
    private func runDeadlines() -> Bool {
        guard hasDeadlines, unsafe !directory.isFollowing else { return false }
        let now = clock()
        hasDeadlines = false
        for index in 0..<leaders.count {
            if leaders[index].with({ $0.expire(now) }) {
                hasDeadlines = true
                return true
            }
            if leaders[index].with({ $0.nextDeadline != nil }) { hasDeadlines = true }
        }
        return false
    }

    private func runSource() -> Bool {
        nextDue = .max
        if unsafe directory.isFollowing {
            for index in 0..<leaders.count where leaders[index].with({ $0.follow() }) {
                return true
            }
            return false
        }
        for offset in 0..<sources.count {
            var turn = sourceTurn + offset
            if turn >= sources.count { turn -= sources.count }
            if sources[turn].with({ $0.admit() }) {
                sourceTurn = turn + 1 == sources.count ? 0 : turn + 1
                return true
            }
        }
        return false
    }

    /// Looks at all leaders for one that can end: with thousands of them a walk as long as many
    /// steps, so that what arrives meanwhile goes first, and the walk goes on from there.
    private func runEnd() -> Bool {
        let count = leaders.count
        let start = endTurn
        endTurn = 0
        for offset in 0..<count {
            var turn = start + offset
            if turn >= count { turn -= count }
            if leaders[turn].with({ $0.tryEnd() }) { return true }
            if offset % Self.leadersPerLook == Self.leadersPerLook - 1 && hasArrivals {
                endTurn = turn + 1 == count ? 0 : turn + 1
                return true
            }
        }
        return false
    }

    /// Leaders between two looks at the rings: some hundred nanoseconds, as long as a step.
    private static let leadersPerLook = 32

    private var hasArrivals: Bool {
        for peer in 0..<peerCount where unsafe peer != index && peers[peer].consumer.hasItems {
            return true
        }
        return false
    }

    /// When there may be something to do without a message: a rate's next atom, a time-out.
    package var nextTime: UInt64? {
        var next = nextDue
        for index in 0..<leaders.count {
            next = min(next, leaders[index].with { $0.nextDeadline ?? .max })
        }
        return next == .max ? nil : next
    }

    /// Its sinks hold what the journal has not made durable yet: it will have work soon.
    package var holdsOutputs: Bool { steppedOutputs?.with { !$0.isEmpty } ?? false }

    /// A message waits. Any thread may ask on the worker's behalf while it stands still.
    var hasMessages: Bool {
        hasArrivals || outboxCount > 0
    }

    func schedule(_ partition: Partition) {
        if partition.isScheduled { return }
        partition.isScheduled = true
        runQueue.append(UInt32(truncatingIfNeeded: partition.id))
    }

    /// Looks at everything once more: a launch may have given it something to do.
    func wakeAll() {
        for id in unsafe 0..<directory.partitionWorkers.count
        where unsafe directory.partitionWorkers[id] == index {
            unsafe schedule(directory.partitions[id])
        }
    }

    func adopt(_ leader: Leader) {
        leaders.append(Uncounted(leader))
        if leader.element.generator != nil { sources.append(Uncounted(leader)) }
    }

    func noteDue(_ time: UInt64) { nextDue = min(nextDue, time) }

    // MARK: Rings

    private func poll() -> Bool {
        var worked = false
        for peer in 0..<peerCount where peer != index {
            if unsafe peers[peer].consumer.popAll({ deliver($0) }) > 0 { worked = true }
        }
        return worked
    }

    private func push(_ message: Message, to worker: Int) {
        unsafe peers[worker].hasStaged = true
        if unsafe peers[worker].outbox.isEmpty && peers[worker].producer.stage(message) { return }
        // A full ring never stops a worker: what does not fit waits here, in order.
        unsafe peers[worker].outbox.append(message)
        outboxCount &+= 1
    }

    /// Hands staged messages over; true if some had waited for room.
    private func publish() -> Bool {
        var moved = false
        for peer in 0..<peerCount where unsafe peers[peer].hasStaged {
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

    private func deliver(_ message: Message) {
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
    private func with(_ element: UInt32, _ body: (Leader) -> Void) {
        unsafe directory.runningLeaders[Int(element)].with(body)
    }

    private func wake(_ leader: Leader) {
        unsafe directory.runningPartitions[leader.firstPartition].with { schedule($0) }
    }

    // MARK: Sending

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

    /// Says with the part itself that its atom is available, if that is the whole atom and was
    /// staged just now: one line less between the cores.
    private func amendPart(
        _ line: ChannelLine, to worker: Int, step: UInt64, root: UInt32, mask: UInt64
    ) -> Bool {
        guard unsafe peers[worker].partTail == peers[worker].producer.tail,
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

    /// The blocks of the rings that it reads.
    var ringAddresses: [UnsafeRawPointer] {
        unsafe (0..<peerCount).filter { $0 != index }
            .map { unsafe UnsafeRawPointer(peers[$0].consumer.base) }
    }

    // MARK: Sinks

    func sinkFailed(_ failure: SinkFailure) {
        if sinkFailure != nil { return }
        sinkFailure = failure
        halt?()
    }

    // MARK: Metrics

    func rootDone(entryTime: UInt64) {
        doneAtoms &+= 1
        if let steppedOutputs {
            steppedOutputs.with { $0.holdEnd(entryTime: entryTime) }
        } else {
            recordLatency(entryTime: entryTime)
        }
    }

    func recordLatency(entryTime: UInt64) {
        if measuresLatency {
            let now = clock()
            latencies.record(now > entryTime ? now - entryTime : 0)
        }
    }

    /// Begins the figures anew, at a stand-still.
    public func resetMetrics() {
        latencies.reset()
        doneAtoms = 0
        ranLevels = 0
    }

    /// Adds its latencies to a histogram, at a stand-still.
    public func addLatencies(to histogram: inout LatencyHistogram) { histogram.merge(latencies) }

    func note(_ letter: DeadLetter) {
        deadLetterCount += 1
        if deadLetters.count < Self.deadLettersMax { deadLetters.append(letter) }
    }

    /// Chunks that its pool has given out.
    public var chunksInUse: Int { pool.takenCount }
    /// Bytes of the memory that its pool holds.
    public var poolByteCount: Int { pool.slabByteCount }
}

/// A sink that could take no more.
public struct SinkFailure: Sendable {
    /// Where it stands.
    public let path: String
    /// Why, and what to do.
    public let reason: String
}
