// The answer of the ping-pong in closed form.

/// Computes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer; it does not depend on partitions, atoms or order. Costs nothing.
    public func expected() -> Answer {
        let chains = UInt64(definition.outstanding)
        let share = definition.roundTrips / chains
        let longer = definition.roundTrips % chains
        var answer = Answer()
        answer.pings = definition.roundTrips
        answer.pongs = definition.roundTrips
        // A chain of n round trips emits n − 1, …, 1, 0.
        answer.sumOfValues =
            longer &* Self.triangle(share &+ 1) &+ (chains - longer) &* Self.triangle(share)
        answer.chainsEnded = share > 0 ? chains : longer
        return answer
    }

    /// 0 + 1 + … + (count − 1), modulo 2^64.
    private static func triangle(_ count: UInt64) -> UInt64 {
        if count == 0 { return 0 }
        return count.isMultiple(of: 2)
            ? count / 2 &* (count - 1) : count &* ((count - 1) / 2)
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        if answer.pings != expected.pings {
            return "the replier answered \(answer.pings) requests, expected \(expected.pings)"
        }
        if answer.pongs != expected.pongs {
            return "the asker received \(answer.pongs) replies, expected \(expected.pongs)"
        }
        if answer.chainsEnded != expected.chainsEnded {
            return "\(answer.chainsEnded) chains ended, expected \(expected.chainsEnded)"
        }
        if answer.sumOfValues != expected.sumOfValues {
            return "the emitted values sum to \(answer.sumOfValues), expected "
                + "\(expected.sumOfValues)"
        }
        return nil
    }
}
