// The thread ring as a competent programmer writes it for one thread: the line to beat.

/// The single-threaded loop without any runtime: the members are the turns of a loop.
///
/// It assumes one thread, and that nobody else wants a token while it is under way.
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates nothing.
    public static func run(_ definition: Definition) -> Answer {
        let generator = definition.generator
        let members = UInt64(definition.members)
        var answer = Answer()
        for index in 0..<UInt64(definition.tokens) {
            var token = generator.event(at: index)
            if definition.ring == .pair {
                var place: UInt64 = 0
                while token.remaining > 0 {
                    token.pass(place)
                    place = 1 - place
                }
            } else {
                repeat {
                    for place in 0..<members { token.pass(place) }
                } while token.remaining > 0
            }
            answer.take(token)
        }
        return answer
    }
}
