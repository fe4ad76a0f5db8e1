// The real perf of this machine, where it may sample: what it prints is what the parser reads.
import Foundation
import Testing

@testable import Profile

@Suite struct PerfTests {
    @Test(
        "perf samples a program that works, and its output is understood to the last line",
        .enabled(if: (try? PerfRecord()) != nil, "perf is missing or may not sample here"))
    func samples() throws {
        let perf = try PerfRecord()
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("perf-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        _ = try ToolRun.output(
            perf.path,
            [
                "record", "--event", perf.event, "--freq", "999", "--call-graph", "fp", "--output",
                file, "--", "/bin/sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done",
            ])
        let script = try perf.read(data: file)
        #expect(script.samples.count > 10)
        #expect(script.unreadLines == 0)
        #expect(script.samples.allSatisfy { !$0.frames.isEmpty && $0.weight > 0 })
        #expect(script.samples.contains { $0.thread == "sh" })
    }

    @Test("a machine without perf is told where to get it")
    func missing() {
        do {
            _ = try PerfRecord(tools: ToolPaths(path: "/nowhere"))
            Issue.record("there is no perf in /nowhere")
        } catch {
            #expect(error.description.contains("apt install linux-perf"))
        }
    }

    @Test("what another program prints comes back, and its failure is told in its words")
    func tools() throws {
        #expect(try ToolRun.output("/bin/cat", [], input: "a\nb") == "a\nb")
        #expect(throws: ProfileFault.self) {
            try ToolRun.output("/bin/sh", ["-c", "echo no >&2; exit 3"])
        }
    }
}
