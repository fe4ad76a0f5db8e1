// Which allocator serves a process is told truly, and its counters move with what is allocated.
import CPlatform
import Foundation
import Platform
import Testing

/// Sanitizers bring an allocator of their own, so that neither of ours is in use.
private let isSanitized =
    portals_library_of("__tsan_init") != nil || portals_library_of("__asan_init") != nil

@Suite(.enabled(if: !isSanitized)) struct AllocatorTests {
    @Test("the counter and the linker agree on the allocator of this process")
    func current() throws {
        let path = try #require(Allocator.libraryPath)
        #expect((Allocator.current == .jemalloc) == path.contains("jemalloc"))
        #expect((AllocatorStatistics.read() == nil) == (Allocator.current == .system))
    }

    @Test(
        "a child gets the allocator of its environment, whatever its parent's was",
        arguments: [
            (Allocator.jemalloc, "jemalloc counted\n"), (.system, "system unmeasured\n"),
        ])
    func child(allocator: Allocator, answer: String) throws {
        let inherited = ProcessInfo.processInfo.environment
        let own = try #require(allocator.childEnvironment(from: inherited))
        #expect(try probe(own) == answer)
        for other in Allocator.allCases {
            // As the environment of a child of a child: the later word counts.
            let changed = try #require(
                allocator.childEnvironment(from: other.childEnvironment(from: inherited) ?? [:]))
            #expect(try probe(changed) == answer)
        }
    }

    @Test("a program of ours has jemalloc without any environment")
    func linked() throws {
        #expect(try probe([:]) == "jemalloc counted\n")
    }

    @Test("other preloaded libraries stay, after the allocator's")
    func otherLibraries() throws {
        let environment = try #require(
            Allocator.system.childEnvironment(from: ["LD_PRELOAD": "/a.so:/b.so", "HOME": "/h"]))
        let preloaded = try #require(environment["LD_PRELOAD"]).split(separator: ":")
        #expect(preloaded.count == 3)
        #expect(preloaded[0].hasSuffix("libc.so.6"))
        #expect(preloaded.dropFirst() == ["/a.so", "/b.so"])
        #expect(environment["HOME"] == "/h")
    }

    @Test("blocks that are held count as allocated, and each allocation counts")
    func counters() throws {
        guard let before = AllocatorStatistics.read() else {
            #expect(Allocator.current == .system)
            return
        }
        let count = 1_000
        let blocks = (0..<count).map { _ in
            UnsafeMutableRawPointer.allocate(byteCount: 100_000, alignment: 16)
        }
        let held = try #require(AllocatorStatistics.read())
        // Other tests allocate and free meanwhile; 100 MB stand out.
        #expect(held.allocatedByteCount > before.allocatedByteCount + 90_000_000)
        #expect(held.threadAllocatedByteCount >= before.threadAllocatedByteCount + 100_000_000)
        #expect(held.allocationCount >= before.allocationCount + UInt64(count))
        #expect(held.activeByteCount >= held.allocatedByteCount)
        #expect(held.mappedByteCount >= held.activeByteCount)
        #expect(held.residentByteCount > 0)
        #expect(held.arenaCount >= 1)
        #expect(held.version.hasPrefix("5."))
        for block in blocks { block.deallocate() }
        let freed = try #require(AllocatorStatistics.read())
        #expect(freed.allocatedByteCount + 90_000_000 < held.allocatedByteCount)
    }

    @Test("a loop that allocates nothing moves no counter of its thread")
    func quietLoop() throws {
        guard let before = AllocatorStatistics.threadAllocatedByteCount() else {
            #expect(Allocator.current == .system)
            return
        }
        var sum = 0
        for value in 0..<1_000 { sum &+= value }
        let quiet = AllocatorStatistics.threadAllocatedByteCount()
        let block = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)
        let loud = AllocatorStatistics.threadAllocatedByteCount()
        // Checked at the end: the checks themselves allocate.
        #expect(quiet == before)
        #expect(loud == before + 64)
        block.deallocate()
        #expect(sum == 499_500)
    }

    /// What the probe prints under `environment`.
    private func probe(_ environment: [String: String]) throws -> String {
        let process = Process()
        process.executableURL = Bundle.module.bundleURL.deletingLastPathComponent()
            .appendingPathComponent("AllocatorProbe")
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }
}
