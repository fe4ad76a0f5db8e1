// What the tests of the journal share: payloads that tell which they are, small segments, and
// reading everything back.
import CPlatform
import Portals
import Testing

typealias SimulatedJournal = SegmentJournal<SimulatedStorage>

let testApplication = JournalApplication(name: "test", identity: 7)

/// Segments of four pages, so that a few blocks fill one.
func smallOptions(pages: Int = 4, salt: UInt64 = 99) -> JournalOptions {
    var options = JournalOptions()
    options.segmentBytes = pages * 4_096
    options.salt = salt
    return options
}

func opened(
    _ storage: SimulatedStorage, _ options: JournalOptions = smallOptions()
) throws(JournalError) -> SimulatedJournal {
    try SegmentJournal(opening: storage, application: testApplication, options: options)
}

/// A generator of the same numbers everywhere.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// The payload of the block `index` of some `run`: `count` bytes that no other block has.
func payload(_ index: Int, count: Int, run: UInt64 = 0) -> [UInt8] {
    var numbers = SeededNumbers(run &* 1_000_003 &+ UInt64(index))
    var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: count)
    // The ends and each page tell which block it is; random bytes throughout would cost the time.
    for offset in stride(from: 0, to: count, by: 512) {
        bytes[offset] = UInt8(truncatingIfNeeded: numbers.next())
    }
    return bytes
}

/// Every payload from `position` (or the start) on.
func contents(
    _ journal: some Journal, from position: JournalPosition? = nil
) throws(JournalError) -> [[UInt8]] {
    var all: [[UInt8]] = []
    try journal.read(from: position ?? journal.start) { payload, _, _ in
        all.append(payload.withUnsafeBytes { Array($0) })
        return .goOn
    }
    return all
}

extension Journal {
    /// Appends at the end.
    @discardableResult
    func append(_ bytes: [UInt8]) throws(JournalError) -> JournalPosition {
        try append(bytes.span.bytes, after: end)
    }
}

/// The error that `body` throws.
func journalError(_ body: () throws(JournalError) -> Void) -> JournalError? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

extension StorageFile {
    /// Fills `bytes` from the beginning of the file.
    func read(into bytes: inout [UInt8]) throws(StorageError) {
        var all = bytes.mutableSpan
        var span = all.mutableBytes
        _ = try read(into: &span, at: 0)
    }
}
