// The ping-pong on two tasks with a stream before each.
import Platform
import PortalPingPong

enum StreamedPingPong {
    static func run(
        _ definition: PortalPingPong.Definition, clock: NanosecondClock
    ) -> PingPongOutcome {
        TaskPool.run {
            let asked = StreamEnds<EventBatch<Ping>>()
            let replied = StreamEnds<EventBatch<Ping>>()
            async let replier = reply(asked, replied)
            let asker = await ask(Asker(definition, clock), asked, replied)
            return PingPongOutcome(asker, await replier)
        }
    }

    private static func ask(
        _ asker: Asker, _ asked: StreamEnds<EventBatch<Ping>>,
        _ replied: StreamEnds<EventBatch<Ping>>
    ) async -> Asker {
        var asker = asker
        var underWay = 0
        for batch in asker.starts() {
            asked.continuation.yield(batch)
            underWay += 1
        }
        var replies = replied.stream.makeAsyncIterator()
        while underWay > 0, let batch = await replies.next() {
            if asker.receive(batch) {
                asked.continuation.yield(batch)
            } else {
                underWay -= 1
            }
        }
        asked.continuation.finish()
        return asker
    }

    private static func reply(
        _ asked: StreamEnds<EventBatch<Ping>>, _ replied: StreamEnds<EventBatch<Ping>>
    ) async -> Replier {
        var replier = Replier()
        for await batch in asked.stream {
            replier.reply(to: batch)
            replied.continuation.yield(batch)
        }
        return replier
    }
}
