// The process of a trial: runs the one trial of its argument and prints the result.
import Glibc

/// Runs a trial inside its own process.
public struct TrialServer: Sendable {
    private let registry: SystemRegistry
    private let instruments: TrialInstruments

    /// A server of the systems of `registry`.
    public init(registry: SystemRegistry, instruments: TrialInstruments) {
        self.registry = registry
        self.instruments = instruments
    }

    /// The harness waits this much longer than the time-out before the kernel ends an orphan.
    static let orphanGraceSeconds = 10.0

    /// Runs the trial of `argument`.
    ///
    /// - Returns: the line to print on standard output.
    /// - Throws: `TrialFault` for what made it impossible, or what the system threw.
    public func run(argument: String) throws -> String {
        let request: TrialRequest
        do {
            request = try TrialProtocol.request(argument: argument)
        } catch {
            throw TrialFault(
                "the argument is no trial (\(error)); 'portals bench' writes it, don't by hand")
        }
        // If the harness is killed, nobody ends a trial that hangs: the kernel then does.
        let seconds = min(request.timeOutSeconds + Self.orphanGraceSeconds, 1e6)
        _ = alarm(UInt32(max(1, seconds.rounded(.up))))
        return try TrialProtocol.line(measure(request.configuration, profile: request.profile))
    }

    /// Runs one trial in this process and completes its measurement.
    public func measure(
        _ configuration: TrialConfiguration, profile: TrialProfile? = nil
    ) throws -> TrialMeasurement {
        let window = profile.map { ProfileWindow($0, instruments: instruments) }
        guard let system = registry.system(configuration.system) else {
            throw TrialFault("this program has no system '\(configuration.system)'")
        }
        if let refusal = system.refusal(configuration) {
            throw TrialFault("\(system.name) refused: \(refusal)")
        }
        // One core has no round trip to another.
        let probesCores = configuration.workers > 1
        let before = probesCores ? instruments.coreRoundTripNanoseconds() : nil
        let device = try configuration.journalDirectory.map {
            try SynchronizationProbe(directory: $0 + "/" + SynchronizationProbe.folderName)
        }
        try device?.measure()
        var measurement = try system.run(
            configuration, probe: TrialProbe(instruments: instruments, window: window))
        measurement.allocations = window?.allocations
        measurement.coreRoundTripNanosecondsBefore = before
        measurement.coreRoundTripNanosecondsAfter =
            probesCores ? instruments.coreRoundTripNanoseconds() : nil
        try device?.measure()
        measurement.synchronization = device?.times
        measurement.version = system.version
        return measurement
    }
}
