// The keyed count with a journal that keeps nothing: what digests cost an event, by their interval.
import KeyedCount
import Portals

/// A journal that only counts, so that what is left to see is what workers and writer do.
private final class CountingJournal: Journal {
    private var byteCount: UInt64 = 0

    var start: JournalPosition { JournalPosition(rawValue: 0) }
    var end: JournalPosition { JournalPosition(rawValue: byteCount) }
    var durable: JournalPosition { end }
    let epoch = JournalEpoch(rawValue: 1)
    let payloadBytesMax = 1 << 20

    func fence() throws(JournalError) -> JournalEpoch { epoch }
    func release(before position: JournalPosition) throws(JournalError) {}
    func prepare() throws(JournalError) {}
    func close() throws(JournalError) {}
    func append(
        _ payload: RawSpan, after position: JournalPosition
    ) throws(JournalError) -> JournalPosition {
        byteCount += UInt64(payload.byteCount)
        return end
    }
    func synchronize() throws(JournalError) {}
    func read(
        from position: JournalPosition,
        _ visit: (RawSpan, JournalPosition, JournalPosition) -> JournalVisit
    ) throws(JournalError) {}
}

/// The keyed count in atoms of 128 with its journal's writer, by turns on this thread.
private func recorded(events: Int, digestInterval: Int) -> UInt64 {
    // The first steps after a launch are all looked at: they are in both runs that are counted.
    let atomSize = 128
    let first = 64 * atomSize
    let definition = KeyedCount.Definition(
        events: UInt64(first + events), keys: 1_024, atomSize: UInt64(atomSize))
    let results = KeyedCount.Results(definition)
    var options = EngineOptions()
    options.commit = .asynchronous
    options.digestInterval = digestInterval
    do {
        let site = try SimulatedSite(
            options, seed: nil, journal: CountingJournal(),
            applications: [definition.application(results)])
        try site.run()
    } catch {
        refuse("\(error)")
    }
    return results.answer.sumOfCounts
}

/// No step is looked at.
@inline(never)
func digestsNone(events: Int) -> UInt64 { recorded(events: events, digestInterval: 0) }

/// One step in 64, the default.
@inline(never)
func digestsDefault(events: Int) -> UInt64 { recorded(events: events, digestInterval: 64) }

/// Each step.
@inline(never)
func digestsAll(events: Int) -> UInt64 { recorded(events: events, digestInterval: 1) }
