// The machine as the kernel describes it: processors, cores, packages, caches and NUMA nodes.

/// What a machine is made of, and which of it this process may use.
///
/// - Source: the layout of `Documentation/ABI/{stable,testing}/sysfs-devices-{node,system-cpu}` of
///   Linux. Nothing here is guessed: what the tree does not say is nil and listed in `missing`.
public struct Topology: Sendable, Equatable {
    /// One hardware thread that is online.
    public struct Processor: Sendable, Equatable {
        /// The kernel's name of it.
        public let id: ProcessorID
        /// Number of the package (socket).
        public let package: Int?
        /// The NUMA node whose memory is local to it.
        public let node: NodeID?
        /// All hardware threads of its physical core, itself among them.
        public let siblings: ProcessorSet
        /// Whether the core is built for low power, beside faster ones on the same chip.
        public let isEfficiency: Bool
    }

    /// One physical core.
    public struct Core: Sendable, Equatable {
        /// Number of the package (socket) it is in.
        public let package: Int?
        /// The NUMA node whose memory is local to it.
        public let node: NodeID?
        /// Its hardware threads that are online.
        public let processors: ProcessorSet
        /// As of its processors.
        public let isEfficiency: Bool
    }

    /// One cache, whoever shares it.
    public struct Cache: Sendable, Equatable {
        /// What it keeps, in the kernel's words.
        public enum Kind: String, Sendable {
            case data = "Data"
            case instruction = "Instruction"
            case unified = "Unified"
        }

        /// 1 is nearest to the core.
        public let level: Int
        /// Of data, of instructions, or of both.
        public let kind: Kind
        /// Its size; nil when not told.
        public let byteCount: Int?
        /// What it moves at once; nil when not told.
        public let lineByteCount: Int?
        /// The processors that share this one cache.
        public let processors: ProcessorSet
    }

    /// One NUMA node: memory and the processors near it.
    public struct Node: Sendable, Equatable {
        /// The kernel's name of it.
        public let id: NodeID
        /// Empty for a node that is memory only.
        public let processors: ProcessorSet
        /// All memory of the node, free or not; nil when not told.
        public let memoryByteCount: UInt64?
        /// Relative cost of reaching the memory of each node, 10 is local; nil when not told.
        public let distances: [NodeID: Int]?
    }

    /// A part that the tree does not describe.
    public struct MissingPart: Sendable, Equatable {
        /// What it is, as a noun: "caches".
        public let part: String
        /// The first file or directory that was looked for.
        public let path: String
        /// What a user loses by it.
        public let cost: String
    }

    /// Where this was read.
    public let directory: String
    /// Online processors, ascending.
    public let processors: [Processor]
    /// Physical cores, ascending by their first processor.
    public let cores: [Core]
    /// Each cache once; ascending by level, kind and first processor.
    public let caches: [Cache]
    /// Ascending; at least one: a machine that tells of none is one node of all processors.
    public let nodes: [Node]
    /// Processors that take part in scheduling.
    public let online: ProcessorSet
    /// Online processors that this process may run on (affinity mask, cgroup cpuset).
    public let allowed: ProcessorSet
    /// Processors' worth of time that the cgroup grants, nil without such a quota.
    public let processorQuota: Double?
    /// What the tree does not describe, with what that costs.
    public let missing: [MissingPart]

    /// Numbers of the packages, ascending; empty when the tree does not tell.
    public var packages: [Int] { Set(processors.compactMap(\.package)).sorted() }

    /// Whether two hardware threads share a core anywhere.
    public var hasSiblings: Bool { cores.contains { $0.processors.count > 1 } }

    /// Looks up by name; nil when absent or off.
    public func processor(_ id: ProcessorID) -> Processor? { processors.first { $0.id == id } }

    /// The node near the processor; nil when absent, off or not told.
    public func node(of id: ProcessorID) -> NodeID? { processor(id)?.node }

    /// The nearest data cache that both processors use, nil when they share none.
    public func sharedCache(_ first: ProcessorID, _ second: ProcessorID) -> Cache? {
        caches.filter {
            $0.kind != .instruction && $0.processors.contains(first)
                && $0.processors.contains(second)
        }.min { $0.level < $1.level }
    }
}
