// Reads a `Topology` from a tree with the layout of /sys, so that recorded machines can be tested.

extension Topology {
    /// Reads the machine described by `directory`.
    ///
    /// - Shape: `directory` has the layout of `/sys`; missing parts are listed, not refused.
    /// - Parameter allowed: the processors this process may use; by default the mask of the calling
    ///   thread for `/sys` (so read it before pinning that thread) and all online processors for
    ///   any other tree.
    /// - Cost: some 45 small files a processor, 0.2 ms each processor; read it once.
    /// - Errors: `malformedTopology` with the file, `noProcessors` when there is nothing to read.
    public static func read(
        from directory: String = "/sys", allowed: ProcessorSet? = nil
    ) throws(PlatformError) -> Topology {
        var allowed = allowed
        if allowed == nil, directory == "/sys" { allowed = try? Affinity.current() }
        var reader = TopologyReader(directory: directory)
        return try reader.read(allowed: allowed)
    }
}

private struct TopologyReader {
    let directory: String
    var missing: [Topology.MissingPart] = []

    private var system: String { directory + "/devices/system" }

    mutating func read(allowed: ProcessorSet?) throws(PlatformError) -> Topology {
        let online = try readOnline(allowed: allowed)
        let nodes = try readNodes(online: online)
        let processors = try readProcessors(online: online, nodes: nodes)
        let caches = try readCaches(online: online)
        return Topology(
            directory: directory, processors: processors, cores: cores(of: processors),
            caches: caches, nodes: nodes, online: online,
            allowed: allowed.map { $0.intersection(online) } ?? online,
            processorQuota: try readQuota(), missing: missing)
    }

    // MARK: Processors

    private mutating func readOnline(
        allowed: ProcessorSet?
    ) throws(PlatformError) -> ProcessorSet {
        let path = system + "/cpu/online"
        if let online = try processorList(path), !online.isEmpty { return online }
        let found = SystemFile.numbers(in: system + "/cpu", prefix: "cpu")
        let known = ProcessorSet(found.filter { $0 < ProcessorSet.capacity }.map(ProcessorID.init))
        guard !known.isEmpty || allowed?.isEmpty == false else {
            throw PlatformError(
                .noProcessors, "no processor found; give a directory with the layout of /sys",
                path: system + "/cpu")
        }
        miss("online processors", path, "processors that are switched off may be chosen")
        return known.isEmpty ? allowed! : known
    }

    private mutating func readProcessors(
        online: ProcessorSet, nodes: [Topology.Node]
    ) throws(PlatformError) -> [Topology.Processor] {
        let efficiency = try readEfficiency(online: online)
        var result: [Topology.Processor] = []
        for id in online.processors {
            let topology = system + "/cpu/cpu\(id.number)/topology"
            // The same list under its present name and under its name before Linux 5.3.
            var siblings = try processorList(topology + "/core_cpus_list")
            if siblings == nil { siblings = try processorList(topology + "/thread_siblings_list") }
            if let siblings, !siblings.contains(id) {
                throw malformed(
                    topology + "/thread_siblings_list", "\(siblings)", "a list with \(id.number)")
            }
            if siblings == nil {
                miss(
                    "siblings of a core", topology + "/thread_siblings_list",
                    "two workers may share a physical core, each at about half its speed")
            }
            let package = try integer(topology + "/physical_package_id")
            if package == nil {
                miss(
                    "packages", topology + "/physical_package_id",
                    "sockets are not told apart where NUMA nodes are missing too")
            }
            result.append(
                Topology.Processor(
                    // -1 is what the kernel writes where the firmware does not say.
                    id: id, package: package == -1 ? nil : package,
                    node: nodes.first { $0.processors.contains(id) }?.id,
                    siblings: siblings?.intersection(online) ?? ProcessorSet([id]),
                    isEfficiency: efficiency.contains(id)))
        }
        return result
    }

