// One partition of one element: its nodes, the steps it was told, the parts that have arrived.

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
    var inlets: [Inlet] = []
    /// What a step runs of all this.
    var program = StepProgram()
    /// The node of dead letters; negative where there is none.
    let letters: Int
    /// Decided steps, oldest first; positions count from the first ever.
    var steps = Queue<StepRecord>(capacity: 16)
    var firstPosition = 0
    var cursors = Row<Int>()
    /// Parts of steps that have not ended, from levels that ran ahead.
    var saved: [SavedPart] = []
    /// Replies of steps whose later levels have not taken theirs.
    var enteredReplies: [EnteredReplies] = []
    var retained: [Int: Queue<RetainedPart>.Box] = [:]
    private var usesMade = 0
    var allUses: [AskUse] = []
    var earliestDeadline = UInt64.max
    var gathered = Queue<UInt64>(capacity: 8)
    /// Of the step that ends: for each channel the destinations with a part.
    var masks = Row<UInt64>()
    /// It waits in its worker's run queue.
    var isScheduled = false
    /// The leader, where this partition leads its element.
    var leader: Leader? { didSet { isLeading = leader != nil } }
    private(set) var isLeading = false
    /// What some of its steps make, condensed; nil where nothing is journaled.
    var digests: StepDigests? {
        didSet { steppedDigests = digests.map { Uncounted($0) } }
    }
    /// The same for each step.
    private(set) var steppedDigests: Uncounted<StepDigests>?
    /// The number after the last step that ended here.
    var endedSteps: UInt64 = 0

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
            if !isDigested(node.definition) { made.outlet.digest = nil }
            nodes.append(made)
        }
        unsafe worker.account?.meter(self)
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
            level: element.nodes[definition.index].level,
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

    /// A time-out of its asks; the leader hears of the earliest when the step ends.
    func noteDeadline(_ time: UInt64) { earliestDeadline = min(earliestDeadline, time) }
}

/// A held port whose chunks cross to a later level, and the inlet that they cross by.
struct Crossing {
    var node: Int
    var port: Int
    var inlet: Int
}

/// Events that were dropped; written by one worker.
@usableFromInline
final class DropCount: @unchecked Sendable {  // Read when the worker stands still.
    @usableFromInline var count = 0
}
