// Swift's own actors, an actor a cart and an actor an item, and a call an event: how actors are
// drawn in books.
import Harness
import ShoppingCart

/// An actor an entity, a call an event.
///
/// - Guarantee: in memory, each event once, as long as no task is cancelled; a cart is re-entered
///   while it awaits a shelf. Nothing is left after a crash.
/// - Tuning: nothing is copied or allocated for a call but what the language's runtime does; two
///   sources a core, each with an operation under way; of the ping-pong, a task a chain; the pool
///   has as many threads as the trial has workers.
/// - To be challenged: by batches, which give the calls up one by one: see `swift-actors`.
struct EntityActorsSystem: SystemUnderTest {
    let name = "swift-actors-entity"
    let summary =
        "Swift actors, one an entity, an awaited call an event and none batched; in memory"
    let version = InProcess.toolchain

    func axes(for workload: String) -> Set<Axis> {
        InProcess.axes(for: workload, pins: false).subtracting([.atomSize])
    }

    func refusal(_ configuration: TrialConfiguration) -> String? {
        InProcess.refusal(configuration, workloads: ["shopping-cart", "portal-ping-pong"])
            ?? TaskPool.refusal(workers: configuration.workers)
    }

    func run(
        _ configuration: TrialConfiguration, probe: TrialProbe
    ) throws -> TrialMeasurement {
        let workers = configuration.workers
        return try TaskPool.held(toCores: workers) {
            try InProcess.run(
                self, configuration, probe,
                InProcess.Programs(
                    shoppingCart: { EntityShoppingCart.run($0, workers: workers) },
                    pingPong: { EntityPingPong.run($0, clock: $1) }))
        }
    }
}

enum EntityShoppingCart {
    static func run(
        _ definition: ShoppingCart.Definition, workers: Int
    ) -> ShoppingCart.Answer {
        let answer = Gathered(ShoppingCart.Answer(definition))
        TaskPool.run {
            let shelves = (0..<definition.items).map { _ in
                ShelfActor(stock: definition.initialStock)
            }
            let sales = SalesActor(CartShape(definition, partitions: 1))
            let carts = (0..<definition.users).map { user in
                CartActor(user: user, definition, shelves, sales)
            }
            await withTaskGroup { group in
                let sources = 2 * workers
                for index in 0..<sources {
                    group.addTask {
                        await make(definition, index: index, of: sources, carts, shelves)
                    }
                }
            }
            for cart in carts { await cart.add(to: answer) }
            for (item, shelf) in shelves.enumerated() {
                await shelf.add(to: answer, item: UInt32(item))
            }
            await sales.add(to: answer)
        }
        return answer.value
    }

    /// Makes each n-th delivery and operation, and awaits that each is done.
    private static func make(
        _ definition: ShoppingCart.Definition, index: Int, of sources: Int, _ carts: [CartActor],
        _ shelves: [ShelfActor]
    ) async {
        let operations = definition.operationGenerator
        let restocks = definition.restockGenerator
        let count = max(definition.operations, definition.restocks)
        for place in stride(from: UInt64(index), to: count, by: sources) {
            if place < definition.restocks {
                await shelves[Int(restocks.event(at: place).item)].restock()
            }
            if place < definition.operations {
                let operation = operations.event(at: place)
                await carts[Int(operation.user)].handle(operation)
            }
        }
    }
}

private actor CartActor {
    private let user: UInt32
    private let mode: Mode
    private let itemsMax: UInt32
    private let shelves: [ShelfActor]
    private let sales: SalesActor
    private var cart = Cart()
    private var sink = OrderSink()

    init(
        user: UInt32, _ definition: ShoppingCart.Definition, _ shelves: [ShelfActor],
        _ sales: SalesActor
    ) {
        self.user = user
        mode = definition.mode
        itemsMax = definition.cartItemsMax
        self.shelves = shelves
        self.sales = sales
    }

    func handle(_ operation: Operation) async {
        let item = operation.item
        switch operation.kind {
        case .add:
            let reply = await shelves[Int(item)].answer(.take)
            if cart.receive(reply, item: item, itemsMax: itemsMax) { await putBack(item) }
        case .remove:
            if cart.remove(item, mode: mode) { await putBack(item) }
        case .checkOut:
            // All parts of the order leave the cart before anything is awaited.
            var parts: [Order] = []
            cart.checkOut(user: user) { parts.append($0) }
            for order in parts { sink.take(order) }
            sink.endAtom()
            for order in parts { await sales.count(order) }
        }
    }

    private func putBack(_ item: UInt32) async {
        let reply = await shelves[Int(item)].answer(.put)
        _ = cart.receive(reply, item: item, itemsMax: itemsMax)
    }

    func add(to answer: Gathered<ShoppingCart.Answer>) {
        answer.add {
            $0.add(cart, user: user)
            $0.add(sink)
        }
    }
}

private actor ShelfActor {
    private var shelf: Shelf

    init(stock: UInt32) { shelf = Shelf(stock: stock) }

    func restock() { shelf.restock() }

    func answer(_ kind: StockRequest.Kind) -> StockReply { shelf.answer(kind) }

    func add(to answer: Gathered<ShoppingCart.Answer>, item: UInt32) {
        answer.add { $0.add(shelf, item: item) }
    }
}

/// Counts of all items, and the best of them.
private actor SalesActor {
    private var part: OrderedPart
    private let items = EventBatch<UInt32>(capacity: Order.itemsMax)

    init(_ shape: CartShape) { part = OrderedPart(shape) }

    func count(_ order: Order) {
        items.count = 0
        for place in 0..<Int(order.count) { items.append(order.items[place]) }
        part.count(items)
    }

    func add(to answer: Gathered<ShoppingCart.Answer>) {
        answer.add { part.add(to: &$0, partition: 0) }
    }
}
