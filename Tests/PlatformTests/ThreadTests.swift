// Threads sit where they are asked to sit, or say why not; proven by reading the mask back.
import CSandbox
import Foundation
import Platform
import Synchronization
import Testing

@Suite struct ThreadTests {
    private let absent = ProcessorID(ProcessorSet.capacity - 1)

    @Test("a pinned thread reads back its one processor and runs there")
    func pinned() throws {
        for processor in try Topology.read().allowed.processors {
            let seen = Mutex<(ProcessorSet?, ProcessorID?)>((nil, nil))
            let thread = try PinnedThread(name: "pinned", processor: processor) {
                let mask = try? Affinity.current()
                seen.withLock { $0 = (mask, Affinity.currentProcessor()) }
            }
            thread.join()
            #expect(thread.pinning == .pinned(processor))
            #expect(seen.withLock { $0.0 } == ProcessorSet([processor]))
            #expect(seen.withLock { $0.1 } == processor)
        }
    }

    @Test("a thread for an absent processor runs unpinned and says why")
    func absentProcessor() throws {
        let before = try Affinity.current()
        let seen = Mutex<ProcessorSet?>(nil)
        let thread = try PinnedThread(name: "absent", processor: absent) {
            let mask = try? Affinity.current()
            seen.withLock { $0 = mask }
        }
        thread.join()
        guard case .refused(let error) = thread.pinning else {
            Issue.record("\(thread.pinning)")
            return
        }
        #expect(error.code == .pinningRefused)
        #expect(error.systemError == EINVAL)
        #expect(error.description.contains("8191"))
        #expect(error.description.contains("portals topology"))
        #expect(seen.withLock { $0 } == before)
    }

    @Test("a mask that the kernel would cut is refused whole, and the old one stays")
    func partialMask() throws {
        let result = Mutex<(PlatformError?, Bool)>((nil, false))
        let thread = try PinnedThread(name: "partial") {
            guard let before = try? Affinity.current() else { return }
            var wider = before
            wider.insert(ProcessorID(ProcessorSet.capacity - 1))
            do throws(PlatformError) {
                try Affinity.restrict(to: wider)
            } catch {
                let isUnchanged = (try? Affinity.current()) == before
                result.withLock { $0 = (error, isUnchanged) }
            }
        }
        thread.join()
        #expect(result.withLock { $0.0?.code } == .pinningRefused)
        #expect(result.withLock { $0.1 })
    }

    @Test("no processor at all is refused")
    func emptyMask() throws {
        #expect(throws: PlatformError.self) { try Affinity.restrict(to: ProcessorSet()) }
    }

    @Test("where pinning is forbidden threads run, sleep and wake without it")
    func forbidden() async {
        await #expect(processExitsWith: .success) {
            guard sandbox_forbid_pinning() == 0 else { exit(10) }
            let parker = Parker()
            let isWoken = Mutex(false)
            let thread = try PinnedThread(name: "forbidden", processor: ProcessorID(0)) {
                parker.announce()
                let woken = parker.park(timeoutNanoseconds: 10_000_000_000)
                isWoken.withLock { $0 = woken }
            }
            guard case .refused(let error) = thread.pinning, error.systemError == EPERM else {
                exit(11)
            }
            // Without membarrier both sides fence; the thread may not have announced yet.
            while !isWoken.withLock({ $0 }) { parker.unparkIfAnnounced() }
            thread.join()
            exit(0)
        }
    }

    @Test("the name is given to the kernel, cut to its 15 bytes")
    func name() throws {
        let seen = Mutex("")
        let thread = try PinnedThread(name: "a-name-longer-than-fifteen") {
            let text = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            seen.withLock { $0 = text ?? "" }
        }
        thread.join()
        #expect(seen.withLock { $0 } == "a-name-longer-t\n")
        #expect(thread.pinning == .notAsked)
    }

    @Test("the stack has the size asked for")
    func stack() throws {
        // A recursion that would not fit into the smallest stack.
        @inline(never) @Sendable func depth(_ n: Int) -> Int {
            withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 8) { bytes in
                bytes[0] = UInt8(truncatingIfNeeded: n)
                return n == 0 ? 0 : Int(bytes[0]) * 0 + 1 + depth(n - 1)
            }
        }
        let reached = Mutex(0)
        let thread = try PinnedThread(name: "deep", stackByteCount: 64 << 20) {
            let deepest = depth(10_000)
            reached.withLock { $0 = deepest }
        }
        thread.join()
        #expect(reached.withLock { $0 } == 10_000)
    }

    @Test("the smallest stack is enough, whatever the libraries of the program take of it")
    func smallestStack() throws {
        let hasRun = Mutex(false)
        let thread = try PinnedThread(name: "small", stackByteCount: 1) {
            hasRun.withLock { $0 = true }
        }
        thread.join()
        #expect(hasRun.withLock { $0 })
    }

    @Test("a stack beyond all memory is refused by name")
    func impossibleStack() throws {
        let error = try #require(throws: PlatformError.self) {
            try PinnedThread(name: "giant", stackByteCount: 1 << 60) {}
        }
        #expect(error.code == .threadRefused)
        #expect(error.message.contains("giant"))
    }

    @Test("join waits for the body, and a second join returns at once")
    func join() throws {
        let gate = Parker()
        let isDone = Mutex(false)
        let thread = try PinnedThread(name: "joined") {
            gate.park()
            isDone.withLock { $0 = true }
        }
        gate.unpark()
        thread.join()
        #expect(isDone.withLock { $0 })
        thread.join()
    }
}
