// How `perf record` is asked: what it samples, how stacks are taken, and how a trial switches it on
// and off at the edges of its measured window.
import Foundation
import Glibc

/// The sampling profiler of this machine.
public struct PerfRecord: Sendable {
    /// Path of `perf`.
    public let path: String
    /// What it may sample: `cpu-clock`, or without the kernel's part `cpu-clock:u`.
    public let event: String

    /// Samples a second of each thread. Odd, so that it does not keep step with what runs each
    /// millisecond; at some 5 µs a sample it takes a hundredth of a core.
    static let samplesPerSecond = 1_999

    /// Looks for perf and tries what it may do.
    ///
    /// - Throws: `ProfileFault` that says how to get or to allow it.
    public init(tools: ToolPaths = ToolPaths()) throws(ProfileFault) {
        guard let path = tools.find("perf") else {
            throw ProfileFault(
                "perf is not installed; get it: apt install linux-perf (Debian), apt install "
                    + "linux-tools-generic (Ubuntu), dnf install perf (Fedora)")
        }
        self.path = path
        for event in ["cpu-clock", "cpu-clock:u"] {
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("portals-perf-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: file) }
            let answer = try? ToolRun.output(
                path, ["record", "--event", event, "--output", file, "--", "/bin/true"])
            if answer != nil {
                self.event = event
                return
            }
        }
        let level =
            (try? String(contentsOfFile: "/proc/sys/kernel/perf_event_paranoid", encoding: .utf8))
            .map { $0.filter { !$0.isWhitespace } } ?? "unknown"
        throw ProfileFault(
            "perf may not sample here (kernel.perf_event_paranoid is \(level)); allow it: sudo "
                + "sysctl kernel.perf_event_paranoid=1, or run as root; in a container, start it "
                + "with --cap-add PERFMON, or run outside")
    }

    /// The arguments that record `program`, whose own arguments come behind them.
    ///
    /// Frame pointers, because Swift's release builds keep them (SwiftPM passes
    /// `-no-omit-frame-pointer`), they cost microseconds a sample, and stacks of any depth come out
    /// whole; DWARF unwinding copies 8 KiB a sample and cuts deeper stacks off. A function of C
    /// without a frame pointer hides its caller, never more.
    public func arguments(
        data: String, control: String, acknowledge: String, program: String
    ) -> [String] {
        [
            "record", "--event", event, "--freq", "\(Self.samplesPerSecond)", "--call-graph", "fp",
            // Nothing before the trial's window opens.
            "--delay", "-1", "--control", "fifo:\(control),\(acknowledge)",
            "--output", data, "--", program,
        ]
    }

    /// Makes the two pipes by which a trial talks to perf.
    public static func makePipes(_ paths: [String]) throws(ProfileFault) {
        for path in paths where unsafe mkfifo(path, 0o600) != 0 {
            throw ProfileFault("\(path): no pipe can be made there (errno \(errno))")
        }
    }

    /// Reads what was recorded.
    public func read(data: String) throws -> PerfScript {
        PerfScript(text: try ToolRun.output(path, PerfScript.arguments + ["--input", data]))
    }

    /// How stacks came to be, for the head of a table.
    public var note: String {
        "sampled by perf (\(event), \(Self.samplesPerSecond) Hz) in the measured window, stacks by "
            + "frame pointers"
            + (event.hasSuffix(":u")
                ? "; without the kernel's part: kernel.perf_event_paranoid forbids it" : "")
    }
}
