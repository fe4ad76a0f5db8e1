// A journal in memory whose un-synchronized blocks a crash may take.
import Portals

/// The shortest journal: an array of blocks.
final class MemoryJournal: Journal {
    private var blocks: [[UInt8]] = []
    private var durableCount = 0
    var start: JournalPosition { JournalPosition(rawValue: 0) }
    var end: JournalPosition { JournalPosition(rawValue: UInt64(blocks.count)) }
    var durable: JournalPosition { JournalPosition(rawValue: UInt64(durableCount)) }
    let epoch = JournalEpoch(rawValue: 1)
    let payloadBytesMax = 1 << 20

    func fence() throws(JournalError) -> JournalEpoch { epoch }
    func release(before position: JournalPosition) throws(JournalError) {}
    func prepare() throws(JournalError) {}
    func close() throws(JournalError) {}

    func append(
        _ payload: RawSpan, after position: JournalPosition
    ) throws(JournalError) -> JournalPosition {
        precondition(position == end)
        blocks.append(payload.withUnsafeBytes { Array($0) })
        return end
    }

    func synchronize() throws(JournalError) { durableCount = blocks.count }

    func read(
        from position: JournalPosition,
        _ visit: (RawSpan, JournalPosition, JournalPosition) -> JournalVisit
    ) throws(JournalError) {
        for index in Int(position.rawValue)..<blocks.count {
            let here = JournalPosition(rawValue: UInt64(index))
            let next = JournalPosition(rawValue: UInt64(index + 1))
            let block = blocks[index]
            if visit(block.span.bytes, here, next) == .stop { return }
        }
    }

    /// What a restarted process finds, where so many un-synchronized blocks survived.
    func crash(keeping extra: Int) -> MemoryJournal {
        let after = MemoryJournal()
        after.blocks = Array(blocks.prefix(durableCount + extra))
        after.durableCount = after.blocks.count
        return after
    }

    var unsynchronizedCount: Int { blocks.count - durableCount }
}
