// Wakes a thread that waits in poll(2).
import CPlatform
import Glibc

/// A counter of the kernel: rung by any thread, waited for by one.
final class Bell: Sendable {
    /// For poll(2): readable while it rings.
    let descriptor: Int32

    init() throws(SourceError) {
        descriptor = portals_bell()
        if descriptor < 0 {
            throw SourceError("no event counter (errno \(-descriptor)): raise `ulimit -n`")
        }
    }

    deinit { close(descriptor) }

    func ring() { portals_bell_ring(descriptor) }
    func hush() { portals_bell_hush(descriptor) }

    /// Waits until it rings, or for so long, and hushes it.
    func wait(milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, milliseconds)
        hush()
    }
}
