// What the journal's writer and the taker of snapshots tell each other, from thread to thread.
import Synchronization

/// Positions of the journal that matter to snapshots.
final class CommitPlaces: Sendable {
    private let drainedPosition: Atomic<UInt64>
    private let releasePosition: Atomic<UInt64>
    private let releasedPosition: Atomic<UInt64>

    init(drained: JournalPosition, released: JournalPosition) {
        drainedPosition = Atomic(drained.rawValue)
        releasePosition = Atomic(released.rawValue)
        releasedPosition = Atomic(released.rawValue)
    }

    /// Where the last whole drain ended: a worker's words that come after it begin with a record.
    /// Written by the writer.
    var drained: JournalPosition {
        get { JournalPosition(rawValue: drainedPosition.load(ordering: .acquiring)) }
        set { drainedPosition.store(newValue.rawValue, ordering: .releasing) }
    }

    /// What lies before is in two snapshots; the writer gives it up with its next commit.
    func release(before position: JournalPosition) {
        releasePosition.store(position.rawValue, ordering: .releasing)
    }

    /// What the writer is to give up; nil if nothing new.
    func takeRelease() -> JournalPosition? {
        let wanted = releasePosition.load(ordering: .acquiring)
        if wanted <= releasedPosition.load(ordering: .relaxed) { return nil }
        releasedPosition.store(wanted, ordering: .relaxed)
        return JournalPosition(rawValue: wanted)
    }
}
