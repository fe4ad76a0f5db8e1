// What a trial allocates in its window: by size class, and by stack where jemalloc can tell.
import Foundation
import Harness
import Platform
import Profile
import Report

struct AllocationProfile {
    let plan: Plan
    let path: String

    func run() throws {
        guard plan.cells[0].configuration.allocator == .jemalloc else {
            throw ProfileFault("only jemalloc counts what it does: leave --allocator away")
        }
        let scratch = try Scratch()
        defer { scratch.remove() }
        var wrapping = TrialWrapping()
        wrapping.profile.countsSizes = true
        wrapping.profile.heapPath = scratch.path("heap")
        wrapping.environment = [
            AllocatorProfile.environment.name: AllocatorProfile.environment.value
        ]
        let measurement = try ProfiledTrial(plan: plan, wrapping: wrapping).run(
            folder: path, environment: TimeProfile.environment(plan))
        let folder = ProfileFolder(path)
        let table = sizes(measurement)
        try folder.write("allocations.txt", table.text)
        try folder.write("allocations.csv", table.csv)
        print(table.text, terminator: "")
        guard let dump = try? String(contentsOfFile: scratch.path("heap"), encoding: .utf8) else {
            print("\nNot by stack: this jemalloc was built without its profiler (--enable-prof)")
            return
        }
        let heap = try HeapProfile(text: dump)
        let samples = heap.samples
        guard !samples.samples.isEmpty else {
            print("\nNo allocation of the window was sampled: there were few or none")
            return
        }
        let inlines = InlineExpansion(samples)
        var naming = SampleNaming(samples, inlines: inlines)
        let stacks = naming.folded()
        var record = TimeProfile.record(
            plan, measurement, unit: .bytes, samples: samples.samples.count)
        record.notes = [
            "bytes asked of jemalloc in the measured window, one allocation in 32 KiB sampled",
            inlines.method.meaning,
        ]
        try folder.write(stacks, record)
        print("\n" + HotPaths(stacks).text(record), terminator: "")
        print("\nFlame graph: \(path)/flame-graph.html")
    }

    private func sizes(_ measurement: TrialMeasurement) -> (text: String, csv: String) {
        let classes = measurement.allocations ?? []
        let events = Double(max(1, measurement.events))
        let total = classes.reduce(0) { $0 + $1.count }
        var text =
            "\(plan.cells[0].description): allocations of the measured window by size class, "
            + "\(Figure.grouped(total)) of \(Figure.grouped(measurement.events)) events\n"
        text += "     bytes  allocations    per event\n"
        var csv = "size_bytes,allocations,allocations_per_event\n"
        for size in classes where size.count > 0 {
            let each = Double(size.count) / events
            func right(_ text: String, _ width: Int) -> String {
                String(repeating: " ", count: max(0, width - text.count)) + text
            }
            text +=
                right(Figure.grouped(size.byteCount), 10) + right(Figure.grouped(size.count), 13)
                + right(Figure.text(each), 13) + "\n"
            csv += "\(size.byteCount),\(size.count),\(each)\n"
        }
        return (text, csv)
    }
}
