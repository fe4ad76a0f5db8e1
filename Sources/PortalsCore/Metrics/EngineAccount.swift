// What an engine's workers have done, as its users read it: by task, element, worker and ring.

/// The runtime's account of itself since its metrics were last reset.
///
/// Events, requests, replies, steps and commits are counted; times are sampled and scaled up.
///
/// ```swift
/// var options = SiteOptions(workers: 2)
/// options.engine.accountInterval = 64
/// let site = try Site(.configured(options))
/// try site.launch(shop)
/// try site.awaitRest()
/// for task in site.account()!.tasks { print(task.path, task.events, task.nanoseconds) }
/// ```
public struct EngineAccount: Sendable {
    /// A place of a workflow on one partition: a source, key, task, flow or sink.
    public struct Task: Sendable {
        /// Its path in the application.
        public var path: String
        /// `source`, `key`, `task`, `flow`, `pass`, `sink` or `deadLetters`.
        public var kind: String
        /// The worker that runs it.
        public var worker: Int
        /// Which of its partitions, from 0.
        public var partition: Int
        /// Events that came in; of a source, that it gave.
        public var events: UInt64
        /// Requests that it handled as a replier, and replies that it got as an asker.
        public var requests: UInt64
        /// See ``requests``.
        public var replies: UInt64
        /// In its own code, without what it called of other tasks; sampled.
        public var nanoseconds: Double
    }

    /// One partition of a workflow.
    public struct Element: Sendable {
        /// Its path in the application.
        public var path: String
        /// The worker that runs it.
        public var worker: Int
        /// Which of its partitions, from 0.
        public var partition: Int
        /// Steps that have ended, each an atom that took effect as a whole or was undone.
        public var steps: UInt64
        /// Steps that were decided and had not ended, on average over the time.
        public var queuedSteps: Double
        /// How long a step was under way on average, waiting or at work, nanoseconds: by Little's
        /// law, of ``queuedSteps``. Nil without a step.
        public var stepNanoseconds: Double?
    }

    /// A worker's time, nanoseconds. All but the time that has passed is sampled.
    public struct WorkerTime: Sendable {
        /// Which worker, from 0.
        public var worker: Int
        /// Passed since the reset.
        public var passed: UInt64
        /// In the code of tasks, sources, keys and sinks.
        public var tasks: Double
        /// Taking in what other workers sent.
        public var receiving: Double
        /// Deciding steps, and keeping the books of those that run.
        public var stepping: Double
        /// Handing over what others get, and outputs that have become durable.
        public var sending: Double
        /// What is left: nothing was there to do.
        public var waiting: Double
        /// Turns of the loop, and how many of them were timed.
        public var turns: UInt64
        /// See ``turns``.
        public var timedTurns: UInt64
        /// Source atoms whose last consequence ended here.
        public var endedAtoms: Int
    }

    /// A ring between two workers.
    public struct RingUse: Sendable {
        /// The worker that writes it.
        public var source: Int
        /// The worker that reads it.
        public var target: Int
        /// Messages that it can hold.
        public var capacity: Int
        /// Messages in it, on average over the time and at the most; sampled as its reader begins a
        /// step.
        public var messages: Double
        /// See ``messages``.
        public var messagesMax: Int
    }

    /// All places, in the order of workflows and partitions.
    public var tasks: [Task] = []
    /// All partitions of workflows.
    public var elements: [Element] = []
    /// All workers.
    public var workers: [WorkerTime] = []
    /// All rings between two of them.
    public var rings: [RingUse] = []
    /// Commits to the journal, and bytes of their records; nil without one.
    public var commits: Int?
    /// See ``commits``.
    public var committedByteCount: Int?
}

extension Engine {
    /// What the workers have done since their metrics were last reset; nil where
    /// ``EngineOptions/accountInterval`` is 0. All workers stand still.
    public func account() -> EngineAccount? {
        if options.accountInterval == 0 { return nil }
        var result = EngineAccount()
        for worker in workers { worker.addAccount(to: &result) }
        result.tasks.sort { ($0.path, $0.partition) < ($1.path, $1.partition) }
        result.elements.sort { ($0.path, $0.partition) < ($1.path, $1.partition) }
        return result
    }
}

extension Worker {
    /// Adds its lines to an account, at a stand-still.
    fileprivate func addAccount(to result: inout EngineAccount) {
        guard let account else { return }
        let scale =
            account.timedSteps == 0 ? 0 : Double(account.steps) / Double(account.timedSteps)
        var inTasks = 0.0
        for index in account.lines.indices {
            let line = account.lines[index]
            let node = unsafe line.node
            let nanoseconds = Double(line.slot.nanoseconds) * scale
            inTasks += nanoseconds
            unsafe result.tasks.append(
                EngineAccount.Task(
                    path: node.definition.path, kind: node.definition.kind.text, worker: self.index,
                    partition: node.partition.index, events: line.slot.events,
                    requests: line.slot.requests, replies: line.slot.replies,
                    nanoseconds: nanoseconds))
        }
        let observed = Double(account.observed &- account.start)
        for index in account.queues.indices {
            let queue = account.queues[index]
            let partition = unsafe queue.partition
            let steps = partition.endedSteps &- queue.firstStep
            let area = Double(queue.area)
            result.elements.append(
                EngineAccount.Element(
                    path: partition.element.path, worker: self.index, partition: partition.index,
                    steps: steps, queuedSteps: observed > 0 ? area / observed : 0,
                    stepNanoseconds: steps > 0 ? area / Double(steps) : nil))
        }
        let passed = account.now &- account.start
        let receiving = Double(account.receiving.nanoseconds) * scale
        let stepping = Double(account.stepping.nanoseconds) * scale
        let sending = Double(account.sending.nanoseconds) * scale
        result.workers.append(
            EngineAccount.WorkerTime(
                worker: self.index, passed: passed, tasks: inTasks, receiving: receiving,
                stepping: stepping, sending: sending,
                waiting: max(0, Double(passed) - inTasks - receiving - stepping - sending),
                turns: account.steps, timedTurns: account.timedSteps, endedAtoms: doneAtoms))
        for ring in account.rings {
            result.rings.append(
                EngineAccount.RingUse(
                    source: ring.source, target: self.index,
                    capacity: unsafe peers[ring.source].consumer.capacity,
                    messages: observed > 0 ? Double(ring.area) / observed : 0,
                    messagesMax: ring.most))
        }
    }
}

extension NodeDefinition.Kind {
    /// The name of the kind in an account.
    fileprivate var text: String {
        switch self {
        case .source: "source"
        case .key: "key"
        case .task: "task"
        case .flow: "flow"
        case .pass: "pass"
        case .sink: "sink"
        case .deadLetters: "deadLetters"
        }
    }
}
