// What a reader's thread has made ready for the leader that polls.
import Synchronization

/// A few atoms on their way from a reader's thread to the leader of its element.
///
/// - Ownership: one thread pushes, one takes.
final class AtomQueue: Sendable {
    private struct State {
        var atoms: [FeedAtom] = []
        var end: FeedState?
    }

    private let state = Mutex(State())
    /// Atoms in it, and one for its end. A leader looks at it at each of its steps.
    private let waiting = Atomic<Int>(0)
    /// The reader has found nothing more. Written by the reader.
    private let isQuiet = Atomic<Bool>(false)
    private let feed = FeedCell()

    /// Atoms that are ready ahead: enough for the leader while the reader fetches the next from the
    /// page cache, and a bound on memory.
    private static let atomsMax = 4

    /// The feed to wake; before the reader starts.
    func tell(_ feed: Feed) { self.feed.feed = feed }

    // MARK: The reader

    var isFull: Bool { waiting.load(ordering: .acquiring) >= Self.atomsMax }

    /// Puts an atom in; only if it is not full.
    func push(_ atom: FeedAtom) {
        isQuiet.store(false, ordering: .releasing)
        state.withLock { state in
            state.atoms.append(atom)
            waiting.store(state.atoms.count, ordering: .releasing)
        }
        feed.feed?.arrived()
    }

    /// Nothing follows any more: the source has ended, or failed.
    func finish(_ end: FeedState) {
        state.withLock { state in
            state.end = end
            waiting.store(state.atoms.count + 1, ordering: .releasing)
        }
        feed.feed?.arrived()
    }

    /// Says that there is nothing to be read for now.
    func quiet() { isQuiet.store(true, ordering: .releasing) }

    // MARK: The leader

    /// Takes the oldest atom without waiting; `wasFull` says that the reader may wait for room.
    func poll(_ atom: inout FeedAtom, wasFull: inout Bool) -> FeedState {
        if waiting.load(ordering: .acquiring) == 0 { return .nothing }
        // The reader puts something in just now, and wakes the worker afterwards.
        return state.withLockIfAvailable { state -> FeedState in
            guard !state.atoms.isEmpty else { return state.end ?? .nothing }
            wasFull = state.atoms.count == Self.atomsMax
            atom = state.atoms.removeFirst()
            waiting.store(
                state.atoms.count + (state.end == nil ? 0 : 1), ordering: .releasing)
            return .given
        } ?? .nothing
    }

    /// Nothing is here, and nothing is to be read.
    var isIdle: Bool {
        isQuiet.load(ordering: .acquiring) && waiting.load(ordering: .acquiring) == 0
    }
}

/// A feed, as its reader's thread knows it: without keeping it.
final class FeedCell: @unchecked Sendable {  // Set before the reader starts.
    weak var feed: Feed?
}
