// The tasks of the shopping cart as each in-process baseline joins them, batch by batch: carts and
// shelves of a partition, and what was ordered most. Their handlers are those of every system.
import ShoppingCart

/// An ask on its way to the shelf and its reply on the way back: a reply lies where its ask was.
struct StockAsk: BitwiseCopyable {
    var user: UInt32
    var item: UInt32
    var kind: StockRequest.Kind
    var reply = StockReply.refused
}

/// The shape of a run: which partition has which user and which item, and how long its atoms are.
struct CartShape: Sendable {
    let definition: ShoppingCart.Definition
    let partitions: Int
    let users: RangePartitions
    let items: RangePartitions

    init(_ definition: ShoppingCart.Definition, partitions: Int) {
        self.definition = definition
        self.partitions = partitions
        users = RangePartitions(identities: definition.users, partitions: partitions)
        items = RangePartitions(identities: definition.items, partitions: partitions)
    }

    /// Atoms of operations, each with one of restocks.
    var atoms: UInt64 { max(definition.operationAtoms, definition.restockAtoms) }

    /// Events of a batch, as a rule at the most.
    var batchCapacity: Int { Int(min(definition.atomSize, max(1, definition.operations))) }
}

/// Makes the events of atoms, by partition.
struct CartSource: ~Copyable {
    private let shape: CartShape
    private var operations: BatchRouter<Operation>
    private var restocks: BatchRouter<Restock>

    init(_ shape: CartShape) {
        self.shape = shape
        operations = BatchRouter(partitions: shape.partitions)
        restocks = BatchRouter(partitions: shape.partitions)
    }

    /// Adds an atom of operations to the batches of their partitions.
    @inline(never)
    mutating func makeOperations(_ atom: UInt64, into batches: [EventBatch<Operation>]) {
        let generator = shape.definition.operationGenerator
        let users = shape.users
        operations.open(batches)
        for index in shape.definition.operationIndices(ofAtom: atom) {
            let event = generator.event(at: index)
            operations.append(event, to: users.partition(of: event.user))
        }
        operations.close()
    }

    /// The same of restocks.
    @inline(never)
    mutating func makeRestocks(_ atom: UInt64, into batches: [EventBatch<Restock>]) {
        let generator = shape.definition.restockGenerator
        let items = shape.items
        restocks.open(batches)
        for index in shape.definition.restockIndices(ofAtom: atom) {
            let event = generator.event(at: index)
            restocks.append(event, to: items.partition(of: event.item))
        }
        restocks.close()
    }
}

/// The carts of a partition, and the sink of their orders.
@safe
struct CartPart: ~Copyable {
    private let shape: CartShape
    /// By user; only those of the partition are touched, so the others are address space.
    private let carts: UnsafeMutablePointer<Cart>
    private var sink = OrderSink()
    private var asking: BatchRouter<StockAsk>
    private var ordering: BatchRouter<UInt32>

    init(_ shape: CartShape) {
        self.shape = shape
        unsafe carts = .allocate(capacity: Int(shape.definition.users))
        unsafe carts.initialize(repeating: Cart(), count: Int(shape.definition.users))
        asking = BatchRouter(partitions: shape.partitions)
        ordering = BatchRouter(partitions: shape.partitions)
    }

    deinit { unsafe carts.deallocate() }

    /// Does what users want: adds what is to be asked, and the items that are ordered, to the
    /// batches of the items' partitions.
    @inline(never)
    mutating func operate(
        _ batch: EventBatch<Operation>, asks: [EventBatch<StockAsk>],
        ordered: [EventBatch<UInt32>]
    ) {
        let items = shape.items
        let mode = shape.definition.mode
        let operations = unsafe batch.elements
        asking.open(asks)
        ordering.open(ordered)
        for index in 0..<batch.count {
            let operation = unsafe operations[index]
            // In bounds: the generator scales to the number of users.
            let cart = unsafe carts + Int(operation.user)
            switch operation.kind {
            case .add:
                asking.append(
                    StockAsk(user: operation.user, item: operation.item, kind: .take),
                    to: items.partition(of: operation.item))
            case .remove:
                if unsafe cart.pointee.remove(operation.item, mode: mode) {
                    asking.append(
                        StockAsk(user: operation.user, item: operation.item, kind: .put),
                        to: items.partition(of: operation.item))
                }
            case .checkOut:
                unsafe cart.pointee.checkOut(user: operation.user) { order in
                    sink.take(order)
                    for place in 0..<Int(order.count) {
                        let item = order.items[place]
                        ordering.append(item, to: items.partition(of: item))
                    }
                }
            }
        }
        sink.endAtom()
        asking.close()
        ordering.close()
    }

