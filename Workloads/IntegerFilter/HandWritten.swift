// The filter as a competent programmer writes it for one thread: the line to beat.

/// The single-threaded loop without any runtime; the compiler turns it into vector instructions.
///
/// It assumes that nobody wants the integers themselves: they live in registers only, and the sink
/// is two sums. Every integer is tested, though the published test would allow to stride over them.
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates nothing.
    public static func run(_ definition: Definition) -> Answer {
        let predicate = definition.predicate
        let generator = definition.generator
        var answer = Answer()
        for index in 0..<definition.events {
            let integer = generator.event(at: index)
            if predicate.keeps(integer) { answer.take(integer) }
        }
        return answer
    }
}
