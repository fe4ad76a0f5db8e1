// Trials as real processes: a shell stands in for the program.
import Foundation
import Report
import Synchronization
import Testing

@testable import Harness

@Suite("processes", .serialized)
struct ProcessTests {
    private let log = FileManager.default.temporaryDirectory
        .appending(path: "portals-log-\(UUID().uuidString)").path

    private func run(
        _ script: String, timeOutSeconds: Double = 20, isInterrupted: () -> Bool = { false }
    ) -> TrialEnd {
        ProcessLauncher(
            path: "/bin/sh", arguments: ["-c", script],
            environmentForChild: { ["PATH": "/bin:/usr/bin", "ALLOCATOR": $0.allocator.rawValue] }
        ).run(
            TrialOrder(
                request: TrialRequest(
                    configuration: TrialConfiguration(workload: "w", system: "s"),
                    timeOutSeconds: timeOutSeconds), logPath: log),
            tick: {}, isInterrupted: isInterrupted)
    }

    private func reason(_ end: TrialEnd) -> String {
        if case .failed(let reason) = end { reason } else { "\(end)" }
    }

    private func remove() { try? FileManager.default.removeItem(atPath: log) }

    @Test("the result is found after other output, and errors go to the log")
    func result() throws {
        defer { remove() }
        var measurement = TrialMeasurement(events: 5, seconds: 0.25, verified: .wrong("a \"b\"\n"))
        measurement.latency.nanosecondsP50 = 3
        let line = try TrialProtocol.line(measurement)
        let end = run("printf noise; cat <<'X'\n\(line)\nX\necho error >&2")
        #expect(end == .measured(measurement))
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "error\n")
    }

    @Test("the trial gets its request and the environment made for it")
    func request() {
        defer { remove() }
        let text = reason(run("echo \"$0 $ALLOCATOR\" >&2; exit 4"))
        #expect(text.contains("exit status 4"))
        // The reason is cut to a line of a table; the log has all.
        let whole = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        #expect(whole.contains("\"workload\":\"w\""))
        #expect(whole.hasSuffix(" jemalloc\n"))
    }

    @Test("a crash, a bad status and silence are failures with their log")
    func failures() {
        defer { remove() }
        #expect(reason(run("echo died >&2; kill -SEGV $$")).hasPrefix("signal 11 (Segmentation"))
        #expect(
            reason(run("echo the reason >&2; exit 3")) == "exit status 3: the reason; see \(log)")
        #expect(
            reason(run("printf 'Fatal error: boom\\nat line 1\\n' >&2; exit 3"))
                .hasPrefix("exit status 3: Fatal error: boom;"))
        #expect(reason(run("echo hello")).hasPrefix("ended without a result"))
        #expect(reason(run("echo 'portals-trial-result: {'")).hasPrefix("result cannot be read"))
        #expect(
            reason(
                ProcessLauncher(path: "/no/such/program").run(
                    TrialOrder(
                        request: TrialRequest(
                            configuration: TrialConfiguration(workload: "w", system: "s"),
                            timeOutSeconds: 1), logPath: log), tick: {}, isInterrupted: { false })
            ).contains("/no/such/program cannot be started"))
    }

    @Test("a trial that hangs is ended with its children when its time is over")
    func timeOut() throws {
        defer { remove() }
        let start = ContinuousClock.now
        let text = reason(run("sleep 60 & echo $! >&2; wait", timeOutSeconds: 0.3))
        #expect(text.hasPrefix("no end after 0 s"))
        #expect(ContinuousClock.now - start < .seconds(15))
        let child = try String(contentsOfFile: log, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        // Killed: gone, or a zombie that waits for init. The kernel takes its time.
        func isGone() -> Bool {
            let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            return state.map { $0.contains(") Z ") || $0.contains(") X ") } ?? true
        }
        while !isGone(), ContinuousClock.now - start < .seconds(15) { usleep(1_000) }
        #expect(isGone())
    }

    @Test("an interruption ends the trial at once and is no failure")
    func interruption() {
        defer { remove() }
        #expect(run("sleep 60", isInterrupted: { true }) == .interrupted)
    }

    @Test("a request comes back from its argument as it was")
    func requestRoundTrip() throws {
        var configuration = TrialConfiguration(workload: "w", system: "s")
        configuration.seed = .max
        configuration.length = .events(7)
        configuration.parameters = ["mode": "a/b"]
        configuration.ratePerSecond = 0.1
        let request = TrialRequest(configuration: configuration, timeOutSeconds: 3)
        #expect(try TrialProtocol.request(argument: TrialProtocol.argument(request)) == request)
        #expect(try configuration.parameter("mode") == "a/b")
        #expect(throws: TrialFault.self) { try configuration.integerParameter("mode") }
        #expect(throws: TrialFault.self) { try configuration.parameter("none") }
    }
}

@Suite("measured window")
struct WindowTests {
    @Test("the window is read by the probe: time, processor, memory, allocations")
    func window() {
        let count = Counter()
        let probe = TrialProbe(instruments: TrialInstruments(allocationCount: { count.next() }))
        let sum = probe.measure { (0..<2_000_000).reduce(0) { $0 ^ ($1 &* $1) } }
        let measurement = probe.measurement(events: 4, verified: .notVerifiable("\(sum)"))
        #expect(measurement.seconds > 0)
        #expect(measurement.cpuSeconds ?? 0 > 0)
        #expect(measurement.allocationsPerEvent == 2.5)
        #expect(measurement.peakRSSBytes.map { $0 > 1 << 20 } ?? true)
        #expect(measurement.figures.latency == LatencyPercentiles())
    }

    @Test("without instruments nothing is claimed, and without samples no percentile")
    func absent() {
        let probe = TrialProbe()
        probe.measure {}
        var latency = LatencyHistogram()
        latency.record(nanoseconds: 5)
        let measurement = probe.measurement(events: 1, latency: latency, verified: .verified)
        #expect(measurement.allocationsPerEvent == nil)
        #expect(measurement.latencySamples == 1)
        #expect(measurement.figures.latency.nanosecondsP50 == nil)
        #expect(measurement.figures.latency.nanosecondsMax == 5)
    }

    @Test("the round trip of cores is probed around trials of several workers only")
    func roundTrip() throws {
        let server = TrialServer(
            registry: fakeRegistry([FakeSystem(name: "a")]),
            instruments: TrialInstruments(coreRoundTripNanoseconds: { 110 }))
        var configuration = TrialConfiguration(workload: "keyed-count", system: "a")
        #expect(try server.measure(configuration).coreRoundTripNanosecondsBefore == nil)
        configuration.workers = 2
        let measurement = try server.measure(configuration)
        #expect(measurement.coreRoundTripNanosecondsBefore == 110)
        #expect(measurement.coreRoundTripNanosecondsAfter == 110)
        #expect(measurement.version == "7")
        configuration.system = "b"
        #expect(throws: TrialFault.self) { try server.measure(configuration) }
    }

    @Test("the peak of resident memory is read from the status of the process")
    func peak() {
        #expect(
            ProcessMeter.peakMemoryBytes(status: "VmPeak:\t 9 kB\nVmHWM:\t   12 kB\n") == 12_288)
        #expect(ProcessMeter.peakMemoryBytes(status: "VmHWM:\t x\n") == nil)
    }
}

/// Counts 100, 110, 120…
final class Counter: Sendable {
    private let value = Atomic<UInt64>(90)

    func next() -> UInt64 { value.add(10, ordering: .relaxed).newValue }
}
