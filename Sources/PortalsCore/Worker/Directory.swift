// Who is where: elements, partitions, leaders and workers of a running system. Changed by launches
// only, while all workers stand still.
import Synchronization

/// The running system as all workers see it.
final class Directory: @unchecked Sendable {  // See each field.
    // Changed only while all workers stand still.
    var applications: [Application] = []
    var elements: [ElementPlan] = []
    var partitions: [Partition] = []
    var leaders: [Leader] = []
    // The same for steps, by the same numbers: see Uncounted.swift.
    private(set) var runningPartitions = Row<Uncounted<Partition>>()
    private(set) var partitionWorkers = Row<Int>()
    private(set) var runningLeaders = Row<Uncounted<Leader>>()
    var workers: [Worker] = []
    let roots = Roots()
    /// Atoms of some source enter at a rate. Changed only while all workers stand still.
    var hasRates = false
    /// When they do; nil for evenly.
    var arrivals: ArrivalTimes?
    /// Leaders follow what was recorded before a crash. Changed only while all workers stand still.
    var isFollowing = false
    /// Where what is followed goes otherwise, all workers are to stand still. Changed only while
    /// they do.
    var haltsAtDifferences = false
    /// Differences that partitions have found; any thread may ask.
    private let differences = Atomic<Int>(0)
    var differenceCount: Int { differences.load(ordering: .acquiring) }
    /// Counts one more; returns how many there were. Whoever sees what it causes counts later.
    func noteDifference() -> Int {
        differences.add(1, ordering: .acquiringAndReleasing).oldValue
    }
    private var stopFlags: [String: StopFlag] = [:]
    private var replays:
        [(producer: ElementPlan, consumer: ElementPlan, channel: Int, stream: StreamDefinition)] =
            []
    /// Set by the driver: endless generators give no more atoms.
    private let stopping = Atomic<Bool>(false)
    /// For measurements that run a number of atoms of every endless generator; set before a run.
    var stopAtoms: UInt64?

