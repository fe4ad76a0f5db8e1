// Where the orders of a run end: outcomes of sagas, or orders that were atomic.
import Portals
import Sagas

/// Counts the outcomes of sagas, on one partition.
public struct OutcomeSink: SinkBody {
    let place = SinkTally()
    let failures: FailureTimes?

    init(_ results: Results) {
        failures = results.failures
        results.add(place)
    }

    /// Counts, and times compensations where that is asked for.
    public mutating func onBatch(_ batch: Batch<SagaOutcome<Order>>, _ step: StepInfo) {
        for index in 0..<batch.count {
            let outcome = batch[index]
            switch outcome.ending {
            case .committed: place.tally.commit(outcome.data)
            case .compensated(let failedStep):
                place.tally.compensate(outcome.data, failedStep: failedStep)
                if let failures { place.compensations.record(failures.since(outcome.saga)) }
            case .stuck, .alreadyRunning: place.tally.other += 1
            }
        }
    }
}

/// Counts orders that were atomic, on one partition; those that failed never come here.
public struct OrderSink: SinkBody {
    let place = SinkTally()

    init(_ results: Results) { results.add(place) }

    /// Counts the orders.
    public mutating func onBatch(_ batch: Batch<Order>, _ step: StepInfo) {
        for index in 0..<batch.count { place.tally.commit(batch[index]) }
    }
}
