// The atom alignment as a competent programmer writes it for one thread: the line to beat.

/// The single-threaded loop without any runtime: both forwarding tasks in one loop.
///
/// It assumes one thread, where nothing has to be aligned, and leaves out the tasks that emit
/// nothing: nobody could see them.
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates nothing.
    public static func run(_ definition: Definition) -> Answer {
        let generator = definition.generator
        let workSteps = definition.workSteps
        var answer = Answer()
        for index in 0..<definition.events {
            var cell = generator.event(at: index)
            cell.forward(rank: 1, workSteps: workSteps)
            cell.forward(rank: 2, workSteps: workSteps)
            answer.arrived += 1
            answer.sumOfValues &+= cell.value
        }
        return answer
    }
}
