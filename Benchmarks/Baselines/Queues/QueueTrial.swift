// A trial of the workload `queue`: what all queues that are measured have in common.
import Harness
import ItemQueue

extension ItemQueue.Definition {
    /// The run that a trial asks for.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        self.init(
            items: configuration.events ?? 1 << 20, batch: try configuration.integer("batch"))
        if let fault = faults.first { throw TrialFault(fault) }
    }
}

enum QueueTrial {
    /// Where producer and consumer run.
    enum Ends {
        case threads
        case tasks
    }

    static func axes(_ ends: Ends) -> Set<Axis> {
        ends == .threads ? [.workers, .allocator, .pinning] : [.workers, .allocator]
    }

    static func refusal(_ configuration: TrialConfiguration, _ ends: Ends) -> String? {
        if configuration.workload != "queue" {
            return "\(configuration.system) passes items on and nothing else: --workload queue"
        }
        if configuration.workers != 2 {
            return "a queue has a producer and a consumer: give --workers 2"
        }
        if configuration.ratePerSecond != nil {
            return "the queue is measured saturated: leave --rate away"
        }
        return ends == .tasks ? TaskPool.refusal(workers: 2) : nil
    }

    /// Measures a queue and has the oracle judge what its consumer took.
    static func run(
        _ system: some SystemUnderTest, _ configuration: TrialConfiguration, _ probe: TrialProbe,
        _ pass: (ItemQueue.Definition) throws -> ItemQueue.Answer
    ) throws -> TrialMeasurement {
        let items = try system.pilotedEvents(configuration) {
            _ = try pass(ItemQueue.Definition($0))
        }
        let definition = try ItemQueue.Definition(configuration.sized(items))
        let answer = try probe.measure { try pass(definition) }
        return probe.measurement(
            events: items,
            verified: ItemQueue.Oracle(definition).check(answer).map { .wrong($0) } ?? .verified)
    }

    /// Runs a producer and a consumer on a thread each, pinned where the trial says so.
    static func onTwoThreads(
        _ configuration: TrialConfiguration, produce: @escaping @Sendable () -> Void,
        consume: @escaping @Sendable () -> ItemQueue.Answer
    ) throws -> ItemQueue.Answer {
        let answer = Gathered(ItemQueue.Answer())
        try onThreads(2, configuration) { index in
            if index == 0 {
                produce()
            } else {
                let taken = consume()
                answer.add { $0 = taken }
            }
        }
        return answer.value
    }
}
