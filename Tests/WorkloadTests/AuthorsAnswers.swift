// What a run of each workload of the Portals authors' matrix must come to, whoever drives it.
import AtomAlignment
import Chain
import CountingActor
import Fibonacci
import Portals
import ThreadRing

/// A workload of the authors' matrix at a size for tests.
enum AuthorsWorkload: Sendable, CustomStringConvertible, CaseIterable {
    case ring(ThreadRing.Definition)
    case counting(CountingActor.Definition)
    case fibonacci(Fibonacci.Definition)
    case alignment(AtomAlignment.Definition)
    case chain(Chain.Definition)

    /// Each variant, with sizes that no others divide.
    static let allCases: [AuthorsWorkload] =
        Ring.allCases.flatMap { ring in
            [
                .ring(.init(ring: ring, length: 7, hops: 1_003)),
                // One a partition where there are four.
                .ring(.init(ring: ring, length: 3, hops: 1_003, tokens: 4, partitions: 4)),
            ]
        } + [
            .counting(.init(events: 5_003, atomSize: 1)),
            .counting(.init(events: 50_003, atomSize: 128)),
            .counting(.init(events: 50_003, atomSize: 100, partitions: 4)),
            .counting(.init(workflows: 9, events: 50_003, atomSize: 128)),
            .fibonacci(.init()),
            .fibonacci(.init(n: 1)),
            .fibonacci(.init(n: 13, computations: 53, atomSize: 10)),
        ]
        + AtomAlignment.Definition.Exchange.allCases.flatMap { exchange -> [AuthorsWorkload] in
            [
                .alignment(.init(events: 503, atomSize: 1, exchange: exchange)),
                .alignment(
                    .init(events: 5_003, atomSize: 100, workSteps: 3, exchange: exchange)),
            ]
        }
        + Members.allCases.flatMap { members -> [AuthorsWorkload] in
            [
                .chain(.init(members: members, length: 9, events: 203)),
                .chain(
                    .init(members: members, length: 4, events: 5_003, atomSize: 64, workSteps: 3)),
            ]
        }

    /// Nil if the run's answer is right.
    func verdict(_ run: (Application) throws -> Void) throws -> String? {
        switch self {
        case .ring(let definition):
            let results = ThreadRing.Results()
            try run(definition.application(results))
            return ThreadRing.Oracle(definition).check(results.answer)
        case .counting(let definition):
            let results = CountingActor.Results(definition)
            try run(definition.application(results))
            return CountingActor.Oracle(definition).check(results.answer)
        case .fibonacci(let definition):
            let results = Fibonacci.Results()
            try run(definition.application(results))
            return Fibonacci.Oracle(definition).check(results.answer)
        case .alignment(let definition):
            let results = AtomAlignment.Results()
            try run(definition.application(results))
            return AtomAlignment.Oracle(definition).check(results.answer)
        case .chain(let definition):
            let results = Chain.Results()
            try run(definition.application(results))
            return Chain.Oracle(definition).check(results.answer)
        }
    }

    var description: String {
        switch self {
        case .ring(let it):
            "ring of \(it.ring), \(it.members) long, \(it.tokens) tokens, \(it.partitions) parts"
        case .counting(let it):
            "counting in \(it.workflows) workflows, atoms of \(it.atomSize), \(it.partitions) parts"
        case .fibonacci(let it): "fibonacci of \(it.n), \(it.computations) times"
        case .alignment(let it):
            "alignment, atoms of \(it.atomSize), work \(it.workSteps), exchange \(it.exchange)"
        case .chain(let it):
            "chain of \(it.length) \(it.members), atoms of \(it.atomSize), work \(it.workSteps)"
        }
    }
}
