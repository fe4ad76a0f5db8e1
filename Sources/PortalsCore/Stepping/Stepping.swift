// The drivers that need no threads: stepping, worker after worker, for tests, debuggers and
// browsers; and simulation, where a seed picks who is next.

/// Runs workers one step at a time on the calling thread, with a clock of its own.
///
/// With a seed, the seed chooses which worker steps next and which of its partitions runs: every
/// interleaving of workers is the schedule of some seed, and a seed repeats its schedule.
public final class SteppedSite {
    /// The workers and what runs on them; look at it between steps.
    public let engine: Engine
    /// What takes its turn among the workers: the journal's writer, a client. Each does one unit of
    /// work, and says false if there is none.
    public var companions: [() -> Bool] = []
    /// Says which of so many takes the next turn, companions last; nil lets them take turns. With a
    /// seed, the seed says so; replace it by a schedule that holds one of them back.
    public var choose: ((_ count: Int) -> Int)?
    private let time: LogicalClock
    private var turn = 0

    /// - Parameter seed: picks the schedule; nil steps the workers in turn.
    public init(
        _ options: EngineOptions = EngineOptions(), seed: UInt64? = nil,
        memory: MemorySource = .heap
    ) {
        let time = LogicalClock()
        self.time = time
        engine = Engine(options: options, memory: { _ in memory }, clock: { time.now })
        if let seed {
            let random = SplitMix(seed)
            choose = { random.below($0) }
            for worker in engine.workers { worker.choose = { random.below($0) } }
        }
    }

    /// Launches applications together, or none of them if one has a fault.
    public func launch(_ applications: Application...) throws(LaunchError) {
        try engine.launch(applications)
    }

    /// Lets one worker do one unit of work; false if none has any.
    public func step() -> Bool {
        let count = engine.workers.count + companions.count
        if let choose {
            // A worker that has nothing to do costs its turn; a bound of idle turns proves rest.
            for _ in 0..<(8 * count) {
                if step(choose(count)) { return true }
            }
        }
        for offset in 0..<count {
            let next = (turn + offset) % count
            if step(next) {
                turn = next + 1
                return true
            }
        }
        return passTime()
    }

    private func step(_ index: Int) -> Bool {
        let workers = engine.workers
        return index < workers.count ? workers[index].step() : companions[index - workers.count]()
    }

    /// Runs until nothing is left to do. Time passes only when nothing else can.
    ///
    /// - Parameter stepsMax: a bound for programs without end.
    /// - Returns: false if the bound was reached.
    @discardableResult
    public func run(stepsMax: Int = .max) -> Bool {
        var steps = 0
        while step() {
            steps += 1
            if steps >= stepsMax { return false }
        }
        precondition(
            engine.isAtRest, "the workers are idle, but the system is not at rest: a lost message")
        return true
    }

    /// Nanoseconds since launch, as this site counts them.
    public var now: UInt64 { time.now }

    /// Lets its clock go on from a time, if it has not come there yet.
    public func advance(to now: UInt64) { time.now = max(time.now, now) }

    private func passTime() -> Bool {
        guard let next = engine.workers.compactMap({ $0.nextTime }).min(), next > time.now else {
            return false
        }
        time.now = next
        return true
    }
}

private final class LogicalClock {
    var now: UInt64 = 0
}

/// A small random number generator (Steele, Lea, Flood, OOPSLA 2014).
private final class SplitMix {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    func below(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)).multipliedFullWidth(by: UInt64(count)).high)
    }
}
