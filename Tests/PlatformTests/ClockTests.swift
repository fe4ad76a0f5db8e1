// Clocks advance and agree; usage and the probe of the cores tell what was really used.
import Foundation
import Testing

@testable import Platform

@Suite struct ClockTests {
    private let good = "processor : 0\nflags\t\t: fpu tsc constant_tsc nonstop_tsc sse\n"

    @Test("the calibrated clock advances at the rate of the kernel's")
    func rate() {
        let clock = NanosecondClock.calibrated()
        let reference = MonotonicClock.nanoseconds()
        let start = clock.nanoseconds()
        #expect(abs(Int64(start) - Int64(reference)) < 5_000_000)
        while MonotonicClock.nanoseconds() - reference < 50_000_000 {}
        let elapsed = Double(clock.nanoseconds() - start)
        let expected = Double(MonotonicClock.nanoseconds() - reference)
        // 2 %: an interruption between the two readings is some 100 µs.
        #expect(abs(elapsed - expected) < expected * 0.02)
    }

    @Test("the calibrated clock keeps the error of its rate that it tells, and that is small")
    func rateError() {
        let clock = NanosecondClock.calibrated()
        #expect((clock.rateErrorMax == 0) == (clock.source == .monotonic))
        // 20 millionths are wanted; a machine that is never quiet for 100 ns may miss that.
        #expect(clock.rateErrorMax < 100e-6)
        let first = pair(clock)
        while MonotonicClock.nanoseconds() - first.reference < 50_000_000 {}
        let last = pair(clock)
        let elapsed = Double(last.time - first.time)
        let expected = Double(last.reference - first.reference)
        let tolerance = expected * clock.rateErrorMax + Double(first.gap + last.gap)
        #expect(abs(elapsed - expected) <= tolerance)
    }

    /// The two clocks at the same moment, as far as the gap tells.
    private func pair(
        _ clock: NanosecondClock
    ) -> (gap: UInt64, time: UInt64, reference: UInt64) {
        var best: (gap: UInt64, time: UInt64, reference: UInt64) = (.max, 0, 0)
        for _ in 0..<1_000 {
            let before = MonotonicClock.nanoseconds()
            let time = clock.nanoseconds()
            let after = MonotonicClock.nanoseconds()
            if after - before < best.gap { best = (after - before, time, before) }
        }
        return best
    }

    @Test("no reading is before the one before it")
    func monotonic() {
        for clock in [NanosecondClock.calibrated(), .monotonic] {
            var last: UInt64 = 0
            for _ in 0..<10_000 {
                let now = clock.nanoseconds()
                #expect(now >= last)
                last = now
            }
        }
    }

    @Test("the kernel's clock is used, with the reason, where the counter can't be trusted")
    func objections() {
        for (information, sources, word) in [
            ("flags : fpu tsc nonstop_tsc", "tsc hpet", "constant_tsc"),
            ("flags : fpu tsc constant_tsc", "tsc hpet", "nonstop_tsc"),
            (good, "kvm-clock hpet", "kvm-clock hpet"), ("", "", "constant_tsc"),
        ] {
            let clock = NanosecondClock.calibrated(
                processorInformation: information, availableSources: sources)
            #if arch(x86_64)
            #expect(clock.source == .monotonic)
            #expect(clock.reason.contains(word))
            #expect(clock.nanoseconds() > 0)
            #endif
        }
        let trusted = NanosecondClock.calibrated(
            processorInformation: good, availableSources: "tsc hpet")
        #expect(trusted.source == .timeStampCounter)
        #expect(trusted.reason.contains("MHz"))
    }

    @Test("a busy thread uses processor time, and memory that it holds counts")
    func usage() throws {
        let before = ProcessUsage.thread()
        let start = MonotonicClock.nanoseconds()
        while MonotonicClock.nanoseconds() - start < 30_000_000 {}
        // Other threads may have the processor for half of that time.
        #expect(ProcessUsage.thread().cpuSeconds - before.cpuSeconds > 0.01)
        #expect(ProcessUsage.process().cpuSeconds >= ProcessUsage.thread().cpuSeconds)
        let memory = try NodeMemory.allocate(byteCount: 64 << 20)
        memory.touch()
        #expect(ProcessUsage.process().peakResidentByteCount > 64 << 20)
        memory.free()
    }

    @Test("a thread that sleeps counts its switch")
    func switches() {
        let before = ProcessUsage.thread().voluntarySwitches
        _ = Parker().park(timeoutNanoseconds: 2_000_000)
        #expect(ProcessUsage.thread().voluntarySwitches > before)
    }

    @Test("steal is the eighth number of the first line, and absent where it is not told")
    func steal() {
        let line = "cpu  10 20 30 40 50 60 70 88 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
        #expect(StealTime.ticks(in: line) == 88)
        #expect(StealTime.ticks(in: "cpu  1 2 3 4") == nil)
        #expect(StealTime.ticks(in: "") == nil)
        #expect(StealTime.ticks() != nil)
    }
}

@Suite struct CoreRoundTripTests {
    @Test("a round trip between two processors takes more than a load and less than a second")
    func pair() throws {
        let topology = try Topology.read()
        let nanoseconds = CoreRoundTrip.measure(topology)
        #expect((nanoseconds == nil) == (topology.allowed.count < 2))
        if let nanoseconds { #expect(nanoseconds > 5 && nanoseconds < 1_000_000_000) }
    }

    @Test("one processor, an absent one or no rounds are not measured")
    func unmeasured() throws {
        let first = try #require(try Topology.read().allowed.first)
        let absent = ProcessorID(ProcessorSet.capacity - 1)
        #expect(CoreRoundTrip.measure(first: first, second: first) == nil)
        #expect(CoreRoundTrip.measure(first: first, second: absent) == nil)
        #expect(CoreRoundTrip.measure(first: absent, second: first) == nil)
        #expect(
            CoreRoundTrip.measure(first: first, second: ProcessorID(first.number + 1), rounds: 0)
                == nil)
        let single = try Topology.read(from: "/nonexistent", allowed: ProcessorSet([first]))
        #expect(CoreRoundTrip.measure(single) == nil)
    }
}
