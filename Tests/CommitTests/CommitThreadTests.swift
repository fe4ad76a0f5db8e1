// A worker and the journal's writer hand over to each other and sleep between.
import CrashWorld
import Platform
import Testing

@testable import Portals
@testable import PortalsCore

@Suite struct CommitThreadTests {
    /// Forbidden: a lap in which either sleeps its whole time-out, which is a lost wake-up.
    @Test(
        "no wake-up is lost between a worker that holds an output and the journal's writer",
        arguments: [0, 3, 1_000], [1, 2])
    func handOver(spinCount: Int, processors: Int) throws {
        // Only a lost wake-up waits so long: no limit of a commit is reached before.
        let timeout: UInt64 = 20_000_000_000
        var options = EngineOptions()
        options.commit = .durable
        let engine = Engine(options: options, memory: { _ in .heap }, clock: { 0 })
        let journal = MemoryJournal()
        let writer = CommitWriter(engine: engine, journal: journal, blockByteCountMax: 1 << 16)
        let signal = CommitSignal(workerCount: 1)
        let parker = Parker()
        var limits = CommitLimits()
        limits.nanoseconds = timeout
        var waiting = CommitThread.Waiting(workers: 1, processors: processors, idle: .park)
        waiting.spinCount = spinCount
        waiting.sleepNanosecondsMax = timeout
        let start = MonotonicClock.nanoseconds()
        let thread = try CommitThread(
            CommitThread.HandOver(writer: writer, journal: journal), limits: limits,
            signal: signal, waiting: waiting, clock: { MonotonicClock.nanoseconds() },
            wake: { parker.unparkIfAnnounced() }, fail: {})
        var idle = IdleState(
            .park, parker: parker, spinCount: spinCount, yieldCount: 0,
            parkNanosecondsMax: timeout)
        let laps: UInt64 = 3_000
        // After a lost one the test has failed: the laps left would wait as long.
        for lap in 1...laps where MonotonicClock.nanoseconds() - start < timeout {
            if lap > 1 { signal.worked() }
            engine.recorders[0].mark(lap)
            let stamp = engine.marks.stamp()
            signal.idled()
            while engine.marks.released <= stamp { idle.idled() }
            idle.worked()
        }
        signal.end()
        thread.join()
        #expect(MonotonicClock.nanoseconds() - start < timeout)
        #expect(thread.failure == nil)
        #expect(thread.commits == Int(laps))
        #expect(thread.commitNanosecondsMax > 0)
    }

    @Test("the writer looks for work without sleeping only where a processor is left")
    func waiting() {
        for idle in IdleStrategy.allCases {
            let left = CommitThread.Waiting(workers: 1, processors: 2, idle: idle)
            #expect(left.hasProcessor)
            #expect(left.strategy == (idle == .park ? .park : .yield))
            let none = CommitThread.Waiting(workers: 2, processors: 2, idle: idle)
            #expect(!none.hasProcessor && none.strategy == .park)
            #expect((none.spinCount == 0) == (idle != .park))
        }
    }
}
