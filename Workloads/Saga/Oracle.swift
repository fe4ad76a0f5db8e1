// What every right run of the saga workload has in common, whatever the order of its steps.

/// Computes how each order must end and what the services must hold, and says how a run differs.
///
/// It shares the generator with the run, and nothing else.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// Nil when the answer is right, else the first difference in words.
    ///
    /// - Cost: a pass over all orders, and a number an item.
    public func check(_ answer: Answer) -> String? {
        let generator = definition.generator
        var balances = [Int64](repeating: 0, count: Int(definition.items))
        var tally = Tally()
        var undone: UInt64 = 0
        for index in 0..<definition.orders {
            var order = generator.event(at: index)
            let item = Int(order.item)
            if Int(order.failsAt) < definition.steps {
                tally.compensate(order, failedStep: Int(order.failsAt))
                undone += UInt64(order.failsAt)
            } else {
                // Atomic orders, and those of one thread, find what was committed before them.
                order.found = balances[item] * Int64(definition.steps)
                tally.commit(order)
                balances[item] += Int64(order.amount)
            }
        }
        return checkEnds(answer, tally, undone)
            ?? checkBalances(answer, balances)
    }

    private func checkEnds(_ answer: Answer, _ expected: Tally, _ undone: UInt64) -> String? {
        let tally = answer.tally
        if tally.other > 0 {
            return "\(tally.other) orders ended neither committed nor compensated"
        }
        if tally.committed != expected.committed {
            return "\(tally.committed) orders were committed, expected \(expected.committed)"
        }
        if tally.committedDigest != expected.committedDigest {
            return "other orders were committed than should be"
        }
        if tally.compensated != expected.compensated {
            return "\(tally.compensated) orders were undone, expected \(expected.compensated)"
        }
        switch definition.isolation {
        case .saga:
            if tally.compensatedDigest != expected.compensatedDigest {
                return "other orders were compensated than should be, or after other steps"
            }
            if answer.undone != undone {
                return "services undid \(answer.undone) calls, expected \(undone)"
            }
            if tally.dirtyReads != answer.dirtyReads {
                return "services counted \(answer.dirtyReads) dirty reads, the outcomes "
                    + "\(tally.dirtyReads)"
            }
        case .atomic:
            if tally.foundDigest != expected.foundDigest {
                return "atomic orders found balances that were not the committed ones before them"
            }
        }
        return nil
    }

    private func checkBalances(_ answer: Answer, _ expected: [Int64]) -> String? {
        for (service, balances) in answer.balances.enumerated() {
            for (item, balance) in balances.enumerated() where balance != expected[item] {
                return "service \(service) holds \(balance) of item \(item), expected "
                    + "\(expected[item])"
            }
        }
        return nil
    }
}
