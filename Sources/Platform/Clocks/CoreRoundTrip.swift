// How long a cache line takes from one core to another and back: the regime of the machine.
import Synchronization

/// The probe that is printed beside every figure of more than one core.
///
/// The cores of a virtual machine move: round trips change between 100 and 1,900 ns within a
/// minute, and rings with them. A figure without its round trip can't be compared.
public enum CoreRoundTrip {
    /// Median nanoseconds of a cache line going from `first` to `second` and back.
    ///
    /// Two pinned threads, each waiting for the other's word to change, both words in lines of
    /// their own: two transfers a round trip. Timed in batches of 64, so that the clock's 25 ns
    /// vanish, and the median of the batches is immune to a few interruptions.
    ///
    /// - Parameter rounds: at most this many round trips; ends after 5 ms all the same.
    /// - Returns: nil, so not measured, when there is one processor only or one can't be pinned.
    /// - Cost: two threads and up to 5 ms on both processors.
    public static func measure(
        first: ProcessorID, second: ProcessorID, rounds: Int = 16_384
    ) -> Double? {
        guard first != second, rounds > 0 else { return nil }
        let lines = SharedLines()
        guard
            let answering = try? PinnedThread(
                name: "round-trip-2", processor: second,
                body: { lines.answer() })
        else { return nil }
        defer {
            lines.stop()
            answering.join()
        }
        guard answering.pinning == .pinned(second),
            let asking = try? PinnedThread(
                name: "round-trip-1", processor: first,
                body: {
                    // Unpinned it would measure some other pair of processors.
                    guard (try? Affinity.current()) == ProcessorSet([first]) else { return }
                    lines.ask(rounds: rounds)
                })
        else { return nil }
        asking.join()
        return lines.medianNanoseconds
    }

    /// The first two processors that workers would take; nil when there is one only.
    public static func measure(_ topology: Topology) -> Double? {
        let pair = topology.workerProcessors(count: 2)
        return pair.count == 2 ? measure(first: pair[0], second: pair[1]) : nil
    }
}

/// Two words, each in a line pair of its own, and the result.
@safe private final class SharedLines: @unchecked Sendable {
    // Unchecked: the pointers never change and what they point at is atomic.
    private let memory: UnsafeMutableRawPointer
    /// Written by the asking thread (and by `stop`), read by the answering one.
    private let question: UnsafeMutablePointer<Atomic<UInt64>>
    /// Written by the answering thread, read by the asking one.
    private let answerWord: UnsafeMutablePointer<Atomic<UInt64>>
    private let median = Mutex<Double?>(nil)

    private static let stopped = UInt64.max
    /// Round trips timed together.
    private static let batchCount = 64
    /// Long enough for some thousand round trips, short enough to print beside each figure.
    private static let nanosecondsMax: UInt64 = 5_000_000

    init() {
        // 128: prefetchers of x86 fetch lines in pairs; 64 would let the words disturb.
        unsafe memory = .allocate(byteCount: 256, alignment: 128)
        unsafe question = memory.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        unsafe answerWord = (memory + 128).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        unsafe question.initialize(to: Atomic(0))
        unsafe answerWord.initialize(to: Atomic(0))
    }

    deinit { unsafe memory.deallocate() }

    var medianNanoseconds: Double? { median.withLock { $0 } }

    func stop() { unsafe question.pointee.store(Self.stopped, ordering: .releasing) }

    /// Repeats each question until stopped.
    func answer() {
        var last: UInt64 = 0
        while last != Self.stopped {
            let asked = unsafe question.pointee.load(ordering: .acquiring)
            if asked != last {
                last = asked
                unsafe answerWord.pointee.store(asked, ordering: .releasing)
            }
        }
    }

    func ask(rounds: Int) {
        var samples: [Double] = []
        var sequence: UInt64 = 0
        var left = rounds
        var start = MonotonicClock.nanoseconds()
        var before = start
        // The first batch brings the other thread to its processor and the lines to the caches.
        var isWarm = false
        while left > 0, samples.isEmpty || before &- start < Self.nanosecondsMax {
            let count = min(left, Self.batchCount)
            for _ in 0..<count {
                sequence += 1
                unsafe question.pointee.store(sequence, ordering: .releasing)
                // No pause: it would be measured along.
                while unsafe answerWord.pointee.load(ordering: .acquiring) != sequence {}
            }
            let now = MonotonicClock.nanoseconds()
            if isWarm {
                samples.append(Double(now &- before) / Double(count))
                left -= count
            } else {
                // The time starts here: under load the other thread may come late.
                start = now
                isWarm = true
            }
            before = now
        }
        samples.sort()
        let result = samples.isEmpty ? nil : samples[samples.count / 2]
        median.withLock { $0 = result }
    }
}
