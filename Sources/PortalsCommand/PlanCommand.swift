// `portals plan`: where everything of a workload would go on this machine, before anything runs.
import ArgumentParser
import Baselines
import Platform
import Portals

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show where a workload's workers, partitions, stages and rings would go.",
        discussion: """
            Lays the workload out as 'portals bench' would with its default parameters, prints \
            processors, NUMA nodes and memory of the workers, then each element with its stages, \
            partitions, inputs and channels. Starts no thread.
            """)

    @Argument(help: "A workload; 'portals list' names them.") var workload: String
    @Option(help: "Worker threads.") var workers = 2
    @Flag(help: "As with --pinning off of 'portals bench'.") var noPinning = false

    func run() throws {
        // 64: an element has that many partitions at the most, and gets one a worker.
        guard (1...64).contains(workers) else {
            throw Exit.usage(["--workers: 1 to 64 workers, not \(workers)"])
        }
        guard let planned = application(named: workload) else {
            let known = registry.workloads.map(\.name).joined(separator: ", ")
            throw Exit.usage(["there is no workload '\(workload)'; known are: \(known)"])
        }
        let topology = try Topology.read()
        var options = EngineOptions()
        options.workers = workers
        options.placement = planned.placement
        options.partitions = planned.partitions
        let engine = Engine(options: options, memory: { _ in .heap }, clock: { 0 })
        try engine.launch([planned.application])
        let placements = WorkerPlacement.plan(
            workers: workers, topology: topology, pins: !noPinning)
        for place in placements { print(line(place, topology)) }
        if !noPinning, placements.contains(where: { $0.processor == nil }) {
            print(
                "          more workers than processors that this process may use "
                    + "(\(topology.allowed)): those without one are not pinned, and yield")
        }
        print(engine.planDescription, terminator: "")
    }

    private func line(_ place: WorkerPlacement, _ topology: Topology) -> String {
        let processor = place.processor.map { "\($0)" } ?? "any processor (not pinned)"
        let node = place.node.map { "\($0)" } ?? "no node"
        return "worker \(place.worker)  \(processor), \(node), memory from "
            + place.memoryDescription
    }
}
