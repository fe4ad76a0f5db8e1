// A page of memory in a file that the process under test, which is killed, shares with the trial
// that watches it: what was shown outside is there to the last event.
import Glibc
import Harness
import KeyedCount
import Platform
import Portals
import Synchronization

/// What a recovery trial sees of its two processes.
///
/// ```
/// word 0   bytes committed      word 1   steps shown before the kill
/// from byte 64 on, for each partition of the sink, 64 bytes:
/// word 0   steps shown          word 1   events shown
/// word 2   when the first step was shown that was not shown before the kill; 0 before
/// word 3   its number
/// ```
/// - Ownership: each partition's sink writes its own words; anyone reads. Lives as long as the
///   process: its memory is not given back.
@safe
struct RecoveryPage: @unchecked Sendable {  // Words are atomic.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private static let byteCount = 8_192
    /// Partitions that have a place.
    static let partitionsMax = byteCount / 64 - 1

    /// Opens the page in the file at `path`; made, all zero, if it is not there.
    init(path: String) throws(TrialFault) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.fault(path) }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(Self.byteCount)) == 0 else { throw Self.fault(path) }
        let memory = unsafe mmap(
            nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard unsafe memory != MAP_FAILED, let memory = unsafe memory else {
            throw Self.fault(path)
        }
        unsafe words = memory.bindMemory(
            to: Atomic<UInt64>.self, capacity: Self.byteCount / 8)
    }

    private static func fault(_ path: String) -> TrialFault {
        TrialFault("\(path) cannot be shared: \(unsafe String(cString: strerror(errno)))")
    }

    private func load(_ word: Int) -> UInt64 { unsafe words[word].load(ordering: .acquiring) }
    private func store(_ word: Int, _ value: UInt64) {
        unsafe words[word].store(value, ordering: .releasing)
    }

    /// Bytes of records that are durable.
    var committedBytes: UInt64 {
        get { load(0) }
        nonmutating set { store(0, newValue) }
    }

    /// Steps that were shown before the kill.
    var stepsBefore: UInt64 {
        get { load(1) }
        nonmutating set { store(1, newValue) }
    }

    /// The next step after all that were shown.
    var stepsShown: UInt64 { (1...Self.partitionsMax).reduce(0) { max($0, load($1 * 8)) } }

    /// Events that were shown.
    var eventsShown: UInt64 { (1...Self.partitionsMax).reduce(0) { $0 + load($1 * 8 + 1) } }

    /// The first step that was not shown before the kill, and when it was; nil before.
    var firstNew: (step: UInt64, nanoseconds: UInt64)? {
        (1...Self.partitionsMax).compactMap { partition in
            let time = load(partition * 8 + 2)
            return time == 0 ? nil : (load(partition * 8 + 3), time)
        }.min { $0.nanoseconds < $1.nanoseconds }
    }

    /// A partition of the sink shows events of a step.
    func show(_ events: Int, step: UInt64, partition: Int) {
        let word = (partition + 1) * 8
        store(word, step + 1)
        store(word + 1, load(word + 1) &+ UInt64(events))
    }

    /// A partition shows its first new step.
    func showNew(step: UInt64, partition: Int) {
        let word = (partition + 1) * 8
        store(word + 3, step)
        store(word + 2, MonotonicClock.nanoseconds())
    }
}

/// The sink of the keyed count that says in the page what it shows.
struct ShowingSink: SinkBody {
    private var sink: ReportingSink
    private let page: RecoveryPage
    private let partition: Int
    private let stepsBefore: UInt64
    private var hasShownNew: Bool

    /// A sink for a partition; `stepsBefore` is 0 in the process that is to be killed.
    init(_ results: KeyedCount.Results, _ page: RecoveryPage, partition: Int, stepsBefore: UInt64) {
        sink = ReportingSink(results: results)
        self.page = page
        self.partition = partition
        self.stepsBefore = stepsBefore
        hasShownNew = stepsBefore == 0
    }

    mutating func onBatch(_ batch: Batch<RunningCount>, _ step: StepInfo) {
        if !hasShownNew && step.number >= stepsBefore {
            hasShownNew = true
            page.showNew(step: step.number, partition: partition)
        }
        sink.onBatch(batch, step)
        page.show(batch.count, step: step.number, partition: partition)
    }

    mutating func onSeal() { sink.onSeal() }
}
