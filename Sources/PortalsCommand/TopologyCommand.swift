// `portals topology`: what the runtime sees of this machine, and what it makes of it.
import ArgumentParser
import Platform

struct TopologyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology",
        abstract:
            "Show processors, caches, NUMA nodes, clock and allocator as the runtime sees them.")

    func run() throws {
        let topology = try Topology.read()
        print("\(topology)")
        print("\nworkers are placed on these processors, in this order")
        let order = topology.workerProcessors(count: topology.allowed.count)
        print("  " + order.map { "\($0)" }.joined(separator: ", "))
        print("\nNUMA")
        for line in "\(NumaSupport.current)".split(separator: "\n") { print("  \(line)") }
        let clock = NanosecondClock.calibrated()
        print("\nclock\n  \(clock.source.rawValue): \(clock.reason)")
        let library = Platform.Allocator.libraryPath ?? "the program itself"
        var allocator = "\(Platform.Allocator.current), malloc from \(library)"
        if let statistics = AllocatorStatistics.read() {
            allocator +=
                ", \(statistics.version), \(statistics.arenaCount) arenas, "
                + "\(statistics.residentByteCount >> 20) MiB resident"
        }
        print("\nallocator\n  \(allocator)")
    }
}
