// Runs one or two pieces of work on pinned threads and times them.
import CReferenceRing
import Glibc
import Synchronization

/// Wall time of some work and how much of it its threads had their cores.
struct Timing {
    var nanoseconds: Double
    /// 0 to 1, over all threads of the work.
    var processorShare: Double
    var answer: UInt64
}

/// Samples during which the threads were off their cores for more than this are thrown away.
///
/// shared/swift.md, section 1: below 98 % a ring's figures are those of the scheduler.
let processorShareMin = 0.98

/// Runs `works[i]` pinned to core `i`, all released together; the last one's result is the answer.
func onCores(_ works: [@Sendable () -> UInt64]) throws(MicroError) -> Timing {
    let gate = Gate(count: works.count)
    let runs = works.enumerated().map { ThreadRun(core: $0.offset, gate: gate, work: $0.element) }
    for run in runs { try run.start() }
    for run in runs { run.join() }
    for run in runs where run.pinError != 0 {
        throw .cannotPin(core: run.core, errno: run.pinError)
    }
    let began = runs.map(\.began).min() ?? 0
    let ended = runs.map(\.ended).max() ?? 0
    let busy = runs.reduce(0.0) { $0 + $1.processorNanoseconds }
    let wall = runs.reduce(0.0) { $0 + ($1.ended - $1.began) }
    return Timing(
        nanoseconds: ended - began, processorShare: busy / wall,
        answer: runs.last?.answer ?? 0)
}

/// Lets threads begin together.
private final class Gate: Sendable {
    private let missing: Atomic<Int>

    init(count: Int) { missing = Atomic(count) }

    func pass() {
        // Relaxed: nothing is handed over here; the threads only want to begin at one moment.
        missing.subtract(1, ordering: .relaxed)
        while missing.load(ordering: .relaxed) > 0 {}
    }
}

/// One pinned thread.
///
/// Unchecked: written by its thread, read after `join`.
private final class ThreadRun: @unchecked Sendable {
    let core: Int
    private let gate: Gate
    private let work: @Sendable () -> UInt64
    private var thread = pthread_t()
    private(set) var pinError: Int32 = 0
    private(set) var began = 0.0
    private(set) var ended = 0.0
    private(set) var processorNanoseconds = 0.0
    private(set) var answer: UInt64 = 0

    init(core: Int, gate: Gate, work: @escaping @Sendable () -> UInt64) {
        self.core = core
        self.gate = gate
        self.work = work
    }

    func start() throws(MicroError) {
        let error = unsafe pthread_create(
            &thread, nil,
            { argument in
                unsafe Unmanaged<ThreadRun>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        if error != 0 { throw .cannotStartThread(errno: error) }
    }

    func join() { pthread_join(thread, nil) }

    private func run() {
        pinError = reference_pin(Int32(core))
        gate.pass()
        // A thread that could not be pinned still does its part, as the other one waits for it.
        let processor = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        began = nanoseconds(CLOCK_MONOTONIC)
        answer = work()
        ended = nanoseconds(CLOCK_MONOTONIC)
        processorNanoseconds = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - processor
    }
}

/// A clock of the system in nanoseconds.
func nanoseconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}
