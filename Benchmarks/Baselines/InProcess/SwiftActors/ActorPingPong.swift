// The ping-pong on two actors: the asker awaits the replier's answer to each batch.
import Platform
import PortalPingPong

enum ActorPingPong {
    static func run(
        _ definition: PortalPingPong.Definition, clock: NanosecondClock
    ) -> PingPongOutcome {
        TaskPool.run {
            var asker = Asker(definition, clock)
            let starts = asker.starts()
            let replying = ReplyingActor()
            let asking = AskingActor(asker, replying)
            await withTaskGroup { group in
                for batch in starts { group.addTask { await asking.play(batch) } }
            }
            return PingPongOutcome(await asking.asker, await replying.replier)
        }
    }
}

private actor AskingActor {
    var asker: Asker
    private let replying: ReplyingActor

    init(_ asker: Asker, _ replying: ReplyingActor) {
        self.asker = asker
        self.replying = replying
    }

    func play(_ batch: EventBatch<Ping>) async {
        repeat { await replying.reply(to: batch) } while asker.receive(batch)
    }
}

private actor ReplyingActor {
    var replier = Replier()

    func reply(to batch: EventBatch<Ping>) { replier.reply(to: batch) }
}
