// The independent answer of the keyed count: an array of counts, and a closed form for the sink.

/// Recomputes the answer of a run and says how another differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer; it does not depend on partitions, atoms or the order between keys.
    ///
    /// Cost: one pass over the events, about 1.5 ns each. The oracle may index an array by key,
    /// which the measured systems may not, so it shares no table with them.
    public func expected() -> Answer {
        let generator = definition.generator
        var counts = [UInt64](repeating: 0, count: Int(definition.keys))
        for index in 0..<definition.events {
            counts[Int(generator.event(at: index).key)] += 1
        }
        // A key with final count c has emitted 1, 2, …, c, in whatever order keys took turns.
        var sum: UInt64 = 0
        for count in counts {
            let (half, other) =
                count.isMultiple(of: 2) ? (count / 2, count + 1) : ((count + 1) / 2, count)
            sum &+= half &* other
        }
        return Answer(records: definition.events, sumOfCounts: sum, counts: counts)
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        let expected = expected()
        if answer.counts.count != expected.counts.count {
            return "the answer has \(answer.counts.count) keys, expected \(expected.counts.count)"
        }
        for (key, count) in expected.counts.enumerated() where answer.counts[key] != count {
            let wrong = zip(answer.counts, expected.counts).count { $0 != $1 }
            return "key \(key) was counted \(answer.counts[key]) times, expected \(count); "
                + "\(wrong) of \(expected.counts.count) keys differ"
        }
        if answer.records != expected.records {
            return "the sink received \(answer.records) records, expected \(expected.records)"
        }
        if answer.sumOfCounts != expected.sumOfCounts {
            return "the emitted counts sum to \(answer.sumOfCounts), expected "
                + "\(expected.sumOfCounts)"
        }
        return nil
    }
}