    /// Set while a snapshot waits for what is in flight: sources give nothing.
    private let holding = Atomic<Bool>(false)
    var isHolding: Bool { holding.load(ordering: .relaxed) }
    func holdSources(_ holds: Bool) { holding.store(holds, ordering: .relaxed) }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }
    func stopSources() { stopping.store(true, ordering: .relaxed) }

    /// Whether an application was stopped by a failure.
    func isStopped(_ application: String) -> Bool { stopFlag(application).isSet }

    /// Read by all leaders of the application, set by any.
    func stopFlag(_ application: String) -> StopFlag {
        unsafe stopFlags[application].unsafelyUnwrapped
    }

    /// Releases what the failure came of; pairs with the fence of who takes a stamp because of it.
    func stop(_ application: String) {
        stopFlags[application]?.flag.store(true, ordering: .releasing)
    }

    final class StopFlag: Sendable {
        let flag = Atomic<Bool>(false)
        var isSet: Bool { flag.load(ordering: .relaxed) }
    }

    func prepare(_ application: Application) { stopFlags[application.name] = StopFlag() }

    /// Adds a channel to an element, perhaps a running one.
    func attach(
        channel: ChannelPlan, to producer: ElementPlan, consumer: ElementPlan, start: StreamStart,
        stream: StreamDefinition?
    ) {
        var channel = channel
        let isRunning = leaders.indices.contains(producer.id)
        if isRunning {
            var next: UInt64 = 0
            for index in 0..<producer.partitionCount {
                next = max(next, partitions[producer.firstPartition + index].endedSteps)
            }
            channel.firstStep = next
            if let stream {
                let leader = leaders[producer.id]
                channel.firstStep = leader.retainedStep(of: stream, start: start) ?? next
                replays.append((producer, consumer, producer.channels.count, stream))
            }
        }
        producer.channels.append(channel)
    }

    /// Puts planned elements to work. Only while all workers stand still.
    ///
    /// - Parameter digestInterval: as ``EngineOptions/digestInterval``; nil where nothing
    ///   is journaled.
    func install(
        _ added: [ElementPlan], seed: UInt64, window: Int, recordsOrder: Bool, digestInterval: Int?
    ) {
        for plan in added {
            for output in plan.definition.outputs
            where plan.definition.retainedAtoms > 0 && output.path == plan.path {
                let node = unsafe output.node.unsafelyUnwrapped.index
                plan.nodes[node].isCollected = true
                plan.channels.append(
                    ChannelPlan(
                        kind: .stream(node: node), consumer: -1, consumerPartitions: 1, input: -1))
            }
            plan.firstPartition = partitions.count
            for index in 0..<plan.partitionCount {
                let worker = workers[plan.workers[index]]
                partitions.append(
                    Partition(
                        id: partitions.count, index: index, element: plan, worker: worker,
                        seed: seed ^ (UInt64(plan.id) &* 0xA076_1D64_78BD_642F)))
                if let digestInterval {
                    partitions[partitions.count - 1].digests = StepDigests(
                        element: plan.id, partition: index, interval: digestInterval)
                }
                partitionWorkers.append(plan.workers[index])
                runningPartitions.append(Uncounted(partitions[partitions.count - 1]))
            }
            elements.append(plan)
        }
        for plan in elements {
            for index in 0..<plan.partitionCount {
                let partition = partitions[plan.firstPartition + index]
                if added.contains(where: { $0 === plan }) {
                    partition.build()
                } else {
                    partition.extend()
                }
            }
        }
        for leader in leaders { leader.extend() }
        for plan in added {
            let worker = workers[plan.workers[0]]
            let leader = Leader(element: plan, worker: worker, directory: self, window: window)
            leader.order = recordsOrder ? [] : nil
            leaders.append(leader)
            runningLeaders.append(Uncounted(leader))
            partitions[plan.firstPartition].leader = leader
            worker.adopt(leader)
        }
        for plan in elements {
            for producer in plan.upstream where leaders[producer].ending == .completed {
                leaders[plan.id].upstreamCompleted(producer)
            }
        }
        for (producer, consumer, channel, stream) in replays {
            let plan = producer.channels[channel]
            if case .stream(let node) = plan.kind {
                for index in 0..<producer.partitionCount {
                    partitions[producer.firstPartition + index].replay(
                        node: node, channel: plan, consumer: consumer)
                }
            }
            leaders[producer.id].replay(
                channel: channel, stream: stream, to: leaders[consumer.id])
        }
        replays = []
        for worker in workers { worker.wakeAll() }
    }

    /// Nothing will happen any more unless something comes from outside.
    var isAtRest: Bool {
        guard roots.allFree else { return false }
        let open = openElements
        return leaders.allSatisfy {
            $0.openFedAtoms == 0 && $0.isAtRest(isOpen: open.contains($0.element.id))
        }
            && workers.allSatisfy { unsafe $0.outputs?.isEmpty ?? true }
    }

    /// Elements that may get more from outside: those of idle feeds, and all that these reach.
    private var openElements: Set<Int> {
        var open = Set(leaders.indices.filter { leaders[$0].awaitsFeed })
        if open.isEmpty { return open }
        var count = 0
        while open.count > count {
            count = open.count
            for plan in elements where !plan.upstream.isDisjoint(with: open) {
                open.insert(plan.id)
            }
        }
        return open
    }

    /// What each worker holds; none where outputs go out at once.
    private var runningOutputs = Row<Uncounted<HeldOutputs>>()
    func hold(in outputs: HeldOutputs) { runningOutputs.append(Uncounted(outputs)) }

    /// Every worker has shown all outputs that such a drain made durable.
    func hasShown(_ drain: UInt64) -> Bool {
        for index in 0..<runningOutputs.count
        where runningOutputs[index].with({ $0.oldestDrain <= drain }) {
            return false
        }
        return true
    }

    /// No worker holds more outputs than it should: else sources pause.
    var hasRoomForOutputs: Bool {
        for index in 0..<runningOutputs.count where runningOutputs[index].with({ $0.isFull }) {
            return false
        }
        return true
    }
}
