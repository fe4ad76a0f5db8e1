// Nanoseconds from the kernel's clock, or from the processor's counter where that can be trusted.
import CPlatform
import Glibc

/// The kernel's monotonic clock.
public enum MonotonicClock {
    /// Nanoseconds since an arbitrary start, never going back, slewed by NTP.
    ///
    /// - Cost: 20 to 30 ns through the vDSO, no system call.
    public static func nanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

/// The fastest trustworthy clock of this machine; says which it is and why.
///
/// The counter takes about a third of the time of the kernel's clock, but only counts time where
/// the processor says that it ticks at one rate at any frequency (`constant_tsc`), in any sleep
/// state (`nonstop_tsc`), and where the kernel has not caught it lying (`tsc` among its available
/// clock sources).
///
/// - Shape: copies of one value agree with each other; hand the same one to all workers.
/// - Units: nanoseconds since the start of `MonotonicClock`. The rate is measured to 20 millionths
///   (`rateErrorMax`), so it drifts from that clock by up to 20 µs a second, about as much as a
///   quartz does from another. Measure intervals with one clock only.
public struct NanosecondClock: Sendable {
    /// Where a reading comes from.
    public enum Source: String, Sendable {
        case monotonic
        case timeStampCounter
    }

    /// The one that was chosen.
    public let source: Source
    /// Why this source was chosen, in a sentence.
    public let reason: String

    @usableFromInline let startTicks: UInt64
    @usableFromInline let startNanoseconds: UInt64
    /// The relative error of the rate at the most, against the kernel's clock; 0 for that itself.
    public let rateErrorMax: Double
    /// Nanoseconds a tick, times 2^32; 0 for the kernel's clock.
    @usableFromInline let nanosecondsPerTick: UInt64

    /// The kernel's clock, whatever the processor offers.
    public static let monotonic = NanosecondClock(reason: "chosen by the caller")

    /// Picks the source and calibrates it.
    ///
    /// - Cost: spins for some 3 ms, at most 20, where the counter can be used; do it once.
    public static func calibrated() -> NanosecondClock {
        calibrated(
            processorInformation: SystemFile.text("/proc/cpuinfo") ?? "",
            availableSources: SystemFile.text(
                "/sys/devices/system/clocksource/clocksource0/available_clocksource") ?? "")
    }

    static func calibrated(
        processorInformation: String, availableSources: String
    ) -> NanosecondClock {
        if let objection = objection(
            processorInformation: processorInformation, availableSources: availableSources)
        {
            return NanosecondClock(reason: objection)
        }
        let first = pairedReading()
        var last = first
        var error = Double.infinity
        // The clock was read somewhere within each gap: half of both, over what lies between,
        // bounds the error of the rate. Gaps of 60 ns need 3 ms; after 20 the bound is what it is.
        while error > rateErrorWanted, last.nanoseconds &- first.nanoseconds < 20_000_000 {
            let pause = last.nanoseconds &+ 500_000
            while MonotonicClock.nanoseconds() < pause { portals_pause() }
            last = pairedReading()
            guard last.ticks > first.ticks else {
                return NanosecondClock(reason: "the counter did not advance in 0.5 ms")
            }
            error = Double(first.gap + last.gap) / 2 / Double(last.ticks - first.ticks)
        }
        let rate = Double(last.nanoseconds - first.nanoseconds) / Double(last.ticks - first.ticks)
        let megahertz = Int((1_000 / rate).rounded())
        return NanosecondClock(
            source: .timeStampCounter,
            reason: "the counter ticks at one rate in all states, \(megahertz) MHz measured",
            rateErrorMax: error, startTicks: first.ticks, startNanoseconds: first.nanoseconds,
            nanosecondsPerTick: UInt64(rate * 4_294_967_296))
    }

    /// 20 millionths: clocks of two machines differ by as much.
    private static let rateErrorWanted = 20e-6

    /// Nanoseconds now.
    ///
    /// - Cost: about 10 ns from the counter, 20 to 30 ns from the kernel's clock. The counter is
    ///   read without a fence: up to some tens of instructions may pass it.
    @inlinable
    public func nanoseconds() -> UInt64 {
        guard nanosecondsPerTick != 0 else { return MonotonicClock.nanoseconds() }
        let ticks = portals_time_stamp_counter() &- startTicks
        let product = ticks.multipliedFullWidth(by: nanosecondsPerTick)
        return startNanoseconds &+ (product.high << 32 | product.low >> 32)
    }

    private init(reason: String) {
        self.init(
            source: .monotonic, reason: reason, rateErrorMax: 0, startTicks: 0,
            startNanoseconds: 0, nanosecondsPerTick: 0)
    }

    private init(
        source: Source, reason: String, rateErrorMax: Double, startTicks: UInt64,
        startNanoseconds: UInt64, nanosecondsPerTick: UInt64
    ) {
        self.source = source
        self.reason = reason
        self.rateErrorMax = rateErrorMax
        self.startTicks = startTicks
        self.startNanoseconds = startNanoseconds
        self.nanosecondsPerTick = nanosecondsPerTick
    }

    /// What speaks against the counter; nil when nothing does.
    private static func objection(
        processorInformation: String, availableSources: String
    ) -> String? {
        #if arch(arm64)
        return nil  // The architecture promises a fixed rate (Arm ARM, D12.1.2).
        #else
        let flags = Set(
            processorInformation.split(separator: "\n").first { $0.hasPrefix("flags") }?
                .split(separator: " ") ?? [])
        for flag in ["constant_tsc", "nonstop_tsc"] where !flags.contains(flag[...]) {
            return "the processor does not promise \(flag)"
        }
        guard availableSources.split(separator: " ").contains("tsc") else {
            return "the kernel does not offer tsc as a clock source: \"\(availableSources)\""
        }
        return nil
        #endif
    }

    /// The counter and the clock at the same moment: the tightest of some tries.
    private static func pairedReading() -> (gap: UInt64, ticks: UInt64, nanoseconds: UInt64) {
        var best: (gap: UInt64, ticks: UInt64, nanoseconds: UInt64) = (.max, 0, 0)
        for _ in 0..<32 {
            let before = portals_time_stamp_counter()
            let nanoseconds = MonotonicClock.nanoseconds()
            let after = portals_time_stamp_counter()
            if after &- before < best.gap {
                best = (after &- before, before &+ (after &- before) / 2, nanoseconds)
            }
        }
        return best
    }
}
