// The answer of the Fibonacci workload, by additions alone.

/// Computes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer; it does not depend on partitions, atoms or order. Costs n additions.
    public func expected() -> Answer {
        var (number, next): (UInt64, UInt64) = (0, 1)
        for _ in 0..<definition.n { (number, next) = (next, number &+ next) }
        var answer = Answer()
        answer.ended = definition.computations
        answer.sumOfValues = definition.computations &* number
        // All but the first request, which is the generator's.
        answer.sent = definition.computations * (definition.messagesEach - 1)
        return answer
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        if answer.ended != expected.ended {
            return "\(answer.ended) computations ended, expected \(expected.ended)"
        }
        if answer.sumOfValues != expected.sumOfValues {
            return "the numbers sum to \(answer.sumOfValues), expected \(expected.sumOfValues)"
        }
        if answer.sent != expected.sent {
            return "\(answer.sent) messages were sent, expected \(expected.sent): a number was "
                + "computed again, or not by all who asked for it"
        }
        return nil
    }
}
