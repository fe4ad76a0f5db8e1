// The durable append on Portals: a source from outside whose atoms are records, and the sink by
// which they are acknowledged.
import Portals
import Synchronization

/// A record as an event: 100 bytes.
@frozen
public struct Record: Event, BitwiseCopyable {
    /// Its bytes but the last four.
    @usableFromInline var words: InlineArray<12, UInt64> = InlineArray(repeating: 0)
    /// The last four.
    @usableFromInline var rest: UInt32 = 0

    /// Copies a record from 100 bytes of any alignment.
    @inlinable @inline(__always)
    init(_ bytes: UnsafeRawPointer) {
        for place in 0..<12 {
            words[place] = unsafe bytes.loadUnaligned(fromByteOffset: place &* 8, as: UInt64.self)
        }
        rest = unsafe bytes.loadUnaligned(fromByteOffset: 96, as: UInt32.self)
    }
}

/// What a run leaves.
public final class Results: Sendable {
    private let state = Mutex(Answer())

    /// Nothing yet.
    public init() {}

    func set(_ answer: Answer) { state.withLock { $0 = answer } }

    /// What came to the end of the log, once the site is at rest.
    public var answer: Answer { state.withLock { $0 } }
}

/// The log in memory of a run without a journal.
private final class KeptRecords {
    var log = MemoryLog()
}

/// The end of the log: what has come here is acknowledged.
///
/// With a journal that is the log, and the sink looks at what passes; without one the sink keeps
/// the
/// records in memory, so that there is a log to be read back.
private struct LogSink: SinkBody {
    let kept: KeptRecords?
    let results: Results
    var answer = Answer()

    mutating func onBatch(_ batch: Batch<Record>, _ step: StepInfo) {
        for index in 0..<batch.count {
            unsafe withUnsafeBytes(of: batch[index]) { bytes in
                guard let record = bytes.baseAddress else { return }
                if let kept {
                    unsafe kept.log.append(record, count: 1)
                } else {
                    unsafe answer.take(record)
                }
            }
        }
    }

    mutating func onSeal() { results.set(kept?.log.readBack() ?? answer) }
}

/// Whether a run's sink keeps the records.
public enum Keeping: Sendable {
    /// They are in the journal.
    case journal
    /// There is no journal.
    case memory
}

extension Definition {
    /// The path of the workflow that takes the source's atoms.
    public static let workflowPath = "/durable-append/workflows/log"

    /// The durable append as a Portals application: one partition, as a log has one order.
    public func application(
        _ appender: Appender, _ results: Results, keeping: Keeping
    ) -> Application {
        Application("durable-append") { app in
            let records = app.source("records", appender.makeFeed()) {
                (bytes: RawSpan, part: FeedPart, out: inout Emitter<Record>) in
                let count = bytes.byteCount / Definition.recordByteCount
                let share = part.share(of: count)
                unsafe bytes.withUnsafeBytes { bytes in
                    guard let first = bytes.baseAddress else { return }
                    for index in share {
                        out.emit(unsafe Record(first + index * Definition.recordByteCount))
                    }
                }
            }
            app.workflow("log", partitions: 1).source(records)
                .sink("log") { _ in
                    LogSink(kept: keeping == .memory ? KeptRecords() : nil, results: results)
                }
        }
    }
}
