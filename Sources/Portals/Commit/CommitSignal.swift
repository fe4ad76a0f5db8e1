// How workers and the journal's writer know of each other's idleness, without locks.
import Platform
import Synchronization

/// What worker threads tell the writer's thread, and it them.
final class CommitSignal: Sendable {
    /// Where the writer sleeps, about twice a commit. Workers wake it when all have become idle:
    /// that is as rare, and a membarrier would interrupt each of them while they work.
    let parker = Parker(fence: .both)
    /// Workers that have nothing to do. Written by workers when that changes.
    private let idleCount = Atomic<Int>(0)
    private let workerCount: Int
    private let ends = Atomic<Bool>(false)

    init(workerCount: Int) { self.workerCount = workerCount }

    /// A worker found nothing to do, after it had something.
    func idled() {
        let count = idleCount.add(1, ordering: .acquiringAndReleasing).newValue
        if count == workerCount { parker.unparkIfAnnounced() }
    }

    /// A worker has something to do again.
    func worked() { idleCount.subtract(1, ordering: .acquiringAndReleasing) }

    var areAllIdle: Bool { idleCount.load(ordering: .acquiring) == workerCount }

    func end() {
        ends.store(true, ordering: .releasing)
        parker.unpark()
    }

    var isEnding: Bool { ends.load(ordering: .acquiring) }
}
