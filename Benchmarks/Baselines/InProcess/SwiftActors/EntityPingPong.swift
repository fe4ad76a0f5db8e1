// The ping-pong on actors, a call a round trip: each chain is a task of its own, as requests of
// many
// clients are.
import Platform
import PortalPingPong
import Report

enum EntityPingPong {
    static func run(
        _ definition: PortalPingPong.Definition, clock: NanosecondClock
    ) -> PingPongOutcome {
        TaskPool.run {
            let replier = CallReplier()
            let outcome = Gathered(PingPongOutcome())
            await withTaskGroup { group in
                let generator = definition.generator
                for index in 0..<definition.starts {
                    let start = generator.event(at: index)
                    group.addTask {
                        let chain = await play(start, replier, clock)
                        outcome.add { $0.merge(chain) }
                    }
                }
            }
            let pings = await replier.answer
            outcome.add { $0.answer.add(pings) }
            return outcome.value
        }
    }

    /// One chain to its end; the round trips of the first are timed, as in every system.
    private static func play(
        _ start: Ping, _ replier: CallReplier, _ clock: NanosecondClock
    ) async -> PingPongOutcome {
        var outcome = PingPongOutcome()
        var next: Ping? = start.value > 0 ? start : nil
        let isTimed = start.chain == 0
        var asked = isTimed ? clock.nanoseconds() : 0
        while let ping = next {
            let pong = await replier.reply(to: ping)
            if isTimed {
                let now = clock.nanoseconds()
                outcome.latency.record(nanoseconds: now &- asked)
                asked = now
            }
            outcome.answer.take(pong)
            next = pong.next(chain: ping.chain)
        }
        return outcome
    }
}

private actor CallReplier {
    var answer = PortalPingPong.Answer()

    func reply(to ping: Ping) -> Pong {
        answer.take(ping)
        return ping.reply
    }
}
