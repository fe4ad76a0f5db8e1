// What the measured window is read with; the platform's instruments plug in here.

/// The instruments of a trial, each nil-returning where it does not work on this machine.
public struct TrialInstruments: Sendable {
    /// Heap allocations of the process since its start, or nil without an allocator that counts.
    public var allocationCount: @Sendable () -> UInt64?
    /// Round trip of a cache line between the first two cores of the workers, in nanoseconds.
    public var coreRoundTripNanoseconds: @Sendable () -> Double?
    /// Blocks asked for since the start of the process, by size class.
    public var allocationClasses: @Sendable () -> [AllocationClass]? = { nil }
    /// Switches the allocator's own profile on, and off again into a file.
    public var beginHeapProfile: @Sendable () -> Void = {}
    public var endHeapProfile: @Sendable (_ path: String) -> Void = { _ in }

    /// Instruments; without arguments, none that need the platform.
    public init(
        allocationCount: @escaping @Sendable () -> UInt64? = { nil },
        coreRoundTripNanoseconds: @escaping @Sendable () -> Double? = { nil }
    ) {
        self.allocationCount = allocationCount
        self.coreRoundTripNanoseconds = coreRoundTripNanoseconds
    }
}
