// A pool of threads that take work from one queue under a lock.
import Harness

/// Threads and the queue of what they are to do.
///
/// - Ownership: any thread submits, before and while the pool runs; a job gets the index of the
///   thread that runs it.
final class LockedPool: @unchecked Sendable {
    // Unchecked: all of it under the lock.

    /// What is to be done. A closure, as of every pool that is meant for any work.
    typealias Job = @Sendable (_ thread: Int) -> Void

    private let lock = Lock()
    /// The jobs from `first` on, as a ring; nil where none is.
    private var jobs: [Job?] = Array(repeating: nil, count: 64)
    private var first = 0
    private var count = 0
    private var sleeping = 0
    private var isOver = false

    /// Whether a sleeping thread is woken for a job.
    enum Waking {
        /// Another thread should take it now.
        case another
        /// The thread that submits it is about to take it itself: it is the last of what it does.
        /// Others are woken for what it can't take.
        case ifMoreWaits
    }

    /// Adds a job.
    func submit(_ waking: Waking = .another, _ job: @escaping Job) {
        lock.lock()
        if count == jobs.count { grow() }
        jobs[(first + count) & (jobs.count - 1)] = job
        count += 1
        let wakes = sleeping > 0 && (waking == .another || count > 1)
        lock.unlock()
        if wakes { lock.signal() }
    }

    /// No job will come any more: the threads end.
    func end() {
        lock.lock()
        isOver = true
        lock.unlock()
        lock.broadcast()
    }

    /// Runs so many threads until the end.
    func run(threads: Int, _ configuration: TrialConfiguration) throws {
        try onThreads(threads, configuration) { [self] thread in
            while let job = next() { job(thread) }
        }
    }

    private func next() -> Job? {
        lock.lock()
        defer { lock.unlock() }
        while count == 0 {
            if isOver { return nil }
            sleeping += 1
            lock.wait()
            sleeping -= 1
        }
        let job = jobs[first]
        jobs[first] = nil
        first = (first + 1) & (jobs.count - 1)
        count -= 1
        return job
    }

    private func grow() {
        var larger = [Job?](repeating: nil, count: 2 * jobs.count)
        for index in 0..<count { larger[index] = jobs[(first + index) & (jobs.count - 1)] }
        jobs = larger
        first = 0
    }
}

/// A part of the state that whichever thread has work for it locks.
final class Sharded<State: ~Copyable>: @unchecked Sendable {
    // Unchecked: the state under the lock.
    private let lock = Lock()
    private var state: State

    init(_ state: consuming State) { self.state = state }

    func withLock(_ body: (inout State) -> Void) {
        lock.lock()
        body(&state)
        lock.unlock()
    }
}

/// Counts atoms down: the last one ends the pool.
final class Countdown: @unchecked Sendable {
    // Unchecked: under the lock.
    private let lock = Lock()
    private var left: UInt64

    init(_ left: UInt64) { self.left = left }

    /// One is done; true for the last.
    func isLast() -> Bool {
        lock.withLock {
            left -= 1
            return left == 0
        }
    }
}
