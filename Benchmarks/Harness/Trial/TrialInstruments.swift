// What the measured window is read with; the platform's instruments plug in here.

/// The instruments of a trial, each nil-returning where it does not work on this machine.
public struct TrialInstruments: Sendable {
    /// Heap allocations of the process since its start, or nil without an allocator that counts.
    public var allocationCount: @Sendable () -> UInt64?
    /// Round trip of a cache line between the first two cores of the workers, in nanoseconds.
    public var coreRoundTripNanoseconds: @Sendable () -> Double?

    /// Instruments; without arguments, none that need the platform.
    public init(
        allocationCount: @escaping @Sendable () -> UInt64? = { nil },
        coreRoundTripNanoseconds: @escaping @Sendable () -> Double? = { nil }
    ) {
        self.allocationCount = allocationCount
        self.coreRoundTripNanoseconds = coreRoundTripNanoseconds
    }
}
