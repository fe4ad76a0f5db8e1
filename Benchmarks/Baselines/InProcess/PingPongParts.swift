// The two parties of the ping-pong as each in-process baseline joins them, batch by batch.
import Platform
import PortalPingPong
import Report

/// Round trips under way together: asked in one batch, answered in place, asked again.
///
/// As in our own application, few chains are one batch, and many are four, so that asker and
/// replier
/// both have work while the other's is on its way.
struct Asker {
    private let definition: PortalPingPong.Definition
    private(set) var answer = PortalPingPong.Answer()
    /// Round trips of the first chain: with one outstanding, all of them.
    private(set) var latency = LatencyHistogram()
    private var asked: UInt64 = 0
    private let clock: NanosecondClock

    init(_ definition: PortalPingPong.Definition, _ clock: NanosecondClock) {
        self.definition = definition
        self.clock = clock
    }

    /// The first asks, by batch; batches without any are left out.
    mutating func starts() -> [EventBatch<Ping>] {
        let starts = definition.starts
        let size = starts < 64 ? starts : (starts + 3) / 4
        let generator = definition.generator
        var batches: [EventBatch<Ping>] = []
        for first in stride(from: 0, to: starts, by: Int(size)) {
            let batch = EventBatch<Ping>(capacity: Int(size))
            for index in first..<min(first + size, starts) {
                let start = generator.event(at: index)
                if start.value > 0 { batch.append(start) }
            }
            if batch.count > 0 { batches.append(batch) }
        }
        asked = clock.nanoseconds()
        return batches
    }

    /// Takes the replies of a batch and makes its next asks of them; false at the end of its
    /// chains.
    @inline(never)
    mutating func receive(_ batch: EventBatch<Ping>) -> Bool {
        // The first chain has no fewer round trips than the others, and stays in its place.
        let trips = unsafe batch.elements
        if unsafe trips[0].chain == 0 {
            let now = clock.nanoseconds()
            latency.record(nanoseconds: now &- asked)
            asked = now
        }
        var answer = answer
        var kept = 0
        for index in 0..<batch.count {
            let reply = unsafe trips[index]
            let pong = Pong(value: reply.value)
            answer.take(pong)
            if let next = pong.next(chain: reply.chain) {
                unsafe trips[kept] = next
                kept &+= 1
            }
        }
        self.answer = answer
        batch.count = kept
        return kept > 0
    }
}

/// Answers batches.
struct Replier {
    private(set) var answer = PortalPingPong.Answer()

    /// Puts each reply where its ask was.
    @inline(never)
    mutating func reply(to batch: EventBatch<Ping>) {
        var answer = answer
        let trips = unsafe batch.elements
        for index in 0..<batch.count {
            let ping = unsafe trips[index]
            answer.take(ping)
            unsafe trips[index].value = ping.reply.value
        }
        self.answer = answer
    }
}

/// What a run of the ping-pong leaves.
struct PingPongOutcome: Sendable {
    var answer: PortalPingPong.Answer
    var latency: LatencyHistogram

    /// Of a run in which nothing was asked.
    init() {
        answer = PortalPingPong.Answer()
        latency = LatencyHistogram()
    }

    init(_ asker: Asker, _ replier: Replier) {
        answer = asker.answer
        answer.add(replier.answer)
        latency = asker.latency
    }

    /// Adds what other chains left.
    mutating func merge(_ other: PingPongOutcome) {
        answer.add(other.answer)
        if other.latency.count > 0 { latency.merge(other.latency) }
    }
}
