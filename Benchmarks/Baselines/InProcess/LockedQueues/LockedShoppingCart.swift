// The shopping cart on threads with locked queues: each has the carts, the shelves and the counts
// of
// its partition, and makes some of the atoms.
import Harness
import ShoppingCart

enum LockedShoppingCart {
    static func run(
        _ definition: ShoppingCart.Definition, _ configuration: TrialConfiguration
    ) throws -> ShoppingCart.Answer {
        let shape = CartShape(definition, partitions: configuration.workers)
        let inboxes = (0..<configuration.workers).map { _ in Inbox<CartMessage>() }
        let answer = Gathered(ShoppingCart.Answer(definition))
        try onThreads(configuration.workers, configuration) { index in
            var thread = ShoppingThread(shape, index: index, inboxes: inboxes)
            thread.run()
            answer.add { thread.add(to: &$0) }
        }
        return answer.value
    }
}

/// Where a thread's messages go: to another's inbox, or to itself, which needs no queue.
private final class Outbox {
    let index: Int
    let inboxes: [Inbox<CartMessage>]
    var own: [CartMessage] = []

    init(index: Int, inboxes: [Inbox<CartMessage>]) {
        self.index = index
        self.inboxes = inboxes
    }

    /// Puts a message where it belongs. Batches under way are bounded by their sources, so there is
    /// always room.
    func deliver(_ message: CartMessage, _ address: CartAddress) {
        if address.partition == index {
            own.append(message)
        } else {
            inboxes[address.partition].put(message)
        }
    }
}

/// What one thread does.
private struct ShoppingThread: ~Copyable {
    private let outbox: Outbox
    private var source: CartSourceTask
    private var carts: CartsTask
    private var shelves: ShelvesTask
    private var ordered: OrderedPart
    private var taken: [CartMessage] = []
    private var handled: [CartMessage] = []
    /// Other threads whose sources are not over.
    private var sending: Int

    init(_ shape: CartShape, index: Int, inboxes: [Inbox<CartMessage>]) {
        outbox = Outbox(index: index, inboxes: inboxes)
        source = CartSourceTask(shape, index: index)
        carts = CartsTask(shape, index: index)
        shelves = ShelvesTask(shape, index: index)
        ordered = OrderedPart(shape)
        sending = inboxes.count - 1
    }

    mutating func run() {
        let inbox = outbox.inboxes[outbox.index]
        var isOver = false
        while true {
            let hasReceived = inbox.takeAll(into: &taken)
            for message in taken {
                handle(message)
                handleOwn()
            }
            taken.removeAll(keepingCapacity: true)
            let hasMade = source.make(outbox.deliver)
            handleOwn()
            if hasMade { continue }
            if !isOver && source.isOver {
                isOver = true
                for other in outbox.inboxes.indices where other != outbox.index {
                    outbox.inboxes[other].put(.over)
                }
            }
            if isOver && sending == 0 { return }
            if !hasReceived { inbox.wait() }
        }
    }

    private mutating func handleOwn() {
        while !outbox.own.isEmpty {
            swap(&outbox.own, &handled)
            for message in handled { handle(message) }
            handled.removeAll(keepingCapacity: true)
        }
    }

    private mutating func handle(_ message: CartMessage) {
        switch message {
        case .operations(let batch): carts.operate(batch, outbox.deliver)
        case .replies(let replies, let batch, let replier):
            carts.receive(replies, batch, shelves: replier, outbox.deliver)
        case .restocks(let batch, let maker):
            shelves.restock(batch, maker: maker, outbox.deliver)
        case .asks(let asks, let batch, let asker):
            shelves.answer(asks, batch, carts: asker, outbox.deliver)
        case .ordered(let items):
            ordered.count(items)
            carts.reuse(items)
        case .operated(let batch): source.take(batch)
        case .restocked(let batch): source.take(batch)
        case .over: sending -= 1
        }
    }

    borrowing func add(to answer: inout ShoppingCart.Answer) {
        carts.add(to: &answer)
        shelves.add(to: &answer)
        ordered.add(to: &answer, partition: outbox.index)
    }
}
