// Recorded machines are read as they are, with parts missing, and with parts that lie.
import Foundation
import Platform
import Testing

@Suite struct TopologyTests {
    @Test("the laptop has four threads on two fast cores and four efficiency cores")
    func laptop() throws {
        let topology = try RecordedMachine("laptop").topology()
        #expect(topology.processors.count == 8)
        #expect(topology.cores.map(\.processors.description) == ["0-1", "2-3", "4", "5", "6", "7"])
        #expect(topology.cores.map(\.isEfficiency) == [false, false, true, true, true, true])
        #expect(topology.packages == [0])
        #expect(topology.nodes.count == 1)
        #expect(topology.nodes[0].memoryByteCount == 16_106_644 * 1_024)
        let seconds = topology.caches.filter { $0.level == 2 }
        #expect(seconds.map(\.processors.description) == ["0-1", "2-3", "4-7"])
        #expect(seconds.map(\.byteCount) == [1_280 << 10, 1_280 << 10, 2_048 << 10])
        #expect(topology.missing.isEmpty)
        #expect(topology.processorQuota == nil)
    }

    @Test("the server has two packages, a node each, and siblings eight apart")
    func server() throws {
        let topology = try RecordedMachine("two-socket-server").topology()
        #expect(topology.packages == [0, 1])
        #expect(topology.cores.count == 8)
        #expect(topology.hasSiblings)
        #expect(topology.processor(ProcessorID(13))?.siblings.description == "5,13")
        #expect(topology.processor(ProcessorID(13))?.package == 1)
        #expect(topology.node(of: ProcessorID(13)) == NodeID(1))
        #expect(topology.nodes.map(\.processors.description) == ["0-3,8-11", "4-7,12-15"])
        #expect(topology.nodes[1].distances == [NodeID(0): 21, NodeID(1): 10])
        let shared = topology.sharedCache(ProcessorID(0), ProcessorID(3))
        #expect(shared?.level == 3)
        #expect(shared?.lineByteCount == 64)
        #expect(topology.sharedCache(ProcessorID(0), ProcessorID(8))?.level == 1)
        #expect(topology.sharedCache(ProcessorID(0), ProcessorID(4)) == nil)
    }

    @Test("the machine of four nodes deals its processors over them")
    func fourNodes() throws {
        let topology = try RecordedMachine("four-node").topology()
        #expect(topology.nodes.count == 4)
        #expect(topology.nodes[2].processors.description == "2,6,10,14")
        #expect(topology.nodes[2].distances?[NodeID(0)] == 16)
        #expect(!topology.hasSiblings)
        #expect(topology.caches.filter { $0.level == 3 }.count == 4)
    }

