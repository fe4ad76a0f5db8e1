// A page of memory in a file that the process under test, which is killed, shares with the trial
// that watches it: what was shown outside is there to the last atom.
import Glibc
import Harness
import KeyedCount
import Platform
import Portals
import Synchronization

/// What a recovery trial sees of its two processes, and the world outside them sees.
///
/// ```
/// word 0   bytes committed since the records count     word 1   1 once it may be killed
/// word 2   events shown while the records were made    word 3   nanoseconds that took
/// from byte 64 on, for each partition of the sink, 64 bytes:
/// word 0   which of the two places holds: 0 or 1
/// words 1…3, 4…6   the places: next step, events shown, sum of their counts
/// word 7   when the first output was shown that was not before the kill; 0 before
/// ```
/// An atom is shown by filling the other place and then naming it, in one store: a kill leaves it
/// shown or not, never half.
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

    /// Bytes of records that are durable, since all keys are known.
    var committedBytes: UInt64 {
        get { load(0) }
        nonmutating set { store(0, newValue) }
    }

    /// The journal is as long as wanted.
    var isReady: Bool {
        get { load(1) == 1 }
        nonmutating set { store(1, newValue ? 1 : 0) }
    }

    /// Events that were shown while the records were made, and how long that took.
    var live: (events: UInt64, nanoseconds: UInt64) {
        get { (load(2), load(3)) }
        nonmutating set {
            store(2, newValue.events)
            store(3, newValue.nanoseconds)
        }
    }

    /// What a partition of the sink has shown.
    struct Shown {
        /// The step after the last that was shown.
        var nextStep: UInt64
        var sink: CountSink
    }

    /// What a partition has shown until now.
    func shown(partition: Int) -> Shown {
        let place = placeWord(partition, load(Self.word(partition)))
        var sink = CountSink()
        sink.records = load(place + 1)
        sink.sumOfCounts = load(place + 2)
        return Shown(nextStep: load(place), sink: sink)
    }

    /// A partition shows an atom.
    func show(_ shown: Shown, partition: Int) {
        let other = 1 - load(Self.word(partition))
        let place = placeWord(partition, other)
        store(place, shown.nextStep)
        store(place + 1, shown.sink.records)
        store(place + 2, shown.sink.sumOfCounts)
        store(Self.word(partition), other)
    }

    /// A partition shows its first output that was not shown before the kill.
    func showNew(partition: Int) {
        store(Self.word(partition) + 7, MonotonicClock.nanoseconds())
    }

    private static func word(_ partition: Int) -> Int { (partition + 1) * 8 }
    private func placeWord(_ partition: Int, _ place: UInt64) -> Int {
        Self.word(partition) + 1 + 3 * Int(place & 1)
    }

    private var partitions: Range<Int> { 0..<Self.partitionsMax }

    /// The step after all that were shown.
    var stepsShown: UInt64 { partitions.reduce(0) { max($0, shown(partition: $1).nextStep) } }

    /// Events that were shown.
    var eventsShown: UInt64 { partitions.reduce(0) { $0 + shown(partition: $1).sink.records } }

    /// When the first output was shown that was not before the kill; nil before.
    var firstNewNanoseconds: UInt64? {
        partitions.map { load(Self.word($0) + 7) }.filter { $0 != 0 }.min()
    }
}

/// The outside world of a recovery trial: takes each atom once, whatever is shown to it again.
struct ShowingSink: SinkBody {
    private let results: KeyedCount.Results
    private let page: RecoveryPage
    private let partition: Int
    private var running: RecoveryPage.Shown
    private var ended: RecoveryPage.Shown
    private var shown: RecoveryPage.Shown
    private var hasShownNew: Bool

    /// A sink for a partition, which goes on from what the page says was shown.
    init(_ results: KeyedCount.Results, _ page: RecoveryPage, partition: Int, goesOn: Bool) {
        self.results = results
        self.page = page
        self.partition = partition
        shown = page.shown(partition: partition)
        running = shown
        ended = shown
        hasShownNew = !goesOn
    }

    mutating func onBatch(_ batch: Batch<RunningCount>, _ step: StepInfo) {
        if step.number < ended.nextStep { return }
        for index in 0..<batch.count { running.sink.take(batch[index]) }
    }

    mutating func onAtomEnd(_ step: StepInfo) {
        if step.number < ended.nextStep { return }
        running.nextStep = step.number + 1
        ended = running
    }

    mutating func prepare(_ waiting: inout RecoveryPage.Shown?) { waiting = ended }

    mutating func show(_ prepared: RecoveryPage.Shown) {
        if prepared.nextStep == shown.nextStep { return }
        shown = prepared
        page.show(shown, partition: partition)
        if hasShownNew { return }
        hasShownNew = true
        page.showNew(partition: partition)
    }

    mutating func onSeal() {
        var reporting = ReportingSink(results: results, shown: shown.sink)
        reporting.onSeal()
    }
}
