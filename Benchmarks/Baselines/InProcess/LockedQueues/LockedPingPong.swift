// The ping-pong on two threads with a locked queue before each.
import Harness
import Platform
import PortalPingPong

enum LockedPingPong {
    private enum Message {
        case trips(EventBatch<Ping>)
        case done
    }

    static func run(
        _ definition: PortalPingPong.Definition, _ configuration: TrialConfiguration,
        clock: NanosecondClock
    ) throws -> PingPongOutcome {
        // Four batches are under way at the most.
        let asked = Inbox<Message>()
        let replied = Inbox<Message>()
        let parties = Gathered((Asker(definition, clock), Replier()))
        try onThreads(2, configuration) { index in
            if index == 0 {
                var asker = Asker(definition, clock)
                ask(&asker, asked: asked, replied: replied)
                parties.add { $0.0 = asker }
            } else {
                var replier = Replier()
                reply(&replier, asked: asked, replied: replied)
                parties.add { $0.1 = replier }
            }
        }
        let (asker, replier) = parties.value
        return PingPongOutcome(asker, replier)
    }

    private static func ask(
        _ asker: inout Asker, asked: Inbox<Message>, replied: Inbox<Message>
    ) {
        var underWay = 0
        for batch in asker.starts() {
            asked.put(.trips(batch))
            underWay += 1
        }
        var taken: [Message] = []
        while underWay > 0 {
            guard replied.takeAll(into: &taken) else {
                replied.wait()
                continue
            }
            for case .trips(let batch) in taken {
                if asker.receive(batch) {
                    asked.put(.trips(batch))
                } else {
                    underWay -= 1
                }
            }
            taken.removeAll(keepingCapacity: true)
        }
        asked.put(.done)
    }

    private static func reply(
        _ replier: inout Replier, asked: Inbox<Message>, replied: Inbox<Message>
    ) {
        var taken: [Message] = []
        while true {
            guard asked.takeAll(into: &taken) else {
                asked.wait()
                continue
            }
            for message in taken {
                guard case .trips(let batch) = message else { return }
                replier.reply(to: batch)
                replied.put(.trips(batch))
            }
            taken.removeAll(keepingCapacity: true)
        }
    }
}
