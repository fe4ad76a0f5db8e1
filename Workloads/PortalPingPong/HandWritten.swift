// The ping-pong as a competent programmer writes it for one thread: the line to beat.

/// The single-threaded loop without any runtime: a queue of requests and a queue of replies.
///
/// It assumes one thread and that an asker and a replier take turns: the replier empties the queue
/// of requests, then the asker that of replies. Both queues hold at most one entry a chain.
@safe
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates nothing after the start.
    public static func run(_ definition: Definition) -> Answer {
        // A reply names its chain as the asker remembers it in the other systems.
        struct Reply: BitwiseCopyable {
            var chain: UInt32
            var pong: Pong
        }
        let capacity = Int(definition.outstanding)
        let requests = UnsafeMutablePointer<Ping>.allocate(capacity: capacity)
        let replies = UnsafeMutablePointer<Reply>.allocate(capacity: capacity)
        defer {
            unsafe requests.deallocate()
            unsafe replies.deallocate()
        }
        let generator = definition.generator
        var answer = Answer()
        // In bounds: each chain has at most one entry in the two queues together.
        var requestCount = 0
        for index in 0..<definition.starts {
            let start = generator.event(at: index)
            if start.value > 0 {
                unsafe (requests + requestCount).initialize(to: start)
                requestCount += 1
            }
        }
        while requestCount > 0 {
            for index in 0..<requestCount {
                let ping = unsafe requests[index]
                answer.take(ping)
                unsafe (replies + index).initialize(to: Reply(chain: ping.chain, pong: ping.reply))
            }
            let replyCount = requestCount
            requestCount = 0
            for index in 0..<replyCount {
                let reply = unsafe replies[index]
                answer.take(reply.pong)
                if let next = reply.pong.next(chain: reply.chain) {
                    unsafe (requests + requestCount).initialize(to: next)
                    requestCount += 1
                }
            }
        }
        return answer
    }
}
