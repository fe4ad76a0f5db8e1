// A journal in memory whose un-synchronized blocks a crash may take.
import Portals

/// The shortest journal: an array of blocks.
package final class MemoryJournal: Journal {
    private var blocks: [[UInt8]] = []
    private var durableCount = 0

    package init() {}

    package var start: JournalPosition { JournalPosition(rawValue: 0) }
    package var end: JournalPosition { JournalPosition(rawValue: UInt64(blocks.count)) }
    package var durable: JournalPosition { JournalPosition(rawValue: UInt64(durableCount)) }
    package let epoch = JournalEpoch(rawValue: 1)
    package let payloadBytesMax = 1 << 20

    package func fence() throws(JournalError) -> JournalEpoch { epoch }
    package func release(before position: JournalPosition) throws(JournalError) {}
    package func prepare() throws(JournalError) {}
    package func close() throws(JournalError) {}

    package func append(
        _ payload: RawSpan, after position: JournalPosition
    ) throws(JournalError) -> JournalPosition {
        precondition(position == end)
        blocks.append(payload.withUnsafeBytes { Array($0) })
        return end
    }

    package func synchronize() throws(JournalError) { durableCount = blocks.count }

    package func read(
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
    package func crash(keeping extra: Int) -> MemoryJournal {
        let after = MemoryJournal()
        after.blocks = Array(blocks.prefix(durableCount + extra))
        after.durableCount = after.blocks.count
        return after
    }

    package var unsynchronizedCount: Int { blocks.count - durableCount }
}