    @Test("each recorded machine is described by its counts, its nodes and its caches")
    func description() throws {
        let server = try RecordedMachine("two-socket-server").topology()
        let lines = server.description.split(separator: "\n")
        #expect(
            lines[0].hasPrefix("16 processors, 8 cores, 2 packages, 2 NUMA nodes (from /"))
        #expect(lines[1] == "node0: processors 0-3,8-11, memory 94.2 GiB, distances 10 21")
        #expect(lines[2] == "  hardware threads by core: 0,8 | 1,9 | 2,10 | 3,11")
        #expect(lines.contains("L3: 22 MiB, lines of 64 bytes, shared by 0-3,8-11 | 4-7,12-15"))
        #expect(lines.last == "nothing is missing")
        let laptop = try RecordedMachine("laptop").topology().description
        #expect(laptop.contains("4 of the cores for efficiency"))
        #expect(laptop.contains("0-1 | 2-3 | efficiency 4 | efficiency 5"))
    }

    @Test("the running machine is read, and its processors are those of the kernel's mask")
    func runningMachine() throws {
        let topology = try Topology.read()
        #expect(topology.allowed == (try Affinity.current()).intersection(topology.online))
        #expect(!topology.allowed.isEmpty)
        #expect(topology.processors.map(\.id) == topology.online.processors)
        #expect(topology.cores.reduce(0) { $0 + $1.processors.count } == topology.online.count)
    }

    @Test(
        "a missing part is listed with its path and its cost, and the rest is read",
        arguments: [
            ("devices/system/node", "NUMA nodes"), ("devices/system/cpu/cpu1/cache", "caches"),
            ("devices/system/cpu/cpu5/topology/thread_siblings_list", "siblings of a core"),
            ("devices/system/cpu/cpu5/topology/physical_package_id", "packages"),
            ("devices/system/cpu/online", "online processors"),
            ("devices/system/node/node1/meminfo", "memory of a node"),
            ("devices/system/node/node1/distance", "distances of nodes"),
            ("devices/system/node/node1/cpulist", "processors of a node"),
            ("devices/system/cpu/cpu2/cache/index0/shared_cpu_list", "who shares a cache"),
            ("devices/system/cpu/cpu2/cache/index0/level", "a cache"),
        ])
    func missingPart(path: String, part: String) throws {
        let machine = try RecordedMachine("two-socket-server")
        try machine.remove(path)
        let topology = try machine.topology()
        #expect(topology.missing.map(\.part) == [part])
        #expect(topology.missing[0].path.hasPrefix(machine.directory + "/" + path))
        #expect(!topology.missing[0].cost.isEmpty)
        #expect(topology.processors.count == 16)
        #expect(topology.workerProcessors(count: 16).count == 16)
        #expect(topology.description.contains("missing: \(part) ("))
    }

    @Test("without nodes all processors are one node of unknown memory")
    func noNodes() throws {
        let machine = try RecordedMachine("two-socket-server")
        try machine.remove("devices/system/node")
        let topology = try machine.topology()
        #expect(topology.nodes.map(\.processors.description) == ["0-15"])
        #expect(topology.nodes[0].memoryByteCount == nil)
        #expect(topology.nodes[0].distances == nil)
    }

    @Test("a node of memory alone takes no worker")
    func memoryOnlyNode() throws {
        let machine = try RecordedMachine("two-socket-server")
        try machine.write("\n", to: "devices/system/node/node2/cpulist")
        try machine.write("17 28 10\n", to: "devices/system/node/node2/distance")
        try machine.write("10 21 17\n", to: "devices/system/node/node0/distance")
        try machine.write("21 10 28\n", to: "devices/system/node/node1/distance")
        try machine.write(
            "Node 2 MemTotal: 4 kB\n", to: "devices/system/node/node2/meminfo")
        let topology = try machine.topology()
        #expect(topology.nodes[2].processors.isEmpty)
        #expect(topology.nodes[2].memoryByteCount == 4_096)
        #expect(topology.description.contains("node2: no processors, memory 4 KiB"))
        #expect(topology.workerProcessors(count: 99).count == 16)
    }

    @Test("processors that are off are left out, also of siblings, caches and nodes")
    func offline() throws {
        let machine = try RecordedMachine("two-socket-server")
        try machine.write("0-7\n", to: "devices/system/cpu/online")
        let topology = try machine.topology()
        #expect(topology.processors.count == 8)
        #expect(!topology.hasSiblings)
        #expect(topology.nodes.map(\.processors.description) == ["0-3", "4-7"])
        #expect(topology.sharedCache(ProcessorID(0), ProcessorID(3))?.processors.count == 4)
    }

    @Test("a quota of the cgroup is read and said")
    func quota() throws {
        let machine = try RecordedMachine("laptop")
        try machine.write("150000 100000\n", to: "fs/cgroup/cpu.max")
        let topology = try machine.topology()
        #expect(topology.processorQuota == 1.5)
        #expect(topology.description.contains("the time of 1.5 processors"))
    }

    @Test(
        "a file that lies is named in the error",
        arguments: [
            ("devices/system/cpu/online", "0-x"),
            ("devices/system/cpu/cpu3/topology/thread_siblings_list", "3-1"),
            ("devices/system/cpu/cpu3/topology/thread_siblings_list", "0,1"),
            ("devices/system/cpu/cpu3/topology/physical_package_id", "one"),
            ("devices/system/cpu/cpu3/cache/index2/level", "L2"),
            ("devices/system/cpu/cpu3/cache/index2/type", "Trace"),
            ("devices/system/cpu/cpu3/cache/index2/size", "-4K"),
            ("devices/system/cpu/cpu3/cache/index2/shared_cpu_list", "0"),
            ("devices/system/node/node1/cpulist", "4-7,"),
            ("devices/system/node/node1/distance", "21"),
            ("devices/system/node/node1/distance", "21 10 x"),
            ("devices/system/node/node1/meminfo", "Node 1 MemFree: 12 kB"),
            ("devices/system/node/node1/meminfo", "Node 1 MemTotal: much kB"),
            ("fs/cgroup/cpu.max", "0 0"),
        ])
    func malformed(path: String, text: String) throws {
        let machine = try RecordedMachine("two-socket-server")
        try machine.write(text + "\n", to: path)
        let error = try #require(throws: PlatformError.self) { try machine.topology() }
        #expect(error.code == .malformedTopology)
        #expect(error.path == machine.directory + "/" + path)
        #expect(error.description.contains("wanted"))
    }

    @Test("a directory without processors is refused with its path")
    func empty() throws {
        let error = try #require(throws: PlatformError.self) {
            try Topology.read(from: "/nonexistent")
        }
        #expect(error.code == .noProcessors)
        #expect(error.path == "/nonexistent/devices/system/cpu")
    }

    @Test("where the tree tells of no processor the mask of the process does")
    func maskAlone() throws {
        let allowed = try #require(ProcessorSet(list: "1,3"))
        let topology = try Topology.read(from: "/nonexistent", allowed: allowed)
        #expect(topology.online == allowed)
        #expect(topology.workerProcessors(count: 3) == [ProcessorID(1), ProcessorID(3)])
        #expect(
            topology.missing.map(\.part)
                == ["online processors", "NUMA nodes", "siblings of a core", "packages", "caches"])
    }
}
