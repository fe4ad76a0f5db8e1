// Memory is bound where that is allowed and plain where it is not; every refusal is said.
import CSandbox
import Foundation
import Platform
import Testing

@Suite struct NodeMemoryTests {
    @Test(
        "memory is zero, writable, aligned and at least as long as asked for",
        arguments: [1, 4_096, 5_000, 2 << 20, (2 << 20) + 1], [NodeMemory.PageSize.small, .huge])
    func shape(byteCount: Int, pages: NodeMemory.PageSize) throws {
        let memory = try NodeMemory.allocate(byteCount: byteCount, pages: pages)
        defer { memory.free() }
        #expect(memory.byteCount >= byteCount)
        #expect(memory.byteCount % Int(getpagesize()) == 0)
        #expect(memory.placement == .firstTouch)
        let alignment = memory.hasHugePages ? 2 << 20 : Int(getpagesize())
        #expect(UInt(bitPattern: memory.base) % UInt(alignment) == 0)
        let bytes = UnsafeMutableRawBufferPointer(start: memory.base, count: memory.byteCount)
        #expect(bytes.allSatisfy { $0 == 0 })
        bytes[0] = 7
        bytes[bytes.count - 1] = 9
        memory.touch()
        #expect(bytes[0] == 7 && bytes[bytes.count - 1] == 9)
    }

    @Test("touching brings every page in, and none was in before")
    func touch() throws {
        let memory = try NodeMemory.allocate(byteCount: 1 << 20)
        defer { memory.free() }
        #expect(residentPageCount(memory) == 0)
        memory.touch()
        #expect(residentPageCount(memory) == memory.byteCount / Int(getpagesize()))
    }

    // No condition on the test: children of exit tests would ask it before they are confined.
    @Test("memory bound to a node lies there")
    func bound() throws {
        let support = NumaSupport.current
        for node in support.nodes where support.canBind && support.canLocate {
            let memory = try NodeMemory.allocate(byteCount: 1 << 20, on: node)
            defer { memory.free() }
            #expect(memory.placement == .bound(node))
            #expect(NodeMemory.node(of: memory.base) == nil)
            memory.touch()
            #expect(memory.pageCounts() == [node: memory.byteCount / Int(getpagesize())])
            #expect(NodeMemory.nodeByPolicy(of: memory.base) == node)
        }
    }

    @Test(
        "a node that does not exist is refused with a reason, and the memory works",
        arguments: [1_023, 1_024, -1])
    func absentNode(number: Int) throws {
        let memory = try NodeMemory.allocate(byteCount: 4_096, on: NodeID(number))
        defer { memory.free() }
        guard case .refused(NodeID(number), let reason) = memory.placement else {
            Issue.record("\(memory.placement)")
            return
        }
        #expect(!reason.isEmpty)
        memory.touch()
    }

    @Test("more memory than there is addresses for is refused", arguments: [Int.max, 1 << 60])
    func impossible(byteCount: Int) throws {
        let error = try #require(throws: PlatformError.self) {
            try NodeMemory.allocate(byteCount: byteCount)
        }
        #expect(error.code == .memoryRefused)
        #expect(error.systemError == ENOMEM)
    }

    @Test("support is told without gaps: what is not possible has a reason")
    func support() {
        let support = NumaSupport.current
        #expect((support.canBind && support.canLocate) == support.reasons.isEmpty)
        if support.canBind { #expect(!support.nodes.isEmpty) }
        #expect(!support.description.isEmpty)
    }

    @Test("where all NUMA calls are forbidden memory is plain, and that is said")
    func allForbidden() async {
        await #expect(processExitsWith: .success) {
            guard sandbox_forbid_numa() == 0 else { exit(10) }
            let support = NumaSupport.current
            guard !support.canBind, !support.canLocate, support.nodes.isEmpty,
                support.reasons.count == 1, support.reasons[0].contains("errno 1"),
                support.description.contains("missing: ")
            else { exit(11) }
            let memory = try NodeMemory.allocate(byteCount: 4 << 20, on: NodeID(0), pages: .huge)
            guard case .refused(NodeID(0), let reason) = memory.placement,
                reason == support.reasons[0]
            else { exit(12) }
            memory.touch()
            guard NodeMemory.node(of: memory.base) == nil, memory.pageCounts().isEmpty else {
                exit(13)
            }
            memory.free()
            exit(0)
        }
    }

    @Test("where only binding is forbidden memory is still located")
    func bindingForbidden() async {
        await #expect(processExitsWith: .success) {
            guard sandbox_forbid_binding() == 0 else {
                exit(10)
            }
            let memory = try NodeMemory.allocate(byteCount: 4_096, on: NodeID(0))
            guard case .refused(NodeID(0), let reason) = memory.placement,
                reason.contains("errno 1")
            else { exit(11) }
            memory.touch()
            exit(memory.pageCounts() == [NodeID(0): 1] ? 0 : 12)
        }
    }

    /// Pages of the mapping that are in RAM, by the kernel's own count (mincore(2)).
    private func residentPageCount(_ memory: NodeMemory) -> Int {
        var pages = [UInt8](repeating: 0, count: memory.byteCount / Int(getpagesize()))
        guard mincore(memory.base, memory.byteCount, &pages) == 0 else { return -1 }
        return pages.count { $0 & 1 == 1 }
    }
}
