// The shopping cart as tasks that send each other batches: what each does with a message. Threads
// with queues and tasks with streams run the same tasks.
import ShoppingCart

/// A batch of operations, until all that its carts asked is answered: then its maker may make
/// another.
final class OperationBatch: @unchecked Sendable {
    // Unchecked: of whoever it was sent to last; what carries messages orders the accesses.
    let operations: EventBatch<Operation>
    /// The source that made it.
    let maker: Int
    /// Batches of asks without a reply; of the carts' task.
    var open = 0

    init(capacity: Int, maker: Int) {
        operations = EventBatch(capacity: capacity)
        self.maker = maker
    }
}

/// What the tasks send each other.
enum CartMessage: Sendable {
    // To carts.
    case operations(OperationBatch)
    case replies(EventBatch<StockAsk>, OperationBatch, shelves: Int)
    // To shelves.
    case restocks(EventBatch<Restock>, maker: Int)
    case asks(EventBatch<StockAsk>, OperationBatch, carts: Int)
    // To the counts of what was ordered.
    case ordered(EventBatch<UInt32>)
    // To the source: its batch is done, and comes back.
    case operated(OperationBatch)
    case restocked(EventBatch<Restock>)
    // To whoever runs tasks: a source has made its last, and all of it is done.
    case over
}

/// The task that a message is for, of which partition.
enum CartAddress {
    case carts(Int)
    case shelves(Int)
    case ordered(Int)
    case source(Int)

    var partition: Int {
        switch self {
        case .carts(let index), .shelves(let index), .ordered(let index), .source(let index): index
        }
    }
}

/// Sends a message; asked by batch, never by event.
typealias CartDelivery = (CartMessage, CartAddress) -> Void

/// A source: makes every n-th atom, as long as not too many are under way.
struct CartSourceTask: ~Copyable {
    private let shape: CartShape
    private let index: Int
    private var source: CartSource
    private var nextAtom: UInt64
    /// Batches that were sent and are not done.
    private var underWay = 0
    private var operations: [OperationBatch] = []
    private var restocks: BatchPool<Restock>

    /// Atoms of a source under way at the most: one is made while others wait for replies.
    static let atomsInFlightMax = 4

    init(_ shape: CartShape, index: Int) {
        self.shape = shape
        self.index = index
        source = CartSource(shape)
        nextAtom = UInt64(index)
        restocks = BatchPool(capacity: shape.batchCapacity)
    }

    /// All is made, and done.
    var isOver: Bool { nextAtom >= shape.atoms && underWay == 0 }

    /// Makes an atom and sends its batches; false if there is none left, or for now.
    mutating func make(_ deliver: CartDelivery) -> Bool {
        let batchesMax = 2 * shape.partitions * (Self.atomsInFlightMax - 1)
        if nextAtom >= shape.atoms || underWay > batchesMax { return false }
        let deliveries = (0..<shape.partitions).map { _ in restocks.take() }
        source.makeRestocks(nextAtom, into: deliveries)
        for (partition, batch) in deliveries.enumerated() {
            if batch.count == 0 {
                restocks.put(batch)
            } else {
                underWay += 1
                deliver(.restocks(batch, maker: index), .shelves(partition))
            }
        }
        let made = (0..<shape.partitions).map { _ in
            operations.popLast() ?? OperationBatch(capacity: shape.batchCapacity, maker: index)
        }
        source.makeOperations(nextAtom, into: made.map(\.operations))
        for (partition, batch) in made.enumerated() {
            if batch.operations.count == 0 {
                operations.append(batch)
            } else {
                underWay += 1
                deliver(.operations(batch), .carts(partition))
            }
        }
        nextAtom += UInt64(shape.partitions)
        return true
    }

    /// Takes a batch back.
    mutating func take(_ batch: OperationBatch) {
        underWay -= 1
        batch.operations.count = 0
        operations.append(batch)
    }

    /// Takes a batch back.
    mutating func take(_ batch: EventBatch<Restock>) {
        underWay -= 1
        restocks.put(batch)
    }
}

/// The carts of a partition.
struct CartsTask: ~Copyable {
    private let index: Int
    private let partitions: Int
    private var part: CartPart
    private var asks: BatchPool<StockAsk>
    private var ordered: BatchPool<UInt32>

    init(_ shape: CartShape, index: Int) {
        self.index = index
        partitions = shape.partitions
        part = CartPart(shape)
        asks = BatchPool(capacity: shape.batchCapacity)
        ordered = BatchPool(capacity: shape.batchCapacity)
    }

    mutating func operate(_ batch: OperationBatch, _ deliver: CartDelivery) {
        let asked = (0..<partitions).map { _ in asks.take() }
        let sold = (0..<partitions).map { _ in ordered.take() }
        part.operate(batch.operations, asks: asked, ordered: sold)
        for (partition, items) in sold.enumerated() {
            if items.count == 0 {
                ordered.put(items)
            } else {
                deliver(.ordered(items), .ordered(partition))
            }
        }
        batch.open = asked.count { $0.count > 0 }
        if batch.open == 0 { deliver(.operated(batch), .source(batch.maker)) }
        for (partition, some) in asked.enumerated() {
            if some.count == 0 {
                asks.put(some)
            } else {
                deliver(.asks(some, batch, carts: index), .shelves(partition))
            }
        }
    }

    mutating func receive(
        _ replies: EventBatch<StockAsk>, _ batch: OperationBatch, shelves: Int,
        _ deliver: CartDelivery
    ) {
        part.receive(replies)
        if replies.count > 0 {
            deliver(.asks(replies, batch, carts: index), .shelves(shelves))
            return
        }
        asks.put(replies)
        batch.open -= 1
        if batch.open == 0 { deliver(.operated(batch), .source(batch.maker)) }
    }

    /// Takes back what was counted.
    mutating func reuse(_ items: EventBatch<UInt32>) { ordered.put(items) }

    borrowing func add(to answer: inout ShoppingCart.Answer) {
        part.add(to: &answer, partition: index)
    }
}

/// The shelves of a partition.
struct ShelvesTask: ~Copyable {
    private let index: Int
    private var part: ShelfPart

    init(_ shape: CartShape, index: Int) {
        self.index = index
        part = ShelfPart(shape)
    }

    mutating func restock(_ batch: EventBatch<Restock>, maker: Int, _ deliver: CartDelivery) {
        part.restock(batch)
        deliver(.restocked(batch), .source(maker))
    }

    mutating func answer(
        _ asks: EventBatch<StockAsk>, _ batch: OperationBatch, carts: Int,
        _ deliver: CartDelivery
    ) {
        part.answer(asks)
        deliver(.replies(asks, batch, shelves: index), .carts(carts))
    }

    borrowing func add(to answer: inout ShoppingCart.Answer) {
        part.add(to: &answer, partition: index)
    }
}
