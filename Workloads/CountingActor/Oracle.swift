// The independent answer of the counting actor, and its judge.
import Synthetic

/// Computes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer of one workflow; it does not depend on partitions, atoms or order.
    ///
    /// Cost: one pass over the events, less than 1 ns each.
    public func expected() -> EventSum {
        let generator = definition.generator
        var count = EventSum()
        count.events = definition.eventsEach
        for index in 0..<definition.eventsEach { count.sum &+= generator.event(at: index).integer }
        return count
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        for (workflow, count) in answer.counted.enumerated() {
            if let fault = count.difference(from: expected) {
                return "the actor of workflow \(workflow) counted \(fault)"
            }
        }
        for (workflow, count) in answer.passedOn.enumerated() {
            if let fault = count.difference(from: expected) {
                return "workflow \(workflow) passed on \(fault)"
            }
        }
        if answer.counted.count != definition.workflows {
            return "\(answer.counted.count) workflows counted, expected \(definition.workflows)"
        }
        return nil
    }
}
