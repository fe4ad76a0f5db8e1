// The shopping cart on tasks and streams: sources, carts, shelves and counts of each partition are
// a
// task each.
import ShoppingCart

enum StreamedShoppingCart {
    static func run(
        _ definition: ShoppingCart.Definition, workers: Int
    ) -> ShoppingCart.Answer {
        let answer = Gathered(ShoppingCart.Answer(definition))
        TaskPool.run {
            let shape = CartShape(definition, partitions: workers)
            let streams = CartStreams(partitions: workers)
            await withTaskGroup { tasks in
                for index in 0..<workers {
                    tasks.addTask { await carts(shape, index, streams, answer) }
                    tasks.addTask { await shelves(shape, index, streams, answer) }
                    tasks.addTask { await ordered(shape, index, streams, answer) }
                }
                await withTaskGroup { sources in
                    for index in 0..<workers {
                        sources.addTask { await source(shape, index, streams) }
                    }
                }
                // All is done: only items that were ordered may be on their way still.
                for ends in streams.carts + streams.shelves + streams.ordered {
                    ends.continuation.finish()
                }
            }
        }
        return answer.value
    }

    private static func source(_ shape: CartShape, _ index: Int, _ streams: CartStreams) async {
        var source = CartSourceTask(shape, index: index)
        var messages = streams.sources[index].stream.makeAsyncIterator()
        while true {
            while source.make(streams.deliver) {}
            if source.isOver { return }
            switch await messages.next() {
            case .operated(let batch): source.take(batch)
            case .restocked(let batch): source.take(batch)
            case .operations, .replies, .restocks, .asks, .ordered, .over, nil:
                preconditionFailure("a source gets its batches back, and nothing else")
            }
        }
    }

    private static func carts(
        _ shape: CartShape, _ index: Int, _ streams: CartStreams,
        _ answer: Gathered<ShoppingCart.Answer>
    ) async {
        var carts = CartsTask(shape, index: index)
        for await message in streams.carts[index].stream {
            switch message {
            case .operations(let batch): carts.operate(batch, streams.deliver)
            case .replies(let replies, let batch, let shelves):
                carts.receive(replies, batch, shelves: shelves, streams.deliver)
            case .restocks, .asks, .ordered, .operated, .restocked, .over:
                preconditionFailure("carts get operations and replies")
            }
        }
        answer.add { carts.add(to: &$0) }
    }

    private static func shelves(
        _ shape: CartShape, _ index: Int, _ streams: CartStreams,
        _ answer: Gathered<ShoppingCart.Answer>
    ) async {
        var shelves = ShelvesTask(shape, index: index)
        for await message in streams.shelves[index].stream {
            switch message {
            case .restocks(let batch, let maker):
                shelves.restock(batch, maker: maker, streams.deliver)
            case .asks(let asks, let batch, let carts):
                shelves.answer(asks, batch, carts: carts, streams.deliver)
            case .operations, .replies, .ordered, .operated, .restocked, .over:
                preconditionFailure("shelves get deliveries and asks")
            }
        }
        answer.add { shelves.add(to: &$0) }
    }

    private static func ordered(
        _ shape: CartShape, _ index: Int, _ streams: CartStreams,
        _ answer: Gathered<ShoppingCart.Answer>
    ) async {
        var part = OrderedPart(shape)
        for await case .ordered(let items) in streams.ordered[index].stream { part.count(items) }
        answer.add { part.add(to: &$0, partition: index) }
    }
}

/// The streams before all tasks.
private struct CartStreams: Sendable {
    let carts: [StreamEnds<CartMessage>]
    let shelves: [StreamEnds<CartMessage>]
    let ordered: [StreamEnds<CartMessage>]
    let sources: [StreamEnds<CartMessage>]

    init(partitions: Int) {
        func ends() -> [StreamEnds<CartMessage>] { (0..<partitions).map { _ in StreamEnds() } }
        carts = ends()
        shelves = ends()
        ordered = ends()
        sources = ends()
    }

    func deliver(_ message: CartMessage, _ address: CartAddress) {
        switch address {
        case .carts(let index): carts[index].continuation.yield(message)
        case .shelves(let index): shelves[index].continuation.yield(message)
        case .ordered(let index): ordered[index].continuation.yield(message)
        case .source(let index): sources[index].continuation.yield(message)
        }
    }
}
