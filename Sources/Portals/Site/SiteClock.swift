// The clock of a site: nanoseconds that go on where a journal ends.
import Platform
import Synchronization

/// Nanoseconds since the site began, whichever process it ran in.
final class SiteClock: Sendable {
    private let clock = NanosecondClock.calibrated()
    /// What the machine's clock showed at zero. Changed while all workers stand still.
    private let origin: Atomic<UInt64>

    init() { origin = Atomic(clock.nanoseconds()) }

    var nanoseconds: UInt64 { clock.nanoseconds() &- origin.load(ordering: .relaxed) }

    /// Goes on from a time, if it has not come there yet.
    func advance(to time: UInt64) {
        let now = nanoseconds
        if time > now { origin.wrappingSubtract(time - now, ordering: .relaxed) }
    }
}
