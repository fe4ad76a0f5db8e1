// The machine room that every driver holds: directory and workers, launching, and what can be asked
// of a system that stands still.

/// How an engine is laid out.
public struct EngineOptions: Sendable {
    /// Workers: threads of the threads driver, interleaved state machines of the others.
    public var workers = 1
    /// Partitions of elements that do not say; nil for as many as there are workers.
    public var partitions: Int?
    /// Messages of one cache line in each ring, a power of two. 1,024: 64 KiB a pair of workers.
    public var ringCapacity = 1_024
    /// Puts a lock around each ring and hands over message by message, as queues of threads usually
    /// do: to measure what rings without one give. For nothing else.
    public var locksRings = false
    /// Source atoms with consequences in flight, for each source: bounds memory and latency.
    public var sourceWindow = 8
    /// When atoms of generators with a rate enter, each generator's from another place of the
    /// period on; nil for evenly. `ArrivalTimes.poisson` makes those of a Poisson process.
    public var arrivals: ArrivalTimes?
    /// How partitions are laid over the workers.
    public var placement = Placement.shared
    /// Seed of hash tables and of the handlers' random numbers.
    public var seed: UInt64 = 0x5EED_0F_0A70_1215
    /// Keep the order of steps of each element: for oracles and replay.
    public var recordsOrder = false
    /// What a crash may cost. Whoever drives the engine writes its records where they survive.
    public var commit = CommitMode.none
    /// Words of eight bytes in each worker's record, a power of two: what it can decide while the
    /// writer waits for the disk, and the largest atom of a source from outside. 2¹⁷: a mebibyte, a
    /// hundred thousand decisions.
    public var recordCapacity = 1 << 17

    /// Of so many steps of a partition one is looked at: what its tasks make is recorded as digests
    /// of 32 bits, which a recovery compares. The first so many after a launch, a recovery or a
    /// snapshot are all looked at, so that a task that is never the same is found in its first
    /// step. 0 for none. 64: looking at everything takes a keyed count four to nine tenths more
    /// instructions, one in 64 a hundredth (`scripts/test-instructions digests-all`).
    public var digestInterval = 64

    /// Records what handlers leave in the states of their keys beside the order of steps, which is
    /// all that a recovery needs: to measure what a journal of state deltas would cost. For nothing
    /// else: no recovery reads them, and what `forEachState` changes is not among them.
    public var recordsStateDeltas = false

    /// Of so many turns of a worker one is timed for the account of its tasks, see
    /// ``Engine/account()``; 0 for no account, which costs nothing. 64 costs a keyed count in atoms
    /// of 1,024 under a hundredth (Benchmarks/README.md). Which turns are timed is drawn.
    public var accountInterval = 0

    /// Makes the options of one worker, all others at their defaults.
    public init() {}
}

/// What a crash may cost.
public enum CommitMode: String, Sendable, CaseIterable {
    /// Everything: nothing is recorded.
    case none
    /// What was decided in the last moments: outputs do not wait for it.
    case asynchronous
    /// Nothing: outputs wait until all that they depend on is durable.
    case durable
}

/// Workers and what runs on them, without anything that drives them.
public final class Engine: @unchecked Sendable {  // Used by its driver while workers stand still.
    /// What it was made with.
    public let options: EngineOptions
    let directory = Directory()
    /// The workers by their index; their driver steps them.
    public let workers: [Worker]
    /// What the workers record, for the one thread that writes it down; empty where nothing is.
    public private(set) var records: [WorkerRecord] = []
    /// How far that has come.
    public let marks = CommitMarks()
    private(set) var recorders: [StepRecorder] = []
    private var outputs: [HeldOutputs] = []
    /// The cut that is being copied.
    var cut: EngineCut?
    /// The drain that it must wait for.
    var cutStamp: UInt64 = 0

