// Which processor and NUMA node each worker gets, decided before anything runs.
import Platform

/// The place of one worker.
public struct WorkerPlacement: Sendable, Equatable {
    /// Which worker, from 0.
    public let worker: Int
    /// The processor it is pinned to; nil where there are fewer than workers, or pinning is off.
    public let processor: ProcessorID?
    /// The node that its memory comes from; nil where NUMA is of no use.
    public let node: NodeID?
    /// Where its rings, chunks and tables get their memory.
    let arena: WorkerArena

    /// Where its rings, chunks and tables get their memory, in words.
    public var memoryDescription: String {
        arena.node.map { "pages bound to \($0)" } ?? "the process's allocator"
    }

    /// The pages that are its own: all where they are bound, of the process's allocator those of
    /// large blocks.
    package var memoryBlocks: [NodeMemory] { arena.blocks }

    /// Whether worker, processor and node are the same; the memory itself is not compared.
    public static func == (left: WorkerPlacement, right: WorkerPlacement) -> Bool {
        left.worker == right.worker && left.processor == right.processor && left.node == right.node
    }

    /// Spreads workers over physical cores first, node by node.
    ///
    /// - Parameter usesNuma: nil binds memory where the machine has more than one node and allows
    ///   it.
    public static func plan(
        workers: Int, topology: Topology, pins: Bool, usesNuma: Bool? = nil
    ) -> [WorkerPlacement] {
        let processors = pins ? topology.workerProcessors(count: workers) : []
        let binds = usesNuma ?? NumaSupport.current.isUseful
        return (0..<workers).map { worker in
            let processor = worker < processors.count ? processors[worker] : nil
            let node = processor.flatMap { topology.node(of: $0) }
            return WorkerPlacement(
                worker: worker, processor: processor, node: node,
                arena: WorkerArena(node: binds ? node : nil))
        }
    }
}