    /// Hybrid x86 names its small cores; other architectures give each processor a capacity.
    private func readEfficiency(online: ProcessorSet) throws(PlatformError) -> ProcessorSet {
        if let atoms = try processorList(directory + "/devices/cpu_atom/cpus") { return atoms }
        var capacities: [ProcessorID: Int] = [:]
        for id in online.processors {
            capacities[id] = try integer(system + "/cpu/cpu\(id.number)/cpu_capacity")
        }
        let largest = capacities.values.max() ?? 0
        return ProcessorSet(capacities.filter { $0.value < largest }.keys)
    }

    private func cores(of processors: [Topology.Processor]) -> [Topology.Core] {
        // Each processor belongs to one core, also where only a part of the lists is there.
        var claimed: Set<ProcessorID> = []
        return processors.compactMap { processor in
            guard !claimed.contains(processor.id) else { return nil }
            let own = processor.siblings.processors.filter { claimed.insert($0).inserted }
            return Topology.Core(
                package: processor.package, node: processor.node, processors: ProcessorSet(own),
                isEfficiency: processor.isEfficiency)
        }
    }

    // MARK: Caches

    private mutating func readCaches(
        online: ProcessorSet
    ) throws(PlatformError) -> [Topology.Cache] {
        var caches: [Topology.Cache] = []
        for id in online.processors {
            let folder = system + "/cpu/cpu\(id.number)/cache"
            let indices = SystemFile.numbers(in: folder, prefix: "index")
            if indices.isEmpty {
                miss(
                    "caches", folder,
                    "near and far cores are not told apart; plans do not show what fits in a cache")
            }
            for index in indices {
                if let cache = try readCache(folder + "/index\(index)", of: id, online: online),
                    !caches.contains(cache)
                {
                    caches.append(cache)
                }
            }
        }
        return caches.sorted {
            ($0.level, $0.kind.rawValue, $0.processors.first!)
                < ($1.level, $1.kind.rawValue, $1.processors.first!)
        }
    }

    private mutating func readCache(
        _ folder: String, of id: ProcessorID, online: ProcessorSet
    ) throws(PlatformError) -> Topology.Cache? {
        guard let level = try integer(folder + "/level"),
            let kindName = SystemFile.text(folder + "/type")
        else {
            miss("a cache", folder + "/level", "this cache is left out of plans")
            return nil
        }
        guard let kind = Topology.Cache.Kind(rawValue: kindName) else {
            throw malformed(folder + "/type", kindName, "Data, Instruction or Unified")
        }
        let shared = try processorList(folder + "/shared_cpu_list")
        if shared == nil {
            miss(
                "who shares a cache", folder + "/shared_cpu_list",
                "near and far cores are not told apart")
        } else if shared?.contains(id) == false {
            throw malformed(
                folder + "/shared_cpu_list", "\(shared!)", "a list with \(id.number)")
        }
        return Topology.Cache(
            level: level, kind: kind, byteCount: try byteCount(folder + "/size"),
            lineByteCount: try integer(folder + "/coherency_line_size"),
            processors: shared?.intersection(online) ?? ProcessorSet([id]))
    }

    // MARK: Nodes

    private mutating func readNodes(
        online: ProcessorSet
    ) throws(PlatformError) -> [Topology.Node] {
        let folder = system + "/node"
        let ids = SystemFile.numbers(in: folder, prefix: "node").map(NodeID.init)
        guard !ids.isEmpty else {
            miss(
                "NUMA nodes", folder,
                "memory is not placed near its worker; on a machine that has several nodes,"
                    + " reaching another node's memory costs 1.5 to 3 times as much")
            return [
                Topology.Node(
                    id: NodeID(0), processors: online, memoryByteCount: nil, distances: nil)
            ]
        }
        var nodes: [Topology.Node] = []
        for id in ids {
            let node = folder + "/node\(id.number)"
            let processors = try processorList(node + "/cpulist")
            if processors == nil {
                miss(
                    "processors of a node", node + "/cpulist",
                    "no worker is placed by this node's memory")
            }
            nodes.append(
                Topology.Node(
                    id: id, processors: processors?.intersection(online) ?? ProcessorSet(),
                    memoryByteCount: try nodeMemory(node + "/meminfo"),
                    distances: try distances(node + "/distance", of: id, ids: ids)))
        }
        return nodes
    }

