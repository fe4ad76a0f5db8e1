// What a service keeps to serve each call once, where calls may time out and be made again.
import Portals

/// The calls of sagas that a service has served and that are in effect, in the state of one key.
///
/// Asks reach a service exactly once, so a service whose steps have no time-out needs none. With
/// one, a call may be in effect although the saga has given it up: it is made again, or undone.
///
/// ```swift
/// onRequest: { request, shelf, task in
///     if shelf.ledger.needs(request.call) {
///         if request.call.isCompensation { shelf.units += 1 }
///         else if shelf.units > 0 { shelf.units -= 1 }
///         else { return task.reply(.soldOut) }
///         shelf.ledger.note(request.call)
///     }
///     task.reply(.done)
/// }
/// ```
/// - Shape: an entry for each call in effect, oldest first: 24 bytes each.
/// - Cost: a walk over the entries; they are forgotten after `windowNanoseconds`. Give more than a
///   saga takes to its end, its pauses included: what is forgotten is served again.
/// - Source: the windows in which brokers drop duplicates; here over recorded time: a replay
///   forgets the same.
public struct SagaLedger: Sendable, Hashable, StoredState {
    /// How long an entry is kept, in recorded time.
    public let windowNanoseconds: UInt64
    private var entries: [Entry] = []

    private struct Entry: Sendable, Hashable, BitwiseCopyable, StoredState {
        var saga: Key
        var askedAt: UInt64
        var step: UInt16
    }

    /// A ledger without entries.
    ///
    /// - Parameter windowNanoseconds: an hour if not given: far more than what runs within a site,
    ///   and still a bound.
    public init(windowNanoseconds: UInt64 = 3_600_000_000_000) {
        self.windowNanoseconds = windowNanoseconds
    }

    /// Calls in effect that are remembered.
    public var count: Int { entries.count }

    /// Whether the call is still to be served. A step is not, if it is in effect; an undo is not,
    /// if there is nothing to undo: answer as if it were done now.
    public func needs(_ call: SagaCall) -> Bool {
        let isInEffect = place(of: call).map { !isOld(entries[$0], at: call.askedAt) } ?? false
        return isInEffect == call.isCompensation
    }

    /// The call was served and is in effect.
    public mutating func note(_ call: SagaCall) {
        entries.removeFirst(entries.prefix { isOld($0, at: call.askedAt) }.count)
        if let place = place(of: call) {
            if call.isCompensation { entries.remove(at: place) }
        } else if !call.isCompensation {
            entries.append(Entry(saga: call.saga, askedAt: call.askedAt, step: call.step))
        }
    }

    private func isOld(_ entry: Entry, at time: UInt64) -> Bool {
        time > entry.askedAt && time - entry.askedAt > windowNanoseconds
    }

    private func place(of call: SagaCall) -> Int? {
        // The last ones are the likeliest.
        entries.lastIndex { $0.saga == call.saga && $0.step == call.step }
    }

    /// Stores window and entries.
    public func store(into bytes: inout StateBytes) {
        bytes.append(windowNanoseconds)
        entries.store(into: &bytes)
    }

    /// Makes what was stored.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        windowNanoseconds = try bytes.read(UInt64.self)
        entries = try [Entry](from: &bytes)
    }
}
