// Trials of a known number of events: as many as pilot runs say fit the time.
import Harness

extension SystemUnderTest {
    /// How many events a trial has; where its length is a time, found out in ever longer runs that
    /// warm the machine up too.
    ///
    /// - Parameters:
    ///   - first: events of the first run, some milliseconds of the slowest system.
    ///   - run: runs so many events, the measurement of which is thrown away.
    func pilotedEvents(
        _ configuration: TrialConfiguration, first: UInt64 = 1 << 14,
        _ run: (TrialConfiguration) throws -> Void
    ) rethrows -> UInt64 {
        switch configuration.length {
        case .events(let fixed): return fixed
        case .seconds(let seconds):
            var pilot = first
            let clock = ContinuousClock()
            while true {
                let time = try clock.measure { try run(configuration.sized(pilot)) }
                let elapsed =
                    Double(time.components.attoseconds) / 1e18 + Double(time.components.seconds)
                if elapsed >= configuration.warmUpSeconds || pilot >= 1 << 32 {
                    return UInt64(max(1, Double(pilot) / max(elapsed, 1e-9) * seconds))
                }
                pilot *= 4
            }
        }
    }
}
