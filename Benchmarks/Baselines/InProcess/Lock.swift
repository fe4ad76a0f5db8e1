// A mutex and a condition, which Swift has only without each other.
import Glibc

/// A lock that threads can wait under, for something to change.
///
/// - Cost: 20 ns for a lock that nobody holds; a thread that waits and is woken costs some 10 µs.
@safe
final class Lock: @unchecked Sendable {
    // Unchecked: what the pointers lead to is made for threads to share.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        var attributes = pthread_mutexattr_t()
        unsafe pthread_mutexattr_init(&attributes)
        // Spins for a moment before it sleeps: what is done under these locks is short.
        unsafe pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
        let refused = unsafe pthread_mutex_init(mutex, &attributes)
        precondition(refused == 0, "pthread_mutex_init fails with \(refused)")
        unsafe pthread_mutexattr_destroy(&attributes)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    @inline(__always)
    func lock() { unsafe pthread_mutex_lock(mutex) }

    @inline(__always)
    func unlock() { unsafe pthread_mutex_unlock(mutex) }

    @inline(__always)
    func withLock<Result>(_ body: () -> Result) -> Result {
        lock()
        defer { unlock() }
        return body()
    }

    /// Gives the lock up until somebody signals, and takes it again; it may have changed nothing.
    func wait() { unsafe pthread_cond_wait(condition, mutex) }

    /// Wakes one that waits.
    func signal() { unsafe pthread_cond_signal(condition) }

    /// Wakes all that wait.
    func broadcast() { unsafe pthread_cond_broadcast(condition) }
}
