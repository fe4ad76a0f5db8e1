// The independent answer of the atom alignment, and its judge.

/// Computes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer; it does not depend on partitions or order.
    ///
    /// Cost: one pass over the events, with all of their work.
    public func expected() -> Answer {
        var answer = Answer()
        answer.arrived = definition.events
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        let generator = definition.generator
        for index in 0..<definition.events {
            var value = generator.event(at: index).value
            for rank: UInt64 in 1...UInt64(Definition.ranks) {
                value = value &* factor &+ rank
                for _ in 0..<definition.workSteps {
                    value = (value ^ (value >> 33)) &* 0xFF51_AFD7_ED55_8CCD
                    value = (value ^ (value >> 33)) &* 0xC4CE_B9FE_1A85_EC53
                    value ^= value >> 33
                }
            }
            answer.sumOfValues &+= value
        }
        return answer
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        if answer.arrived != expected.arrived {
            return "\(answer.arrived) events arrived, expected \(expected.arrived)"
        }
        if answer.sumOfValues != expected.sumOfValues {
            return "the values that arrived sum to \(answer.sumOfValues), expected "
                + "\(expected.sumOfValues)"
        }
        if answer.misaligned > 0 {
            return "\(answer.misaligned) of \(answer.arrived) events arrived in an atom that is "
                + "not theirs, or behind a later one"
        }
        return nil
    }
}
