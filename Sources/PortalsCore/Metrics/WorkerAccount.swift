// Where a worker's time goes, sampled: of many steps one is timed from node to node, and scaled up.
// Nothing is done for an event, and nothing at all where no account is kept.

/// What one line of an account has gathered: a node on a partition, or a part of the worker's loop.
@safe
final class AccountSlot {
    /// Of the timed steps only.
    var nanoseconds: UInt64 = 0
    /// Of all steps, counted a chunk at a time.
    var events: UInt64 = 0
    var requests: UInt64 = 0
    var replies: UInt64 = 0

    func reset() {
        nanoseconds = 0
        events = 0
        requests = 0
        replies = 0
    }
}

/// The account of one worker.
///
/// Which steps are timed is drawn, not counted out: a workflow whose steps take turns would else be
/// seen at the same turn always. What is read of the clock is charged to nobody.
///
/// - Ownership: its worker's thread; read and reset while that stands still.
/// - Cost: a step that is not timed counts down, and its chunks make one more call each; a timed
///   one reads the clock twice a node and chunk.
@safe
final class WorkerAccount {
    /// A node that is metered.
    struct Line {
        var slot: AccountSlot
        unowned(unsafe) var node: Node
    }

    /// A partition whose steps are looked at.
    struct Queue {
        unowned(unsafe) var partition: Partition
        /// Steps decided and not ended, times how long it was so, nanoseconds.
        var area: UInt64 = 0
        /// The first step since the reset.
        var firstStep: UInt64 = 0
    }

    /// A ring that the worker reads.
    struct Ring {
        var source: Int
        /// Messages in it, times how long it was so, nanoseconds.
        var area: UInt64 = 0
        var most = 0
    }

    private let clock: () -> UInt64
    /// What two readings of the clock differ by that follow upon each other.
    private let clockNanoseconds: UInt64
    private let interval: UInt64
    private var random: UInt64
    /// Steps until the next one that is timed.
    private var left: UInt64 = 1
    private var drawn: UInt64 = 1
    private(set) var timedSteps: UInt64 = 0
    /// The step being run is timed.
    private(set) var isTiming = false
    private var last: UInt64 = 0
    private var current: Uncounted<AccountSlot>
    private var before = (receiving: UInt64(0), stepping: UInt64(0), sending: UInt64(0))

    let receiving = AccountSlot()
    let stepping = AccountSlot()
    let sending = AccountSlot()
    private(set) var lines: [Line] = []
    private(set) var queues: [Queue] = []
    private(set) var rings: [Ring] = []
    private(set) var start: UInt64
    private(set) var observed: UInt64

    init(worker: Int, peerCount: Int, interval: Int, clock: @escaping () -> UInt64) {
        self.clock = clock
        self.interval = UInt64(max(1, interval))
        random = 0x9E37_79B9_7F4A_7C15 &* UInt64(worker + 1)
        current = Uncounted(stepping)
        // The least of some: an interruption only lengthens it.
        var least = UInt64.max
        for _ in 0..<Self.clockReadings {
            let first = clock()
            least = min(least, clock() &- first)
        }
        clockNanoseconds = least
        start = clock()
        observed = start
        for source in 0..<peerCount where source != worker { rings.append(Ring(source: source)) }
    }

    /// Enough that one of them is not interrupted.
    private static let clockReadings = 32

    // MARK: Steps

    /// Whether the step that begins is timed.
    @inline(__always)
    func draws() -> Bool {
        left &-= 1
        return left == 0
    }

    /// Steps since the reset, timed or not.
    var steps: UInt64 { drawn &- left }

    /// A timed step begins; `depth` says how many messages the ring from a worker holds.
    func begin(_ depth: (_ source: Int) -> Int) {
        // The mean gap is the interval: as many below as above.
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        left = 1 &+ random % (2 &* interval &- 1)
        drawn &+= left
        let now = clock()
        observe(now, depth)
        timedSteps &+= 1
        isTiming = true
        before = (receiving.nanoseconds, stepping.nanoseconds, sending.nanoseconds)
        current = Uncounted(receiving)
        last = clock()
    }

    private func observe(_ now: UInt64, _ depth: (_ source: Int) -> Int) {
        let time = now &- observed
        observed = now
        for index in rings.indices {
            let count = depth(rings[index].source)
            rings[index].area &+= UInt64(count) &* time
            rings[index].most = max(rings[index].most, count)
        }
        for index in queues.indices {
            unsafe queues[index].area &+= UInt64(queues[index].partition.steps.count) &* time
        }
    }

    /// What follows is charged to another slot.
    func turn(to slot: AccountSlot) {
        charge()
        current = Uncounted(slot)
    }

