// The independent answer of a chain, and its judge.

/// Computes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer; it does not depend on partitions, atoms or order.
    ///
    /// Cost: one pass over the events. Without work a chain is one line through their values, made
    /// once; with it, all work is done again.
    public func expected() -> Answer {
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        var answer = Answer()
        answer.events = definition.events
        var (slope, term): (UInt64, UInt64) = (1, 0)
        for place in 1...UInt64(definition.length) {
            slope = slope &* factor
            term = term &* factor &+ place
        }
        let generator = definition.generator
        for index in 0..<definition.events {
            var value = generator.event(at: index).value
            if definition.workSteps == 0 {
                answer.sum &+= slope &* value &+ term
                continue
            }
            for place in 1...UInt64(definition.length) {
                value = value &* factor &+ place
                for _ in 0..<definition.workSteps {
                    value = (value ^ (value >> 33)) &* 0xFF51_AFD7_ED55_8CCD
                    value = (value ^ (value >> 33)) &* 0xC4CE_B9FE_1A85_EC53
                    value ^= value >> 33
                }
            }
            answer.sum &+= value
        }
        return answer
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        guard let fault = answer.difference(from: expected) else { return nil }
        let cause = ": a member was left out, or gone through twice"
        return "out of the chain came \(fault)" + (answer.events == expected.events ? cause : "")
    }
}