    /// Takes the replies of a batch and leaves in it what is to be asked next, of the same shelves.
    @inline(never)
    mutating func receive(_ batch: EventBatch<StockAsk>) {
        let itemsMax = shape.definition.cartItemsMax
        let replies = unsafe batch.elements
        var kept = 0
        for index in 0..<batch.count {
            let ask = unsafe replies[index]
            if unsafe carts[Int(ask.user)].receive(ask.reply, item: ask.item, itemsMax: itemsMax) {
                unsafe replies[kept] = StockAsk(user: ask.user, item: ask.item, kind: .put)
                kept &+= 1
            }
        }
        batch.count = kept
    }

    /// Adds what it has to the answer; of partition 0, 1, … in turn.
    borrowing func add(to answer: inout ShoppingCart.Answer, partition: Int) {
        for user in 0..<shape.definition.users where shape.users.partition(of: user) == partition {
            answer.add(unsafe carts[Int(user)], user: user)
        }
        answer.add(sink)
    }
}

/// The shelves of a partition.
@safe
struct ShelfPart: ~Copyable {
    private let shape: CartShape
    private let shelves: UnsafeMutablePointer<Shelf>

    init(_ shape: CartShape) {
        self.shape = shape
        unsafe shelves = .allocate(capacity: Int(shape.definition.items))
        unsafe shelves.initialize(
            repeating: Shelf(stock: shape.definition.initialStock),
            count: Int(shape.definition.items))
    }

    deinit { unsafe shelves.deallocate() }

    /// Takes deliveries.
    @inline(never)
    mutating func restock(_ batch: EventBatch<Restock>) {
        let restocks = unsafe batch.elements
        for index in 0..<batch.count { unsafe shelves[Int(restocks[index].item)].restock() }
    }

    /// Answers asks, each in its place.
    @inline(never)
    mutating func answer(_ batch: EventBatch<StockAsk>) {
        let asks = unsafe batch.elements
        for index in 0..<batch.count {
            let ask = unsafe asks[index]
            unsafe asks[index].reply = shelves[Int(ask.item)].answer(ask.kind)
        }
    }

    borrowing func add(to answer: inout ShoppingCart.Answer, partition: Int) {
        for item in 0..<shape.definition.items where shape.items.partition(of: item) == partition {
            answer.add(unsafe shelves[Int(item)], item: item)
        }
    }
}

/// How often the items of a partition were ordered.
@safe
struct OrderedPart: ~Copyable {
    private let shape: CartShape
    private let counts: UnsafeMutablePointer<UInt32>
    private var top = TopItems()

    init(_ shape: CartShape) {
        self.shape = shape
        unsafe counts = .allocate(capacity: Int(shape.definition.items))
        unsafe counts.initialize(repeating: 0, count: Int(shape.definition.items))
    }

    deinit { unsafe counts.deallocate() }

    /// Counts items that were ordered.
    @inline(never)
    mutating func count(_ batch: EventBatch<UInt32>) {
        let items = unsafe batch.elements
        for index in 0..<batch.count {
            let item = unsafe items[index]
            let count = unsafe counts[Int(item)] + 1
            unsafe counts[Int(item)] = count
            top.take(ItemCount(item: item, count: count))
        }
    }

    borrowing func add(to answer: inout ShoppingCart.Answer, partition: Int) {
        for item in 0..<shape.definition.items where shape.items.partition(of: item) == partition {
            answer.add(ItemCount(item: item, count: unsafe counts[Int(item)]))
        }
        // An item is counted on one partition: the best of all are among the best of each.
        answer.topItems = Array(
            (answer.topItems + top.ranked)
                .sorted { ($1.count, $0.item) < ($0.count, $1.item) }
                .prefix(TopItems.capacity))
    }
}
