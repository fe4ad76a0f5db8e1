// The counting actor as a competent programmer writes it for one thread: the line to beat.
import Synthetic

/// The single-threaded loop without any runtime.
///
/// It assumes that nobody wants the events themselves: they live in registers only.
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates only the answer.
    public static func run(_ definition: Definition) -> Answer {
        let generator = definition.generator
        var answer = Answer(definition)
        // One workflow after the other: the events are made again, which is cheaper than kept.
        for workflow in 0..<definition.workflows {
            var count = EventSum()
            for index in 0..<definition.eventsEach {
                count.take(generator.event(at: index).integer)
            }
            answer.counted[workflow] = count
            answer.passedOn[workflow] = count
        }
        return answer
    }
}
