// The measured window of a trial: the same code reads the same meters for every system.
import Report
import Synchronization

/// Takes the measured window of a trial.
///
/// The system calls `start` when it is warm and `stop` when the last event of the window is done,
/// from any thread, once each; or wraps the window in `measure`. Then it calls `measurement`.
public final class TrialProbe: Sendable {
    private enum State {
        case waiting
        case running(Reading)
        case over(Window)
    }

    private struct Reading {
        var clock: UInt64
        var processor: UInt64
        var allocations: UInt64?
        var isPeakOfWindow: Bool
    }

    private struct Window {
        var seconds: Double
        var cpuSeconds: Double
        var peakRSSBytes: UInt64?
        var allocations: UInt64?
    }

    private let state = Mutex(State.waiting)
    private let instruments: TrialInstruments
    private let window: ProfileWindow?

    /// A probe for one trial.
    ///
    /// - Parameter window: the profiler's side of it; nil where nothing is profiled.
    public init(
        instruments: TrialInstruments = TrialInstruments(), window: ProfileWindow? = nil
    ) {
        self.instruments = instruments
        self.window = window
    }

    /// Opens the window. Costs some 10 to 100 µs, before the clock is read.
    public func start() {
        state.withLock { state in
            guard case .waiting = state else {
                preconditionFailure("the window of a trial is opened once")
            }
            let isPeakOfWindow = ProcessMeter.forgetPeakMemory()
            window?.open()
            let allocations = instruments.allocationCount()
            let processor = ProcessMeter.processorNanoseconds()
            // Last, so that the readings above are outside the window.
            let clock = ProcessMeter.monotonicNanoseconds()
            state = .running(
                Reading(
                    clock: clock, processor: processor, allocations: allocations,
                    isPeakOfWindow: isPeakOfWindow))
        }
    }

    /// Closes the window; its end is the moment of the call.
    public func stop() {
        let clock = ProcessMeter.monotonicNanoseconds()
        let processor = ProcessMeter.processorNanoseconds()
        state.withLock { state in
            guard case .running(let start) = state else {
                preconditionFailure("the window of a trial is closed once, after it was opened")
            }
            let allocations = instruments.allocationCount()
            window?.close()
            state = .over(
                Window(
                    seconds: Double(clock - start.clock) / 1e9,
                    cpuSeconds: Double(processor - start.processor) / 1e9,
                    // Without the reset it would be the peak of the set-up too: not measured.
                    peakRSSBytes: start.isPeakOfWindow ? ProcessMeter.peakMemoryBytes() : nil,
                    allocations: difference(allocations, start.allocations)))
        }
    }

    /// Opens the window, runs `body`, closes the window.
    public func measure<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        start()
        defer { stop() }
        return try body()
    }

    /// The measurement of the window with what the system counted and what its oracle said.
    ///
    /// - Parameters:
    ///   - events: events that the system finished inside the window.
    ///   - latency: latency of each atom of the window from its intended time of entry.
    public func measurement(
        events: UInt64, latency: LatencyHistogram? = nil, verified: Verification,
        notes: [String] = []
    ) -> TrialMeasurement {
        let window = state.withLock { state in
            guard case .over(let window) = state else {
                preconditionFailure("a trial is measured after its window was closed")
            }
            return window
        }
        var measurement = TrialMeasurement(
            events: events, seconds: window.seconds, verified: verified)
        if let latency {
            measurement.latency = LatencyPercentiles(latency)
            measurement.latencySamples = latency.count
        }
        measurement.cpuSeconds = window.cpuSeconds
        measurement.peakRSSBytes = window.peakRSSBytes
        if events > 0, let allocations = window.allocations {
            measurement.allocationsPerEvent = Double(allocations) / Double(events)
        }
        measurement.notes = notes
        return measurement
    }

    private func difference(_ after: UInt64?, _ before: UInt64?) -> UInt64? {
        guard let after, let before, after >= before else { return nil }
        return after - before
    }
}
