// Proves placement on a machine with several NUMA nodes; scripts/test-numa emulates one.
import Glibc
import Platform
import Synchronization

/// Exits with 0 when all checks hold, 1 when one fails, 2 when the machine is not fit for them.
///
/// `NumaCheck --expect-node-shift 1` expects all memory one node further on than it was asked for:
/// every such check must then fail, which shows that they can.
///
/// A further subject is one more function of `(Topology, Int, inout Checks)` in the list of `main`.
@main
struct NumaCheck {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        var nodeShift = 0
        if arguments.count == 2, arguments.first == "--expect-node-shift",
            let shift = arguments.last.flatMap({ Int($0) }), shift >= 0
        {
            nodeShift = shift
        } else if !arguments.isEmpty {
            print("usage: NumaCheck [--expect-node-shift N]")
            exit(2)
        }
        let topology: Topology
        do {
            topology = try Topology.read()
        } catch {
            print("\(error)")
            exit(2)
        }
        print("\(topology)\n\(NumaSupport.current)")
        guard topology.nodes.count > 1, NumaSupport.current.isUseful else {
            print("this machine has no second node that memory can be bound to: nothing to prove")
            exit(2)
        }
        var checks = Checks()
        let subjects = [checkTopology, checkPinning, checkPlacement, checkWorkerOrder, checkSite]
        for subject in subjects { subject(topology, nodeShift, &checks) }
        print("\(checks.passedCount) passed, \(checks.failedCount) failed")
        exit(checks.failedCount == 0 && checks.passedCount > 0 ? 0 : 1)
    }
}

/// The machine is the one that scripts/test-numa asks for, as far as every such machine must be.
func checkTopology(_ topology: Topology, nodeShift: Int, _ checks: inout Checks) {
    checks.expect(topology.missing, is: [], "the tree of this machine misses nothing")
    for node in topology.nodes {
        checks.expect(
            node.distances?[node.id], is: 10, "\(node.id) is at distance 10 from itself")
        for other in topology.nodes where other.id != node.id {
            let distance = node.distances?[other.id] ?? 0
            checks.expect(
                distance > 10, "\(other.id) is further from \(node.id) than itself",
                found: "\(distance)")
        }
        checks.expect(
            (node.memoryByteCount ?? 0) > 0, "\(node.id) has memory", found: "none")
    }
}

/// A thread for each processor sits there, by its mask and by where it runs.
func checkPinning(_ topology: Topology, nodeShift: Int, _ checks: inout Checks) {
    for id in topology.allowed.processors {
        checks.attempt("a thread is pinned to \(id)") { checks in
            let seen = Mutex<(mask: ProcessorSet?, processor: ProcessorID?)>((nil, nil))
            let thread = try PinnedThread(name: "check-\(id.number)", processor: id) {
                let mask = try? Affinity.current()
                let processor = Affinity.currentProcessor()
                seen.withLock { $0 = (mask, processor) }
            }
            thread.join()
            let found = seen.withLock { $0 }
            checks.expect(thread.pinning, is: .pinned(id), "a thread asked for \(id) gets it")
            checks.expect(found.mask, is: ProcessorSet([id]), "its mask read back is \(id) alone")
            checks.expect(found.processor, is: id, "it runs on \(id)")
        }
    }
    let absent = ProcessorID((topology.online.processors.last?.number ?? 0) + 1)
    checks.attempt("a thread for \(absent) runs unpinned") { checks in
        let thread = try PinnedThread(name: "absent", processor: absent) {}
        thread.join()
        var isRefused = false
        if case .refused = thread.pinning { isRefused = true }
        checks.expect(
            isRefused, "\(absent), which is absent, is refused", found: "\(thread.pinning)")
    }
}

/// From a thread on each node, memory asked for on each node lies there, and first touch lies here.
func checkPlacement(_ topology: Topology, nodeShift: Int, _ checks: inout Checks) {
    let ids = topology.nodes.map(\.id)
    let expected = { (node: NodeID) in
        ids[(ids.firstIndex(of: node)! + nodeShift) % ids.count]
    }
    for home in topology.nodes {
        guard let processor = home.processors.first else { continue }
        for target in topology.nodes {
            for pages in [NodeMemory.PageSize.small, .huge] {
                checks.attempt("memory of \(target.id) is to be had on \(home.id)") { checks in
                    // Two huge pages, and more than the caches of the allocator.
                    let memory = try NodeMemory.allocate(
                        byteCount: 4 << 20, on: target.id, pages: pages)
                    defer { memory.free() }
                    let what = "\(pages) pages bound to \(target.id), touched from \(home.id)"
                    checks.expect(memory.placement, is: .bound(target.id), "\(what), are bound")
                    try expectPages(
                        of: memory, touchedOn: processor, on: expected(target.id), what, &checks)
                }
            }
        }
        checks.attempt("memory is to be had on \(home.id)") { checks in
            let memory = try NodeMemory.allocate(byteCount: 4 << 20)
            defer { memory.free() }
            checks.expect(
                unsafe NodeMemory.node(of: memory.base), is: nil, "an untouched page has no node")
            try expectPages(
                of: memory, touchedOn: processor, on: expected(home.id),
                "pages touched first from \(home.id)", &checks)
        }
    }
}

/// Touches all pages on `processor` and asks the kernel in both its ways where they lie.
private func expectPages(
    of memory: NodeMemory, touchedOn processor: ProcessorID, on node: NodeID, _ what: String,
    _ checks: inout Checks
) throws {
    let toucher = try PinnedThread(name: "toucher", processor: processor) { memory.touch() }
    toucher.join()
    checks.expect(toucher.pinning, is: .pinned(processor), "the toucher sits on \(processor)")
    checks.expect(
        memory.pageCounts(), is: [node: memory.byteCount / Int(getpagesize())],
        "\(what), all lie on \(node) (move_pages)")
    checks.expect(
        unsafe NodeMemory.nodeByPolicy(of: memory.base), is: node,
        "\(what), begin on \(node) (get_mempolicy)")
}

/// Workers fill one node before the next, so that few of them stay together.
func checkWorkerOrder(_ topology: Topology, nodeShift: Int, _ checks: inout Checks) {
    let order = topology.workerProcessors(count: topology.allowed.count)
    checks.expect(ProcessorSet(order), is: topology.allowed, "each processor gets one worker")
    guard !topology.hasSiblings else { return }
    let nodes = order.map { topology.node(of: $0)?.number ?? -1 }
    checks.expect(nodes, is: nodes.sorted(), "workers fill node by node")
}
