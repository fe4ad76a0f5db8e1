// The shopping cart on a pool of threads: a job an atom, which locks the carts, shelves and counts
// of one shard after the other, and asks by calling.
import Harness
import ShoppingCart

enum PooledShoppingCart {
    static func run(
        _ definition: ShoppingCart.Definition, _ configuration: TrialConfiguration
    ) throws -> ShoppingCart.Answer {
        let run = PooledShop(definition, configuration)
        return try run.run(configuration)
    }
}

/// What jobs share.
private final class PooledShop: Sendable {
    let shape: CartShape
    let pool = LockedPool()
    let carts: [Sharded<CartPart>]
    let shelves: [Sharded<ShelfPart>]
    let ordered: [Sharded<OrderedPart>]
    private let workplaces: [ShopWorkplace]
    private let countdown: Countdown

    init(_ definition: ShoppingCart.Definition, _ configuration: TrialConfiguration) {
        let shape = CartShape(
            definition, partitions: ThreadPoolSystem.shards(threads: configuration.workers))
        self.shape = shape
        carts = (0..<shape.partitions).map { _ in Sharded(CartPart(shape)) }
        shelves = (0..<shape.partitions).map { _ in Sharded(ShelfPart(shape)) }
        ordered = (0..<shape.partitions).map { _ in Sharded(OrderedPart(shape)) }
        workplaces = (0..<configuration.workers).map { _ in ShopWorkplace(shape) }
        countdown = Countdown(shape.atoms)
    }

    func run(_ configuration: TrialConfiguration) throws -> ShoppingCart.Answer {
        var answer = ShoppingCart.Answer(shape.definition)
        if shape.atoms == 0 { return answer }
        // Two jobs a thread: one is done, one waits; each adds the next one of its kind.
        let jobs = UInt64(2 * configuration.workers)
        for atom in 0..<min(jobs, shape.atoms) { submit(atom, stride: jobs) }
        try pool.run(threads: configuration.workers, configuration)
        for index in 0..<shape.partitions {
            carts[index].withLock { $0.add(to: &answer, partition: index) }
            shelves[index].withLock { $0.add(to: &answer, partition: index) }
            ordered[index].withLock { $0.add(to: &answer, partition: index) }
        }
        return answer
    }

    private func submit(_ atom: UInt64, stride: UInt64) {
        pool.submit(.ifMoreWaits) { [self] thread in
            workplaces[thread].run(atom, in: self)
            if atom + stride < shape.atoms { submit(atom + stride, stride: stride) }
            if countdown.isLast() { pool.end() }
        }
    }
}

/// The batches of a thread.
private final class ShopWorkplace: @unchecked Sendable {
    // Unchecked: of the one thread that has its index.
    private var source: CartSource
    private let operations: [EventBatch<Operation>]
    private let restocks: [EventBatch<Restock>]
    /// By shard of the carts, then of the shelves.
    private let asks: [[EventBatch<StockAsk>]]
    private let sold: [EventBatch<UInt32>]

    init(_ shape: CartShape) {
        let shards = 0..<shape.partitions
        source = CartSource(shape)
        let capacity = max(16, 2 * shape.batchCapacity / shape.partitions)
        operations = shards.map { _ in EventBatch(capacity: capacity) }
        restocks = shards.map { _ in EventBatch(capacity: capacity) }
        asks = shards.map { _ in shards.map { _ in EventBatch(capacity: 16) } }
        sold = shards.map { _ in EventBatch(capacity: capacity) }
    }

    func run(_ atom: UInt64, in shop: PooledShop) {
        // Each job begins with another shard.
        let first = Int(truncatingIfNeeded: atom) % operations.count
        source.makeRestocks(atom, into: restocks)
        source.makeOperations(atom, into: operations)
        each(from: first) { index in
            if restocks[index].count == 0 { return }
            shop.shelves[index].withLock { $0.restock(restocks[index]) }
            restocks[index].count = 0
        }
        each(from: first) { index in
            if operations[index].count == 0 { return }
            shop.carts[index].withLock {
                $0.operate(operations[index], asks: asks[index], ordered: sold)
            }
            operations[index].count = 0
        }
        // A full cart asks again, once.
        while exchange(from: first, in: shop) {}
        each(from: first) { index in
            if sold[index].count == 0 { return }
            shop.ordered[index].withLock { $0.count(sold[index]) }
            sold[index].count = 0
        }
    }

    /// Has all asks answered and takes the replies; false if there were none.
    private func exchange(from first: Int, in shop: PooledShop) -> Bool {
        var isAsked = false
        each(from: first) { shelf in
            if !asks.contains(where: { $0[shelf].count > 0 }) { return }
            isAsked = true
            shop.shelves[shelf].withLock { shelves in
                for cart in asks.indices where asks[cart][shelf].count > 0 {
                    shelves.answer(asks[cart][shelf])
                }
            }
        }
        if !isAsked { return false }
        each(from: first) { cart in
            if !asks[cart].contains(where: { $0.count > 0 }) { return }
            shop.carts[cart].withLock { carts in
                for batch in asks[cart] where batch.count > 0 { carts.receive(batch) }
            }
        }
        return true
    }

    private func each(from first: Int, _ body: (Int) -> Void) {
        for turn in operations.indices { body((first + turn) % operations.count) }
    }
}
