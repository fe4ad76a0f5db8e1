// A chain as a competent programmer writes it for one thread: the line to beat.

/// The single-threaded loop without any runtime: each event through all members at once.
///
/// It assumes one thread, and that nobody wants an event between two members.
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates nothing.
    public static func run(_ definition: Definition) -> Answer {
        let generator = definition.generator
        let length = UInt64(definition.length)
        let workSteps = definition.workSteps
        var answer = Answer()
        for index in 0..<definition.events {
            var item = generator.event(at: index)
            for place in 0..<length { item.pass(place, workSteps: workSteps) }
            answer.take(item.value)
        }
        return answer
    }
}
