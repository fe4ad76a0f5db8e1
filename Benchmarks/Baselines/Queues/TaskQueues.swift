// Queues between tasks: Swift's AsyncStream, and the channel of swift-async-algorithms.
import AsyncAlgorithms
import Harness
import ItemQueue

/// `AsyncStream` between two tasks.
///
/// It has no back-pressure that suspends a producer: a bounded one drops. So it is bounded at
/// 65,536
/// items, drops the newest, and tells so; the producer then yields its thread and tries again.
///
/// - Guarantee: in memory, in order, each item once, by trying again.
/// - Tuning: a batch is an array of items, and as many fewer places.
/// - To be challenged: by an unbounded stream, which is faster until the memory is full.
struct AsyncStreamQueueSystem: SystemUnderTest {
    let name = "async-stream"
    let summary =
        "Swift's AsyncStream, which drops when it is full, so its producer retries; in memory"
    let version = InProcess.toolchain

    func axes(for workload: String) -> Set<Axis> { QueueTrial.axes(.tasks) }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        QueueTrial.refusal(configuration, .tasks)
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        try TaskPool.held(toCores: configuration.workers) {
            try QueueTrial.run(self, configuration, probe) { definition in
                TaskPool.run {
                    definition.batch == 1
                        ? await Self.passItems(definition) : await Self.passBatches(definition)
                }
            }
        }
    }

    private static func passItems(_ definition: ItemQueue.Definition) async -> ItemQueue.Answer {
        let (stream, continuation) = AsyncStream.makeStream(
            of: UInt64.self, bufferingPolicy: .bufferingOldest(ItemQueue.Definition.slots))
        async let taken = takeItems(stream)
        for item in 0..<definition.items {
            while case .dropped = continuation.yield(item) { await Task.yield() }
        }
        continuation.finish()
        return await taken
    }

    private static func takeItems(_ stream: AsyncStream<UInt64>) async -> ItemQueue.Answer {
        var answer = ItemQueue.Answer()
        for await item in stream { answer.take(item) }
        return answer
    }

    private static func passBatches(_ definition: ItemQueue.Definition) async -> ItemQueue.Answer {
        let (stream, continuation) = AsyncStream.makeStream(
            of: [UInt64].self,
            bufferingPolicy: .bufferingOldest(ItemQueue.Definition.slots / definition.batch))
        async let taken = takeBatches(stream)
        for first in stride(from: 0, to: definition.items, by: definition.batch) {
            let batch = definition.items(from: first)
            while case .dropped = continuation.yield(batch) { await Task.yield() }
        }
        continuation.finish()
        return await taken
    }

    private static func takeBatches(_ stream: AsyncStream<[UInt64]>) async -> ItemQueue.Answer {
        var answer = ItemQueue.Answer()
        for await batch in stream {
            for index in batch.indices { answer.take(batch[index]) }
        }
        return answer
    }
}

/// `AsyncChannel` between two tasks: a sender is suspended until its element is taken.
///
/// - Guarantee: in memory, in order, each item once.
/// - Tuning: a batch is an array of items. It has no places at all, by its design: every element is
///   a meeting of both tasks.
/// - To be challenged: by `MultiProducerSingleConsumerAsyncChannel` of the same package, which has
///   places and suspends a producer at a mark.
struct AsyncChannelSystem: SystemUnderTest {
    let name = "async-channel"
    let summary = "AsyncChannel of swift-async-algorithms: no places, each send is met; in memory"
    let version = "1.1.4"

    func axes(for workload: String) -> Set<Axis> { QueueTrial.axes(.tasks) }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        QueueTrial.refusal(configuration, .tasks)
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        try TaskPool.held(toCores: configuration.workers) {
            try QueueTrial.run(self, configuration, probe) { definition in
                TaskPool.run {
                    definition.batch == 1
                        ? await Self.passItems(definition) : await Self.passBatches(definition)
                }
            }
        }
    }

    private static func passItems(_ definition: ItemQueue.Definition) async -> ItemQueue.Answer {
        let channel = AsyncChannel<UInt64>()
        async let taken = takeItems(channel)
        for item in 0..<definition.items { await channel.send(item) }
        channel.finish()
        return await taken
    }

    private static func takeItems(_ channel: AsyncChannel<UInt64>) async -> ItemQueue.Answer {
        var answer = ItemQueue.Answer()
        for await item in channel { answer.take(item) }
        return answer
    }

    private static func passBatches(_ definition: ItemQueue.Definition) async -> ItemQueue.Answer {
        let channel = AsyncChannel<[UInt64]>()
        async let taken = takeBatches(channel)
        for first in stride(from: 0, to: definition.items, by: definition.batch) {
            await channel.send(definition.items(from: first))
        }
        channel.finish()
        return await taken
    }

    private static func takeBatches(_ channel: AsyncChannel<[UInt64]>) async -> ItemQueue.Answer {
        var answer = ItemQueue.Answer()
        for await batch in channel {
            for index in batch.indices { answer.take(batch[index]) }
        }
        return answer
    }
}

extension ItemQueue.Definition {
    /// The items of the batch that begins with `first`.
    fileprivate func items(from first: UInt64) -> [UInt64] {
        let count = Int(min(UInt64(batch), items - first))
        return unsafe Array(unsafeUninitializedCapacity: count) { places, written in
            for index in 0..<count {
                unsafe places.initializeElement(at: index, to: first &+ UInt64(index))
            }
            written = count
        }
    }
}