    /// The timed step ends; where it found nothing to do, its time was waiting.
    func end(worked: Bool) {
        charge()
        isTiming = false
        if worked { return }
        receiving.nanoseconds = before.receiving
        stepping.nanoseconds = before.stepping
        sending.nanoseconds = before.sending
    }

    private func charge() {
        let now = clock()
        let time = now &- last
        current.with { $0.nanoseconds &+= time > clockNanoseconds ? time - clockNanoseconds : 0 }
        last = now
    }

    // MARK: Nodes

    /// Runs a call of a node, charged to it except for what it calls of others.
    func time(_ slot: AccountSlot, _ body: () -> Void) {
        let outer = current
        turn(to: slot)
        body()
        charge()
        current = outer
    }

    /// Puts a meter around all that a partition's nodes do; before its ports are tied.
    func meter(_ partition: Partition) {
        for node in partition.nodes { meter(node) }
        for use in partition.allUses { meter(use, of: partition) }
        queues.append(Queue(partition: partition))
    }

    private func meter(_ node: Node) {
        let slot = AccountSlot()
        lines.append(Line(slot: slot, node: node))
        let onChunk = unsafe node.onChunk
        unsafe node.onChunk = { [unowned(unsafe) self] chunk, keys in
            slot.events &+= unsafe UInt64(truncatingIfNeeded: chunk.pointee.count)
            if unsafe isTiming {
                unsafe time(slot) { unsafe onChunk(chunk, keys) }
            } else {
                unsafe onChunk(chunk, keys)
            }
        }
        if let onRequests = unsafe node.onRequests {
            unsafe node.onRequests = { [unowned(unsafe) self] chunk, origin in
                slot.requests &+= unsafe UInt64(truncatingIfNeeded: chunk.pointee.count)
                if unsafe isTiming {
                    unsafe time(slot) { unsafe onRequests(chunk, origin) }
                } else {
                    unsafe onRequests(chunk, origin)
                }
            }
        }
        if let produce = node.produce {
            node.produce = { [unowned(unsafe) self] atom in
                if unsafe isTiming {
                    unsafe time(slot) { produce(atom) }
                } else {
                    produce(atom)
                }
            }
            // A source has no input: what it gives is counted on its way out.
            let shown = unsafe node.outlet.watch
            unsafe node.outlet.watch = { chunk, keys in
                slot.events &+= unsafe UInt64(truncatingIfNeeded: chunk.pointee.count)
                if let shown = unsafe shown { unsafe shown(chunk, keys) }
            }
        }
        if let onAtomEnd = node.onAtomEnd {
            node.onAtomEnd = { [unowned(unsafe) self] in
                if unsafe isTiming {
                    unsafe time(slot) { onAtomEnd() }
                } else {
                    onAtomEnd()
                }
            }
        }
        if let takeReleased = unsafe node.takeReleased {
            unsafe node.takeReleased = { [unowned(unsafe) self] chunk, step in
                if unsafe isTiming {
                    unsafe time(slot) { unsafe takeReleased(chunk, step) }
                } else {
                    unsafe takeReleased(chunk, step)
                }
            }
        }
        if let showPrepared = node.showPrepared {
            node.showPrepared = { [unowned(unsafe) self] in
                if unsafe isTiming {
                    var chunks = 0
                    unsafe time(slot) { chunks = showPrepared() }
                    return chunks
                }
                return showPrepared()
            }
        }
    }

    private func meter(_ use: AskUse, of partition: Partition) {
        guard let deliver = unsafe use.deliver,
            let asker = partition.nodes.first(where: { node in
                node.core?.uses.contains { $0 === use } ?? false
            }),
            let slot = lines.last(where: { unsafe $0.node === asker })?.slot
        else { return }
        unsafe use.deliver = { [unowned(unsafe) self] chunk in
            slot.replies &+= unsafe UInt64(truncatingIfNeeded: chunk.pointee.count)
            if unsafe isTiming {
                unsafe time(slot) { unsafe deliver(chunk) }
            } else {
                unsafe deliver(chunk)
            }
        }
    }

    // MARK: Reset

    /// Begins anew, at a stand-still.
    func reset() {
        for slot in [receiving, stepping, sending] { slot.reset() }
        for index in lines.indices { lines[index].slot.reset() }
        for index in queues.indices {
            queues[index].area = 0
            unsafe queues[index].firstStep = queues[index].partition.endedSteps
        }
        for index in rings.indices {
            rings[index].area = 0
            rings[index].most = 0
        }
        // What is left of the gap belongs to what is counted from now on.
        drawn = left
        timedSteps = 0
        start = clock()
        observed = start
    }

    /// Now, by the worker's clock.
    var now: UInt64 { clock() }
}
