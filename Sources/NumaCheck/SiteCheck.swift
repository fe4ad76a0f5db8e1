// A running site on a machine of several nodes: its threads, rings, chunks and tables lie where its
// plan says.
import Platform
import Portals
import Synchronization

/// A keyed count with one worker on each node; checked where it ran and where its memory lies.
func checkSite(_ topology: Topology, nodeShift: Int, _ checks: inout Checks) {
    checks.attempt("a site runs on each node") { checks in
        // One core of each node: workers fill one node before the next, so others are left out.
        let processors = topology.nodes.compactMap(\.processors.first)
        try Affinity.restrict(to: ProcessorSet(processors))
        defer { try? Affinity.restrict(to: topology.allowed) }

        var options = SiteOptions(workers: processors.count)
        options.idle = .yield
        let site = try Site(.configured(options))
        let witness = Witness()
        try site.launch(keyedCount(seenBy: witness))
        // Far above the second or so that the emulated machine takes.
        try site.awaitRest(timeoutSeconds: 60)
        checks.expect(witness.count, is: eventCount, "the site counts every event to its end")
        checks.expect(witness.sum, is: sumOfCounts, "the counts of all keys are right")

        for place in site.placement {
            checkWorker(place, of: site, on: processors, nodeShift: nodeShift, &checks)
            // As many partitions as workers: partition p is on worker p.
            checks.expect(
                witness.processors[place.worker], is: [processors[place.worker]],
                "worker \(place.worker) ran every batch on \(processors[place.worker])")
        }
    }
}

/// What the sinks of all partitions saw.
private final class Witness: Sendable {
    private let state = Mutex((count: 0, sum: UInt64(0), processors: [Int: Set<ProcessorID>]()))

    var count: Int { state.withLock { $0.count } }
    var sum: UInt64 { state.withLock { $0.sum } }
    /// By partition.
    var processors: [Int: Set<ProcessorID>] { state.withLock { $0.processors } }

    func see(_ counts: Int, _ sum: UInt64, partition: Int) {
        let here = Affinity.currentProcessor()
        state.withLock {
            $0.count += counts
            $0.sum += sum
            if let here { $0.processors[partition, default: []].insert(here) }
        }
    }
}

private struct WitnessSink: SinkBody {
    let witness: Witness
    let partition: Int

    mutating func onBatch(_ batch: Batch<UInt64>, _ step: StepInfo) {
        let sum = (0..<batch.count).reduce(UInt64(0)) { $0 + batch[$1] }
        witness.see(batch.count, sum, partition: partition)
    }
}

/// Enough for several chunks and for tables that have grown.
private let eventCount = 65_536
private let keyCount: UInt64 = 4_096
/// Each key occurs equally often, `n` times, and emits 1, 2, …, n.
private let sumOfCounts: UInt64 = {
    let each = UInt64(eventCount) / keyCount
    return keyCount * each * (each + 1) / 2
}()

private func keyedCount(seenBy witness: Witness) -> Application {
    Application("numa-count") { app in
        app.workflow("count")
            .source(
                app.generator("numbers", Integers(), count: UInt64(eventCount), atomSize: 1_024)
            )
            .key { $0 % keyCount }
            .task("count", state: UInt64(0), emits: UInt64.self) { _, count, task in
                count += 1
                task.emit(count)
            }
            .sink("witness") { WitnessSink(witness: witness, partition: $0) }
    }
}

private func checkWorker(
    _ place: WorkerPlacement, of site: Site, on processors: [ProcessorID], nodeShift: Int,
    _ checks: inout Checks
) {
    let worker = "worker \(place.worker)"
    guard let processor = place.processor, let node = place.node else {
        checks.expect(false, "\(worker) has a processor and a node", found: "neither")
        return
    }
    checks.expect(
        processor, is: processors[place.worker],
        "\(worker) is planned on node \(place.worker)'s core")
    checks.expect(
        site.pinnings[place.worker], is: .pinned(processor), "\(worker) is pinned to \(processor)")

    let ids = site.topology.nodes.map(\.id)
    let expected = ids[((ids.firstIndex(of: node) ?? 0) + nodeShift) % ids.count]
    let places = site.standing { site.engine.workers[place.worker].memoryPlaces }
    let kinds = [
        ("rings", places.rings), ("chunks", places.chunkSlabs),
        ("state tables", places.stateTables),
    ]
    for (what, addresses) in kinds {
        checks.expect(!addresses.isEmpty, "\(worker) has \(what)", found: "none")
        let nodes = addresses.map { address in
            unsafe UnsafeRawPointer(bitPattern: address).flatMap { unsafe NodeMemory.node(of: $0) }
        }
        checks.expect(
            nodes, is: Array(repeating: expected, count: addresses.count),
            "\(addresses.count) \(what) of \(worker) lie on \(expected) (move_pages)")
    }
    let blocks = place.memoryBlocks
    checks.expect(!blocks.isEmpty, "\(worker) has pages of its own", found: "none")
    var counts: [NodeID: Int] = [:]
    for block in blocks { counts.merge(block.pageCounts(), uniquingKeysWith: +) }
    checks.expect(
        Array(counts.keys), is: [expected],
        "all \(counts.values.reduce(0, +)) touched pages of \(worker) lie on \(expected)")
}
