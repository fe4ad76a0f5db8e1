// A lock around a ring: what queues of threads usually have, to measure what doing without gives.
import Synchronization

/// Excludes two workers from each other for a few instructions, spinning.
///
/// One exchange to take it and one store to give it back: no queue with a lock is cheaper. A lock
/// that puts threads to sleep would measure the operating system's scheduler.
final class QueueLock: Sendable {
    private let isTaken = Atomic<Bool>(false)

    func locked<Result>(_ body: () -> Result) -> Result {
        // Acquires what the holder before wrote.
        while isTaken.exchange(true, ordering: .acquiring) {
            // Reading alone leaves the line to the holder.
            while isTaken.load(ordering: .relaxed) {}
        }
        defer { isTaken.store(false, ordering: .releasing) }
        return body()
    }
}
