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
    let peers: UnsafeMutablePointer<Peer>
    let peerCount: Int
    private var runQueue = Queue<UInt32>(capacity: 64)
    private var leaders = Row<Uncounted<Leader>>()
    private var sources = Row<Uncounted<Leader>>()
    private var sourceTurn = 0
    private var endTurn = 0
    private var nextDue = UInt64.max
    var hasDeadlines = false
    private var deadlineTurn = 0
    var outboxCount = 0
    /// Chooses among `count` runnable partitions; nil takes the one that waits longest.
    var choose: ((Int) -> Int)? { didSet { chooses = choose != nil } }
    var chooses = false
    /// Shows what sinks would get; nil where they are made. The engine's.
    @usableFromInline var watch: OutputWatch?
    /// Its rings are used under a lock each, message by message.
    let locksRings: Bool
    /// Called when messages were put into another worker's ring.
    package var wake: ((Int) -> Void)?
    /// Called when a sink can take no more: all workers are to stand still.
    package var halt: (() -> Void)?
    /// The first of its sinks that could take no more. Read when it stands still.
    private(set) var sinkFailure: SinkFailure?
    /// Where its leaders record what they decide; nil where nothing is journaled. The engine's.
    @usableFromInline unowned(unsafe) var recorder: StepRecorder? {
        didSet {
            steppedRecorder = unsafe recorder.map { Uncounted($0) }
            isAccompanied = true
        }
    }
    /// The same for what each step does with it.
    private(set) var steppedRecorder: Uncounted<StepRecorder>?
    /// What its sinks hold until it is durable; nil where outputs go out at once. The engine's.
    @usableFromInline unowned(unsafe) var outputs: HeldOutputs? {
        didSet {
            steppedOutputs = unsafe outputs.map { Uncounted($0) }
            isAccompanied = true
        }
    }
    private(set) var steppedOutputs: Uncounted<HeldOutputs>?
    /// Leaders may decide: the journal's writer keeps up. Looked at once a step.
    private(set) var canRecord = true
    /// Recorded decisions that its leaders have followed. Any thread may read it.
    private let followed = Atomic<Int>(0)
    /// States that a cut has yet to copy.
    var cutStates: [NodeState] = []
    /// Where its copies of states go when they are written.
    let cutPool = SectionPool()
    var isCutting = false
    /// Nanoseconds that copying may still take beside work; negative if it took too many.
    var copyCredit = 0
    let cutCopied = Atomic<Bool>(true)

    /// Where its time goes; nil where nobody asks. The engine's.
    var account: WorkerAccount? {
        didSet {
            steppedAccount = account.map { Uncounted($0) }
            isAccompanied = true
        }
    }
    private var steppedAccount: Uncounted<WorkerAccount>?
    /// A step has more to look at than the model: one test in place of one for each of them.
    private var isAccompanied = false

    // Metrics: written by this worker only; read when it stands still.
    /// From the intended entry of each source atom to the end of all that followed from it.
    public private(set) var latencies = LatencyHistogram(memory: .heap)
    /// The same from the actual entry of those that enter at a rate: what a load generator shows
    /// that does not know how late it is itself.
    public private(set) var serviceLatencies = LatencyHistogram(memory: .heap)
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

    init(
        index: Int, peers: UnsafeMutablePointer<Peer>, peerCount: Int, directory: Directory,
        locksRings: Bool, memory: MemorySource, clock: @escaping () -> UInt64
    ) {
        self.index = index
        unsafe self.peers = unsafe peers
        self.peerCount = peerCount
        unsafe self.directory = directory
        self.locksRings = locksRings
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
        if isAccompanied { return accompaniedStep() }
        var worked = poll()
        if act() { worked = true }
        // What a full ring held back may move on though nothing else did.
        if publish() { worked = true }
        return worked
    }

    /// The same beside a record of what is decided, outputs that wait, or an account.
    @inline(never)
    private func accompaniedStep() -> Bool {
        if let steppedAccount, steppedAccount.with({ $0.draws() }) {
            return steppedAccount.with { timedStep($0) }
        }
        var worked = poll()
        if work() { worked = true }
        if handOver() { worked = true }
        return worked
    }

    /// The same, and what it takes is charged to who does it.
    @inline(never)
    private func timedStep(_ account: WorkerAccount) -> Bool {
        account.begin { unsafe peers[$0].consumer.count }
        var worked = poll()
        account.turn(to: account.stepping)
        if work() { worked = true }
        account.turn(to: account.sending)
        if handOver() { worked = true }
        account.end(worked: worked)
        return worked
    }

    @inline(__always)
    private func work() -> Bool {
        if let steppedRecorder {
            let can = steppedRecorder.with { $0.canDecide }
            if can != canRecord { setCanRecord(can) }
        }
        return act()
    }

    @inline(__always)
    private func act() -> Bool {
        if isCutting { return actAndCopy() }
        return actAlone()
    }

    @inline(__always)
    func actAlone() -> Bool {
        if hasDeadlines && runDeadlinesInTurn() { return true }
        return runOne() || runDeadlines() || runSource() || runEnd()
    }

    @inline(__always)
    private func handOver() -> Bool {
        var worked = false
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

    /// When there may be something to do without a message: a rate's next atom, a time-out.
    package var nextTime: UInt64? {
        var next = nextDue
        for index in 0..<leaders.count {
            next = min(next, leaders[index].with { $0.nextDeadline ?? .max })
        }
        return next == .max ? nil : next
    }

    /// Its sinks or leaders wait for what the journal has not made durable yet: it will have work
    /// soon.
    package var awaitsDurable: Bool {
        if steppedOutputs?.with({ !$0.isEmpty }) ?? false { return true }
        return steppedRecorder?.with { $0.wantedDrain > $0.marks.released } ?? false
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

    // MARK: Sinks

    func sinkFailed(_ failure: SinkFailure) {
        if sinkFailure != nil { return }
        sinkFailure = failure
        halt?()
    }

    // MARK: Metrics

    func rootDone(_ atom: RootAtom) {
        doneAtoms &+= 1
        if let steppedOutputs {
            steppedOutputs.with { $0.holdEnd(atom) }
        } else {
            recordLatency(atom)
            if atom.fedElement != RootAtom.notFed { sendEnded(atom, drain: .max) }
        }
    }

    func recordLatency(_ atom: RootAtom) {
        if measuresLatency {
            let now = clock()
            latencies.record(now > atom.entryTime ? now - atom.entryTime : 0)
            if unsafe directory.hasRates {
                let entry = atom.actualEntryTime
                serviceLatencies.record(now > entry ? now - entry : 0)
            }
        }
    }

    /// Begins the figures anew, at a stand-still.
    public func resetMetrics() {
        resetLatencies()
        doneAtoms = 0
        ranLevels = 0
        account?.reset()
    }

    /// Begins the latencies anew, at a stand-still, and goes on with all else.
    public func resetLatencies() {
        latencies.reset()
        serviceLatencies.reset()
    }

    /// Adds its latencies to a histogram, at a stand-still.
    public func addLatencies(to histogram: inout LatencyHistogram) { histogram.merge(latencies) }

    /// Adds its latencies from the actual entry to a histogram, at a stand-still. There are none
    /// where no source has a rate.
    public func addServiceLatencies(to histogram: inout LatencyHistogram) {
        histogram.merge(serviceLatencies)
    }

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
