// Sleeping, for threads that are no workers.
import Glibc

enum ThreadSleep {
    static func sleep(nanoseconds: UInt64) {
        var wanted = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var left = timespec()
        // An interrupted sleep goes on with what is left.
        while unsafe nanosleep(&wanted, &left) != 0 && errno == EINTR { wanted = left }
    }
}