    /// Makes workers with nothing to run.
    ///
    /// - Parameters:
    ///   - memory: where the rings, chunks and tables of a worker get their memory.
    ///   - clock: nanoseconds since launch; each worker calls it, on the thread that steps it.
    public init(
        options: EngineOptions, memory: (_ worker: Int) -> MemorySource,
        clock: @escaping () -> UInt64
    ) {
        precondition(options.workers >= 1, "an engine has at least one worker")
        self.options = options
        workers = Worker.make(
            count: options.workers, ringCapacity: options.ringCapacity,
            locks: options.locksRings, directory: directory,
            memory: memory, clock: clock)
        directory.arrivals = options.arrivals
        if options.accountInterval > 0 {
            for worker in workers {
                worker.account = WorkerAccount(
                    worker: worker.index, peerCount: options.workers,
                    interval: options.accountInterval, clock: clock)
            }
        }
        if options.commit == .none { return }
        let deltaRoom = options.recordsStateDeltas ? DeltaRoom() : nil
        for worker in workers {
            let ring = SPSCRing<UInt64>(
                capacity: options.recordCapacity, memory: memory(worker.index))
            let recorder = StepRecorder(
                producer: ring.producer, marks: marks, deltaRoom: deltaRoom)
            recorders.append(recorder)
            unsafe worker.recorder = recorder
            records.append(WorkerRecord(consumer: ring.consumer, worker: worker.index))
            if options.commit == .durable {
                let held = HeldOutputs(worker: worker, marks: marks)
                outputs.append(held)
                unsafe worker.outputs = held
                directory.hold(in: held)
            }
        }
    }

    /// Plans and installs applications together; all faults at once, nothing installed if there are
    /// any. All workers stand still meanwhile.
    public func launch(_ applications: [Application]) throws(LaunchError) {
        var planner = Planner(
            directory: directory, partitionCountDefault: options.partitions ?? options.workers,
            workerCount: options.workers, placement: options.placement)
        if options.commit != .none {
            planner.recordByteCountMax = StepRecorder.atomByteCountMax(
                recordCapacity: options.recordCapacity)
        }
        let added = try planner.plan(applications)
        for application in applications { directory.prepare(application) }
        directory.install(
            added, seed: options.seed, window: options.sourceWindow,
            recordsOrder: options.recordsOrder,
            digestInterval: options.commit == .none ? nil : options.digestInterval)
        directory.applications += applications
    }

    /// The drain of the records that outputs, seals and refusals wait for; any thread may ask.
    public var wantedDrain: UInt64 {
        var wanted: UInt64 = 0
        for recorder in recorders { wanted = max(wanted, recorder.wantedDrain) }
        for held in outputs { wanted = max(wanted, held.wantedDrain) }
        return wanted
    }

    /// Nothing will happen any more unless something comes from outside.
    public var isAtRest: Bool { directory.isAtRest }

    /// Elements whose streams end or have ended. All workers stand still.
    package var endedElements: Int { directory.leaders.count { $0.ending != .open } }

    /// An element that has ended before one that it takes from: there is none after a recovery.
    package var endedTooEarly: String? {
        for leader in directory.leaders where leader.ending != .open && !leader.isStopped {
            for producer in leader.element.externalUpstream
            where directory.leaders[producer].ending == .open {
                return "\(leader.element.path) has ended, \(directory.elements[producer].path) not"
            }
        }
        return nil
    }

    /// No source atom has consequences left; any thread may ask at any time.
    public var hasNothingInFlight: Bool { directory.roots.allFree }

    /// Endless generators give no more atoms.
    public func stopSources() { directory.stopSources() }

    /// Generators end after this many atoms, or earlier of themselves. Before a run, or at a
    /// stand-still.
    public func limitSources(atoms: UInt64) { directory.stopAtoms = atoms }

    /// Applications that a failure has stopped.
    public var stoppedApplications: [String] {
        directory.applications.map { $0.name }.filter { directory.isStopped($0) }
    }

    /// Handlers that threw, as far as they are kept, by worker.
    public var deadLetters: [DeadLetter] { workers.flatMap { $0.deadLetters } }

    /// The recorded order of an element's steps, if the options ask for it.
    public func order(of path: String) -> [OrderEntry]? {
        leader(path)?.order
    }

    /// Atoms that the generator of an element has given.
    public func admittedAtoms(of path: String) -> UInt64 { leader(path)?.admittedAtoms ?? 0 }

    /// Atoms that were undone.
    public func abortedAtoms(of path: String) -> Int { leader(path)?.abortedAtoms ?? 0 }

    /// Events that no split of a splitter wanted.
    public func droppedEvents(of path: String) -> Int {
        guard let plan = directory.elements.first(where: { $0.path == path }) else { return 0 }
        return (0..<plan.partitionCount).reduce(0) {
            $0 + directory.partitions[plan.firstPartition + $1].dropped.count
        }
    }

    /// The elements that run, as they are laid out.
    public var elements: [ElementPlan] { directory.elements }

    private func leader(_ path: String) -> Leader? {
        directory.elements.firstIndex { $0.path == path }.map { directory.leaders[$0] }
    }
}
