// The shopping cart on actors: carts of a partition await the shelves' replies to what they ask.
import ShoppingCart

enum ActorShoppingCart {
    static func run(
        _ definition: ShoppingCart.Definition, workers: Int
    ) -> ShoppingCart.Answer {
        let answer = Gathered(ShoppingCart.Answer(definition))
        TaskPool.run {
            let shape = CartShape(definition, partitions: workers)
            let shelves = (0..<workers).map { _ in ShelvesActor(shape) }
            let ordered = (0..<workers).map { _ in OrderedActor(shape) }
            let carts = (0..<workers).map { _ in CartsActor(shape, shelves, ordered) }
            await withTaskGroup { group in
                // Two a core: one goes on while the other awaits.
                let sources = 2 * workers
                for index in 0..<sources {
                    group.addTask {
                        await make(shape, index: index, of: sources, carts, shelves)
                    }
                }
            }
            for index in 0..<workers {
                await carts[index].add(to: answer, partition: index)
                await shelves[index].add(to: answer, partition: index)
                await ordered[index].add(to: answer, partition: index)
            }
        }
        return answer.value
    }

    /// Makes each n-th atom, and awaits that all of it is done.
    private static func make(
        _ shape: CartShape, index: Int, of sources: Int, _ carts: [CartsActor],
        _ shelves: [ShelvesActor]
    ) async {
        var source = CartSource(shape)
        let operations = carts.map { _ in EventBatch<Operation>(capacity: shape.batchCapacity) }
        let restocks = carts.map { _ in EventBatch<Restock>(capacity: shape.batchCapacity) }
        for atom in stride(from: UInt64(index), to: shape.atoms, by: sources) {
            source.makeRestocks(atom, into: restocks)
            source.makeOperations(atom, into: operations)
            for turn in carts.indices {
                // Each source begins elsewhere.
                let partition = (index + turn) % carts.count
                if restocks[partition].count > 0 {
                    await shelves[partition].restock(restocks[partition])
                }
                if operations[partition].count > 0 {
                    await carts[partition].operate(operations[partition])
                }
                restocks[partition].count = 0
                operations[partition].count = 0
            }
        }
    }
}

private actor CartsActor {
    private var part: CartPart
    private let shelves: [ShelvesActor]
    private let ordered: [OrderedActor]
    private var asks: BatchPool<StockAsk>
    private var sold: BatchPool<UInt32>

    init(_ shape: CartShape, _ shelves: [ShelvesActor], _ ordered: [OrderedActor]) {
        part = CartPart(shape)
        self.shelves = shelves
        self.ordered = ordered
        asks = BatchPool(capacity: shape.batchCapacity)
        sold = BatchPool(capacity: shape.batchCapacity)
    }

    /// Does what users want; others may come in while it awaits.
    func operate(_ batch: EventBatch<Operation>) async {
        let asked = shelves.map { _ in asks.take() }
        let items = ordered.map { _ in sold.take() }
        part.operate(batch, asks: asked, ordered: items)
        for (index, batch) in asked.enumerated() {
            // A full cart asks again, once.
            while batch.count > 0 {
                await shelves[index].answer(batch)
                part.receive(batch)
            }
            asks.put(batch)
        }
        for (index, batch) in items.enumerated() {
            if batch.count > 0 { await ordered[index].count(batch) }
            sold.put(batch)
        }
    }

    func add(to answer: Gathered<ShoppingCart.Answer>, partition: Int) {
        answer.add { part.add(to: &$0, partition: partition) }
    }
}

private actor ShelvesActor {
    private var part: ShelfPart

    init(_ shape: CartShape) { part = ShelfPart(shape) }

    func restock(_ batch: EventBatch<Restock>) { part.restock(batch) }

    func answer(_ batch: EventBatch<StockAsk>) { part.answer(batch) }

    func add(to answer: Gathered<ShoppingCart.Answer>, partition: Int) {
        answer.add { part.add(to: &$0, partition: partition) }
    }
}

private actor OrderedActor {
    private var part: OrderedPart

    init(_ shape: CartShape) { part = OrderedPart(shape) }

    func count(_ batch: EventBatch<UInt32>) { part.count(batch) }

    func add(to answer: Gathered<ShoppingCart.Answer>, partition: Int) {
        answer.add { part.add(to: &$0, partition: partition) }
    }
}
