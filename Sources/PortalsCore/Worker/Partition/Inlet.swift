// Where parts wait for their step: a queue for each sender, because parts of one sender come in
// order.

@safe final class Inlet {
    let senderCount: Int
    private let queues: UnsafeMutablePointer<Queue<Arrival>>

    private struct Arrival: BitwiseCopyable {
        var step: UInt64
        var part: Part
    }

    init(senderCount: Int) {
        self.senderCount = senderCount
        unsafe queues = .allocate(capacity: senderCount)
        for sender in 0..<senderCount {
            unsafe (queues + sender).initialize(to: Queue(capacity: 4))
        }
    }

    deinit {
        unsafe queues.deinitialize(count: senderCount)
        unsafe queues.deallocate()
    }

    func append(_ part: Part, sender: Int, step: UInt64) {
        unsafe queues[sender].append(Arrival(step: step, part: part))
    }

    /// The parts of a step are there, from each sender that has one.
    func has(_ step: UInt64, senders: UInt64) -> Bool {
        var senders = senders
        while senders != 0 {
            let sender = senders.trailingZeroBitCount
            senders &= senders - 1
            if unsafe queues[sender].isEmpty { return false }
        }
        return true
    }

    /// Every sender has sent its part of a step, empty or not.
    func hasAll(_ step: UInt64) -> Bool {
        for sender in 0..<senderCount {
            if unsafe queues[sender].isEmpty || queues[sender].first.step != step { return false }
        }
        return true
    }

    func isNext(_ step: UInt64) -> Bool {
        unsafe !queues[0].isEmpty && queues[0].first.step == step
    }

    func take(sender: Int, step: UInt64) -> Part {
        let arrival = unsafe queues[sender].removeFirst()
        precondition(
            arrival.step == step,
            "a part of step \(arrival.step) stands where one of step \(step) is due")
        return arrival.part
    }
}
