// The ping-pong on a pool of threads: each way of a batch of round trips is a job, and each party
// is
// behind a lock.
import Harness
import Platform
import PortalPingPong

enum PooledPingPong {
    static func run(
        _ definition: PortalPingPong.Definition, _ configuration: TrialConfiguration,
        clock: NanosecondClock
    ) throws -> PingPongOutcome {
        var asker = Asker(definition, clock)
        let starts = asker.starts()
        let run = PooledTrips(asker, batches: starts.count)
        for batch in starts { run.ask(batch, .another) }
        if starts.isEmpty { run.pool.end() }
        try run.pool.run(threads: configuration.workers, configuration)
        var outcome: PingPongOutcome?
        run.asker.withLock { asker in
            run.replier.withLock { outcome = PingPongOutcome(asker, $0) }
        }
        return outcome!
    }
}

/// What the jobs share.
private final class PooledTrips: Sendable {
    let pool = LockedPool()
    let asker: Sharded<Asker>
    let replier = Sharded(Replier())
    private let countdown: Countdown

    init(_ asker: Asker, batches: Int) {
        self.asker = Sharded(asker)
        countdown = Countdown(UInt64(batches))
    }

    func ask(_ batch: EventBatch<Ping>, _ waking: LockedPool.Waking = .ifMoreWaits) {
        pool.submit(waking) { [self] _ in
            replier.withLock { $0.reply(to: batch) }
            pool.submit(.ifMoreWaits) { [self] _ in
                var goesOn = false
                asker.withLock { goesOn = $0.receive(batch) }
                if goesOn {
                    ask(batch)
                } else if countdown.isLast() {
                    pool.end()
                }
            }
        }
    }
}
