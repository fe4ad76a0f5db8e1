// The answer of the thread ring in closed form.

/// Computes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// What a number of hops does to a digest: `x` becomes `factor · x + term`, modulo 2^64.
    private struct Way {
        var factor: UInt64 = 1
        var term: UInt64 = 0

        func then(_ next: Way) -> Way {
            Way(
                factor: next.factor &* factor,
                term: next.factor &* term &+ next.term)
        }

        func repeated(_ count: UInt64) -> Way {
            var (result, power, left) = (Way(), self, count)
            while left > 0 {
                if left & 1 == 1 { result = result.then(power) }
                power = power.then(power)
                left >>= 1
            }
            return result
        }

        func callAsFunction(_ trail: UInt64) -> UInt64 { factor &* trail &+ term }
    }

    /// The way of so many hops from the first member on.
    private func way(hops: UInt64) -> Way {
        let members = UInt64(definition.members)
        func from0(_ count: UInt64) -> Way {
            (0..<count).reduce(Way()) {
                $0.then(Way(factor: 0x9E37_79B9_7F4A_7C15, term: $1 + 1))
            }
        }
        return from0(members).repeated(hops / members).then(from0(hops % members))
    }

    /// The only right answer; it does not depend on partitions or order.
    ///
    /// Cost: some nanoseconds a member and a token.
    public func expected() -> Answer {
        let generator = definition.generator
        let wanted = [generator.share, generator.share + 1].map(definition.hopsMade(of:))
        let ways = wanted.map(way(hops:))
        var answer = Answer()
        for index in 0..<UInt64(definition.tokens) {
            let kind = index < generator.extra ? 1 : 0
            answer.ended += 1
            answer.hops += wanted[kind]
            answer.sumOfTrails &+= ways[kind](generator.event(at: index).trail)
        }
        return answer
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        if answer.ended != expected.ended {
            return "\(answer.ended) tokens ended, expected \(expected.ended)"
        }
        if answer.hops != expected.hops {
            return "the tokens made \(answer.hops) hops, expected \(expected.hops)"
        }
        if answer.sumOfTrails != expected.sumOfTrails {
            return "the digests of the tokens' ways sum to \(answer.sumOfTrails), expected "
                + "\(expected.sumOfTrails): a token passed other members, or in another order"
        }
        return nil
    }
}
