// The independent answer of the filter: in closed form where there is one, else by a plain loop.

/// Recomputes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer; it does not depend on partitions, atoms or order.
    ///
    /// Cost: nothing for a multiplier of 1 and a mask of low bits, else about 1 ns an integer.
    public func expected() -> Answer {
        let (multiplier, mask) = (definition.predicate.multiplier, definition.predicate.mask)
        var answer = Answer()
        let step = UInt64(mask) + 1
        if multiplier == 1, step.nonzeroBitCount == 1 {
            // Kept are 0, step, 2 step, …: kept × (kept − 1) / 2 steps in all.
            answer.kept = (definition.events + step - 1) / step
            answer.sum = answer.kept == 0 ? 0 : (answer.kept * (answer.kept - 1) / 2) * step
            return answer
        }
        for value in 0..<definition.events where (value * UInt64(multiplier)) & UInt64(mask) == 0 {
            answer.kept += 1
            answer.sum += value
        }
        return answer
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        if answer.kept != expected.kept {
            return "\(answer.kept) integers were kept, expected \(expected.kept)"
        }
        if answer.sum != expected.sum {
            return "the kept integers sum to \(answer.sum), expected \(expected.sum)"
        }
        return nil
    }
}