    private mutating func nodeMemory(_ path: String) throws(PlatformError) -> UInt64? {
        guard let text = SystemFile.text(path) else {
            miss("memory of a node", path, "plans do not show what fits on the node")
            return nil
        }
        for line in text.split(separator: "\n") {
            // "Node 0 MemTotal:       16336920 kB"
            let words = line.split(separator: " ")
            guard words.count >= 4, words[2] == "MemTotal:" else { continue }
            guard let kibibytes = UInt64(words[3]), kibibytes < 1 << 53 else {
                throw malformed(path, String(line), "Node N MemTotal: K kB")
            }
            return kibibytes * 1_024
        }
        throw malformed(path, String(text.prefix(40)), "a line Node N MemTotal: K kB")
    }

    private mutating func distances(
        _ path: String, of id: NodeID, ids: [NodeID]
    ) throws(PlatformError) -> [NodeID: Int]? {
        guard let text = SystemFile.text(path) else {
            miss("distances of nodes", path, "workers fill nodes by number, not nearest first")
            return nil
        }
        let row = text.split(separator: " ").map { Int($0) ?? 0 }
        guard row.count == ids.count, row.allSatisfy({ $0 > 0 }) else {
            throw malformed(path, text, "\(ids.count) distances above 0, one for each node")
        }
        return Dictionary(uniqueKeysWithValues: zip(ids, row))
    }

    // MARK: Values

    /// `cpu.max` of cgroup 2: "max 100000" or "150000 100000", microseconds a period.
    private func readQuota() throws(PlatformError) -> Double? {
        let path = directory + "/fs/cgroup/cpu.max"
        guard let text = SystemFile.text(path) else { return nil }
        let words = text.split(separator: " ")
        guard words.first != "max" else { return nil }
        guard words.count == 2, let granted = Double(words[0]), let period = Double(words[1]),
            granted > 0, period > 0
        else { throw malformed(path, text, "max or a quota, and a period") }
        return granted / period
    }

    private func processorList(_ path: String) throws(PlatformError) -> ProcessorSet? {
        guard let text = SystemFile.text(path) else { return nil }
        guard let set = ProcessorSet(list: text) else {
            throw malformed(path, text, "a list of processors such as 0-3,8")
        }
        return set
    }

    private func integer(_ path: String) throws(PlatformError) -> Int? {
        guard let text = SystemFile.text(path) else { return nil }
        guard let value = Int(text) else { throw malformed(path, text, "a whole number") }
        return value
    }

    /// "32K" or "16M"; the kernel writes K, M is accepted for hand-made trees.
    private func byteCount(_ path: String) throws(PlatformError) -> Int? {
        guard let text = SystemFile.text(path) else { return nil }
        let factor = text.hasSuffix("K") ? 1_024 : text.hasSuffix("M") ? 1_048_576 : 1
        let digits = factor == 1 ? text[...] : text.dropLast()
        guard let value = Int(digits), value > 0, value < 1 << 40 else {
            throw malformed(path, text, "a size such as 32K")
        }
        return value * factor
    }

    private func malformed(_ path: String, _ found: String, _ wanted: String) -> PlatformError {
        PlatformError(
            .malformedTopology,
            "found \"\(found.prefix(60))\", wanted \(wanted); repair the tree, or remove the file"
                + " to go on without it", path: path)
    }

    /// Lists each part once, with the first path that was missing.
    private mutating func miss(_ part: String, _ path: String, _ cost: String) {
        guard !missing.contains(where: { $0.part == part }) else { return }
        missing.append(Topology.MissingPart(part: part, path: path, cost: cost))
    }
}
