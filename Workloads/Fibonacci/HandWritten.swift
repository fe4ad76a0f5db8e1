// The Fibonacci workload as a competent programmer writes it for one thread: the line to beat.

/// The single-threaded loop without any runtime: a stack of messages and an array of memos.
///
/// It assumes one thread, and that computations need not run side by side. The messages stay: a
/// loop of n additions would be another program.
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates nothing after the start.
    public static func run(_ definition: Definition) -> Answer {
        let generator = definition.generator
        var answer = Answer()
        var memos = [Memo](repeating: Memo(), count: Int(definition.n) + 1)
        var stack: [Message] = []
        stack.reserveCapacity(4 * Int(definition.n) + 2)
        for index in 0..<definition.computations {
            for k in memos.indices { memos[k] = Memo() }
            stack.append(generator.event(at: index))
            while let message = stack.popLast() {
                memos[Int(message.receiver)].receive(message) { sent in
                    answer.take(sent)
                    if sent.receiver != Message.caller { stack.append(sent) }
                }
            }
        }
        return answer
    }
}
