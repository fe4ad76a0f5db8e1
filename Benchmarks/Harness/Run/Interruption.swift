// Ctrl-C: the first ends the run with what is done, the second ends the program at once.
import Glibc
import Synchronization

/// Whether the user asked to stop.
public enum Interruption {
    /// Written by the signal handler only.
    private static let requested = Atomic(false)

    /// Catches SIGINT and SIGTERM from now on.
    public static func catchSignals() {
        // The first access initialises it, which a handler must not do.
        requested.store(false, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                // Only what a handler may do: an atomic store and signal(2).
                Interruption.requested.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }

    /// Whether one of them came.
    public static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
