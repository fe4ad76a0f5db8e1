// The independent answer of the counting actor, and its judge.

/// Computes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer of one workflow; it does not depend on partitions, atoms or order.
    ///
    /// Cost: one pass over the events, less than 1 ns each.
    public func expected() -> Count {
        let generator = definition.generator
        var count = Count()
        count.events = definition.eventsEach
        for index in 0..<definition.eventsEach { count.sum &+= generator.event(at: index).integer }
        return count
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        for (workflow, count) in answer.counted.enumerated() {
            if let fault = Self.difference(count, expected) {
                return "the actor of workflow \(workflow) counted \(fault)"
            }
        }
        for (workflow, count) in answer.passedOn.enumerated() {
            if let fault = Self.difference(count, expected) {
                return "workflow \(workflow) passed on \(fault)"
            }
        }
        if answer.counted.count != definition.workflows {
            return "\(answer.counted.count) workflows counted, expected \(definition.workflows)"
        }
        return nil
    }

    private static func difference(_ count: Count, _ expected: Count) -> String? {
        if count.events != expected.events {
            return "\(count.events) events, expected \(expected.events)"
        }
        if count.sum != expected.sum {
            return "events that sum to \(count.sum), expected \(expected.sum)"
        }
        return nil
    }
}
