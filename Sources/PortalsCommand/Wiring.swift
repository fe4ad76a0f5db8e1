// Where the harness is given the instruments of the platform.
import Harness

/// What the platform gives to the harness.
enum Wiring {
    /// Reads allocations and the round trip between cores.
    static let instruments = TrialInstruments()

    /// A process for each trial.
    static let launcher = ProcessLauncher()
}
