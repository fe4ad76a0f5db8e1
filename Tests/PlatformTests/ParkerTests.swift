// A parked thread wakes when it should, and idling goes through its phases in order.
// Under the thread sanitizer run with LD_PRELOAD=libstdc++.so.6: the linked jemalloc brings its own
// `operator new`, whose blocks the sanitizer's `free` would not know.
import Foundation
import Platform
import Synchronization
import Testing

@Suite struct ParkerTests {
    @Test("an unpark before a park is kept, one alone however often")
    func token() {
        let parker = Parker()
        parker.unpark()
        parker.unpark()
        #expect(parker.park(timeoutNanoseconds: 10_000_000_000))
        #expect(!parker.park(timeoutNanoseconds: 1_000))
    }

    @Test("a park ends at its time-out, not before", arguments: [0, 1, 2_000_000])
    func timeout(nanoseconds: UInt64) {
        let start = MonotonicClock.nanoseconds()
        #expect(!Parker().park(timeoutNanoseconds: nanoseconds))
        #expect(MonotonicClock.nanoseconds() - start >= nanoseconds)
    }

    @Test("the longest time-out does not overflow")
    func longTimeout() {
        let parker = Parker()
        parker.unpark()
        #expect(parker.park(timeoutNanoseconds: .max))
    }

    @Test("unparkIfAnnounced leaves a running thread alone and wakes an announced one")
    func announcement() {
        let parker = Parker()
        parker.unparkIfAnnounced()
        #expect(!parker.park(timeoutNanoseconds: 1_000))
        parker.announce()
        parker.unparkIfAnnounced()
        #expect(parker.park(timeoutNanoseconds: 10_000_000_000))
        parker.announce()
        parker.withdraw()
        parker.unparkIfAnnounced()
        #expect(!parker.park(timeoutNanoseconds: 1_000))
    }

    /// Forbidden: a lap that sleeps its whole time-out although work was published (lost wake-up).
    /// Acceptable: any number of wake-ups without work.
    @Test(
        "no wake-up is lost between two threads that hand over and sleep, whoever pays the fence",
        arguments: [0, 3], [Parker.Fence.sleeper, .both])
    func handOver(spinCount: Int, fence: Parker.Fence) throws {
        let laps: UInt64 = 5_000
        let ping = Parker(fence: fence)
        let pong = Parker(fence: fence)
        let asked = Shared()
        let answered = Shared()
        // Only a lost wake-up waits this long.
        let timeout: UInt64 = 20_000_000_000
        let thread = try PinnedThread(name: "pong") {
            var idle = IdleState(
                .park, parker: pong, spinCount: spinCount, yieldCount: 0,
                parkNanosecondsMax: timeout)
            var last: UInt64 = 0
            while last < laps {
                let now = asked.value.load(ordering: .acquiring)
                guard now != last else {
                    idle.idled()
                    continue
                }
                idle.worked()
                last = now
                answered.value.store(now, ordering: .releasing)
                ping.unparkIfAnnounced()
            }
        }
        let start = MonotonicClock.nanoseconds()
        var idle = IdleState(
            .park, parker: ping, spinCount: spinCount, yieldCount: 0, parkNanosecondsMax: timeout)
        for lap in 1...laps {
            asked.value.store(lap, ordering: .releasing)
            pong.unparkIfAnnounced()
            while answered.value.load(ordering: .acquiring) != lap { idle.idled() }
            idle.worked()
        }
        thread.join()
        #expect(MonotonicClock.nanoseconds() - start < timeout)
    }

    /// Forbidden: fewer tokens seen than the last one published.
    @Test("no wake-up is lost when several threads unpark one")
    func severalWakers() throws {
        let parker = Parker()
        let counter = Shared()
        let wakers: UInt64 = 3
        let laps: UInt64 = 5_000
        let threads = try (0..<wakers).map { index in
            try PinnedThread(name: "waker-\(index)") {
                for _ in 0..<laps {
                    counter.value.wrappingAdd(1, ordering: .releasing)
                    parker.unpark()
                }
            }
        }
        var isInTime = true
        while counter.value.load(ordering: .acquiring) < wakers * laps, isInTime {
            isInTime = parker.park(timeoutNanoseconds: 20_000_000_000)
        }
        for thread in threads { thread.join() }
        #expect(isInTime)
    }

    /// An atomic that closures of several threads share.
    private final class Shared: Sendable {
        let value = Atomic<UInt64>(0)
    }
}

@Suite struct IdleStrategyTests {
    private func actions(_ strategy: IdleStrategy, steps: Int) -> [IdleState.Action] {
        var idle = IdleState(
            strategy, parker: Parker(), spinCount: 2, yieldCount: 1, parkNanosecondsMax: 1)
        return (0..<steps).map { _ in idle.idled() }
    }

    @Test("spin only spins")
    func spin() { #expect(actions(.spin, steps: 5) == Array(repeating: .spin, count: 5)) }

    @Test("yield spins first, then yields for good")
    func yield() {
        #expect(actions(.yield, steps: 5) == [.spin, .spin, .yield, .yield, .yield])
    }

    @Test("park spins, yields, and announces with a look for work before each sleep")
    func park() {
        #expect(
            actions(.park, steps: 7)
                == [.spin, .spin, .yield, .announce, .park, .announce, .park])
    }

    @Test(
        "who awaits something yields longer before it sleeps, who has no processor sleeps at once")
    func awaiting() {
        var idle = IdleState(
            .park, parker: Parker(), spinCount: 1, yieldCount: 1, parkNanosecondsMax: 1)
        #expect(idle.idled(isAwaiting: true) == .spin)
        for _ in 0..<IdleState.awaitingYieldCount {
            #expect(idle.idled(isAwaiting: true) == .yield)
        }
        #expect(idle.idled(isAwaiting: true) == .announce)
        #expect(idle.idled(isAwaiting: true) == .park)
        idle.worked()
        idle.skipToSleep()
        #expect(idle.idled() == .announce)
        #expect(idle.idled() == .park)
    }

    @Test("a sleep is no longer than the shorter of its two bounds")
    func limits() {
        for (longest, limit) in [
            (UInt64(1_000_000), UInt64?.some(3_600_000_000_000)),
            (3_600_000_000_000, 1_000_000),
        ] {
            var idle = IdleState(
                .park, parker: Parker(), spinCount: 0, yieldCount: 0, parkNanosecondsMax: longest)
            let start = MonotonicClock.nanoseconds()
            #expect(idle.idled(limitNanoseconds: limit) == .announce)
            #expect(idle.idled(limitNanoseconds: limit) == .park)
            #expect(MonotonicClock.nanoseconds() - start < 3_600_000_000_000)
        }
    }

    @Test("work starts the idle time anew and takes back an announcement")
    func worked() {
        let parker = Parker()
        var idle = IdleState(.park, parker: parker, spinCount: 1, yieldCount: 0)
        #expect(idle.idled() == .spin)
        #expect(idle.idled() == .announce)
        idle.worked()
        // Taken back: this leaves no token behind, so a later sleep is a real one.
        parker.unparkIfAnnounced()
        #expect(!parker.park(timeoutNanoseconds: 1_000))
        #expect(idle.idled() == .spin)
    }

    @Test("each strategy is named as on the command line")
    func names() {
        #expect(IdleStrategy.allCases.map(\.rawValue) == ["spin", "yield", "park"])
    }
}
