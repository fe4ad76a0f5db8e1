// A running process that hosts applications, on threads.
import Platform
import Synchronization

/// How a site uses its machine, besides how its engine is laid out.
public struct SiteOptions: Sendable {
    /// Workers, partitions, rings, placement, seed.
    public var engine = EngineOptions()
    /// Each worker on a processor of its own. Off where others place threads.
    public var pins = true
    /// What a worker does that has nothing to do: spin for the lowest latency, park to leave the
    /// processor to others.
    public var idle = IdleStrategy.park
    /// Memory of workers on their NUMA node; nil where the machine has several and allows it.
    public var usesNuma: Bool?

    /// The defaults, with so many workers.
    public init(workers: Int = 1) { engine.workers = workers }
}

/// One process that hosts applications: the threads driver.
///
/// ```swift
/// let site = try Site(.threads(2))
/// try site.launch(shop)
/// try site.awaitRest()
/// ```
/// - Ownership: one thread at a time calls it. Its workers end with it.
public final class Site {
    /// How to drive the engine.
    public enum Driver: Sendable {
        /// Pinned threads, as many as there are workers, with the default options.
        case threads(Int)
        /// Pinned threads, as the options say.
        case configured(SiteOptions)
    }

    /// What its workers drive; look at it while they stand still, or at rest.
    public let engine: Engine
    /// As it was made.
    public let options: SiteOptions
    /// Where each worker runs.
    public let placement: [WorkerPlacement]
    /// The machine, as it was read before the first thread was pinned.
    public let topology: Topology
    private let control = ThreadControl()
    private var threads: [WorkerThread] = []
    private let clock: NanosecondClock
    private let origin: UInt64

    /// Starts the workers; they stand still until the first launch.
    ///
    /// - Errors: `PlatformError` where the machine's topology can't be read.
    public init(_ driver: Driver) throws {
        switch driver {
        case .threads(let workers): options = SiteOptions(workers: workers)
        case .configured(let configured): options = configured
        }
        topology = try Topology.read()
        placement = WorkerPlacement.plan(
            workers: options.engine.workers, topology: topology, pins: options.pins,
            usesNuma: options.usesNuma)
        let clock = NanosecondClock.calibrated()
        let origin = clock.nanoseconds()
        self.clock = clock
        self.origin = origin
        let places = placement
        engine = Engine(
            options: options.engine, memory: { places[$0].arena?.source ?? .heap },
            clock: { clock.nanoseconds() &- origin })
        // A spinning thread without a processor of its own would keep the others from theirs.
        let idle: IdleStrategy =
            options.idle == .spin && placement.contains { $0.processor == nil } && options.pins
            ? .yield : options.idle
        for worker in engine.workers {
            threads.append(
                try WorkerThread(
                    worker: worker, processor: placement[worker.index].processor, idle: idle,
                    control: control, clock: { clock.nanoseconds() &- origin }))
        }
        let parkers = threads.map(\.parker)
        if idle == .park {
            for worker in engine.workers { worker.wake = { parkers[$0].unparkIfAnnounced() } }
        }
    }

    deinit {
        control.give(.end)
        for thread in threads { thread.parker.unpark() }
        for thread in threads { thread.join() }
    }

    /// Nanoseconds since the site began.
    public var nanoseconds: UInt64 { clock.nanoseconds() &- origin }

    /// Whether each worker's thread is where it was to be.
    public var pinnings: [PinnedThread.Pinning] { threads.map(\.pinning) }

    /// Launches applications together, while others run: all, or, with every fault named, none.
    public func launch(_ applications: Application...) throws {
        try launch(applications)
    }

    /// Launches applications together, while others run: all, or, with every fault named, none.
    public func launch(_ applications: [Application]) throws {
        try standing { try engine.launch(applications) }
    }

    /// Runs a closure while all workers stand still, between two of their steps.
    public func standing<Result>(_ body: () throws -> Result) rethrows -> Result {
        control.give(.stand)
        while control.standingCount < threads.count {
            for thread in threads { thread.parker.unpark() }
            Self.sleep(nanoseconds: 20_000)
        }
        defer {
            control.give(.run)
            while control.standingCount > 0 {
                for thread in threads { thread.parker.unpark() }
                Self.sleep(nanoseconds: 20_000)
            }
        }
        return try body()
    }

    /// Waits until nothing is left to do: sources have ended, and all that followed from them is
    /// done.
    ///
    /// - Errors: `SiteError.stopped` if a failure stopped an application; `SiteError.timedOut`.
    public func awaitRest(timeoutSeconds: Double = .infinity) throws {
        let start = nanoseconds
        while true {
            if engine.hasNothingInFlight, standing({ engine.isAtRest }) { break }
            if Double(nanoseconds - start) > timeoutSeconds * 1e9 { throw SiteError.timedOut }
            Self.sleep(nanoseconds: 200_000)
        }
        let stopped = engine.stoppedApplications
        if !stopped.isEmpty {
            throw SiteError.stopped(applications: stopped, failures: engine.deadLetters)
        }
    }

    /// Lets sources run for a time, then ends those without an end and waits for rest.
    public func run(seconds: Double) throws {
        Self.sleep(nanoseconds: UInt64(seconds * 1e9))
        engine.stopSources()
        try awaitRest()
    }

    /// Lets the calling thread wait while the workers go on.
    public func sleep(seconds: Double) { Self.sleep(nanoseconds: UInt64(seconds * 1e9)) }

    private static func sleep(nanoseconds: UInt64) {
        ThreadSleep.sleep(nanoseconds: nanoseconds)
    }
}

/// Why a wait on a site ended otherwise than at rest.
public enum SiteError: Error, CustomStringConvertible {
    /// Handlers threw in workflows whose failure policy stops the application.
    case stopped(applications: [String], failures: [DeadLetter])
    case timedOut

    /// What happened, in words: for a stop, with the last three failures.
    public var description: String {
        switch self {
        case .stopped(let applications, let failures):
            "stopped by a failure: \(applications.joined(separator: ", "))"
                + failures.suffix(3).map { "\n  \($0.task), step \($0.step): \($0.error)" }.joined()
        case .timedOut: "the site did not come to rest in time"
        }
    }
}
