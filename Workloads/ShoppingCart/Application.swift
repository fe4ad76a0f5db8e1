// The shopping cart on Portals: carts ask the inventory's portal, orders flow on to analytics.
import Portals
import Synchronization

extension Operation: Event {}
extension Restock: Event {}
extension StockRequest: Event {}
extension StockReply: Event {}
extension Order: Event {}
extension ItemCount: Event {}
extension OperationGenerator: IndexedSource {}
extension RestockGenerator: IndexedSource {}

/// What a run leaves, gathered from all partitions at the end of the streams.
public final class Results: Sendable {
    private struct State {
        var answer: Answer
        var sinks: [Int: OrderSink] = [:]
        var tops: [TopItems] = []
    }
    private let state: Mutex<State>

    public init(_ definition: Definition) { state = Mutex(State(answer: Answer(definition))) }

    func add(_ change: (inout Answer) -> Void) { state.withLock { change(&$0.answer) } }
    func add(_ sink: OrderSink, partition: Int) { state.withLock { $0.sinks[partition] = sink } }
    func add(_ top: TopItems) { state.withLock { $0.tops.append(top) } }

    /// The answer, once the site is at rest.
    public var answer: Answer {
        state.withLock { state in
            var answer = state.answer
            for partition in state.sinks.keys.sorted() {
                unsafe answer.add(state.sinks[partition].unsafelyUnwrapped)
            }
            // An item is counted on one partition, so the best of all are among the best of each.
            answer.topItems = Array(
                state.tops.flatMap(\.ranked)
                    .sorted { ($1.count, $0.item) < ($0.count, $1.item) }
                    .prefix(TopItems.capacity))
            return answer
        }
    }
}

/// A user's cart: asks for units, gives them back, orders.
public struct CartTask: AskingBody {
    public typealias Input = Operation
    public typealias Output = Order
    public typealias Memory = UInt32
    public typealias Answer = StockReply
    public static var handlesAtomComplete: Bool { false }

    @usableFromInline let inventory: Portal<StockRequest, StockReply>
    @usableFromInline let mode: Mode
    @usableFromInline let itemsMax: UInt32
    let results: Results

    public func initialState() -> Cart { Cart() }

    @inlinable @inline(__always)
    public mutating func onEvent(
        _ operation: Operation, _ cart: inout Cart, _ task: inout Context
    ) {
        switch operation.kind {
        case .add:
            task.ask(
                inventory, StockRequest(.take, item: operation.item), remembering: operation.item)
        case .remove:
            if cart.remove(operation.item, mode: mode) {
                task.ask(
                    inventory, StockRequest(.put, item: operation.item),
                    remembering: operation.item)
            }
        case .checkOut:
            cart.checkOut(user: operation.user) { task.emit($0) }
        }
    }

    @inlinable @inline(__always)
    public mutating func onReply(
        _ reply: StockReply, _ item: UInt32, _ cart: inout Cart, _ task: inout Context
    ) {
        if cart.receive(reply, item: item, itemsMax: itemsMax) {
            task.ask(inventory, StockRequest(.put, item: item), remembering: item)
        }
    }

    public mutating func onComplete(_ task: inout Context) {
        task.forEachState { user, cart in
            let cart = cart
            results.add { $0.add(cart, user: UInt32(user)) }
        }
    }
}

/// An item's shelf: takes restocks, answers the carts.
public struct ShelfTask: TaskBody {
    public typealias Input = Restock
    public typealias Output = Never
    public typealias Request = StockRequest
    public typealias Reply = StockReply
    public static var handlesAtomComplete: Bool { false }

    @usableFromInline let initialStock: UInt32
    let results: Results

    @inlinable public func initialState() -> Shelf { Shelf(stock: initialStock) }

    @inlinable @inline(__always)
    public mutating func onEvent(_ restock: Restock, _ shelf: inout Shelf, _ task: inout Context) {
        shelf.restock()
    }

    @inlinable @inline(__always)
    public mutating func onRequest(
        _ request: StockRequest, _ shelf: inout Shelf, _ task: inout Context
    ) {
        task.reply(shelf.answer(request.kind))
    }

    public mutating func onComplete(_ task: inout Context) {
        task.forEachState { item, shelf in
            let shelf = shelf
            results.add { $0.add(shelf, item: UInt32(item)) }
        }
    }
}

/// Counts how often an item was ordered.
public struct ItemCountTask: TaskBody {
    public typealias Input = ItemCount
    public static var handlesAtomComplete: Bool { false }
    let results: Results

    @inlinable public func initialState() -> UInt32 { 0 }

    @inlinable @inline(__always)
    public mutating func onEvent(_ event: ItemCount, _ count: inout UInt32, _ task: inout Context) {
        count += event.count
        task.emit(ItemCount(item: event.item, count: count))
    }

    public mutating func onComplete(_ task: inout Context) {
        task.forEachState { item, count in
            let record = ItemCount(item: UInt32(item), count: count)
            results.add { $0.add(record) }
        }
    }
}

/// All that changes is in the state of their keys.
extension CartTask: StatelessBody {}
extension ShelfTask: StatelessBody {}
extension ItemCountTask: StatelessBody {}

/// Keeps the items ordered most; shows them when the stream has ended, and nothing before.
public struct TopItemsSink: SinkBody {
    @usableFromInline var top = TopItems()
    let results: Results

    @inlinable @inline(__always)
    public mutating func onBatch(_ batch: Batch<ItemCount>, _ step: StepInfo) {
        for index in 0..<batch.count { top.take(batch[index]) }
    }

    @inlinable public mutating func prepare(_ waiting: inout Void?) {}
    @inlinable public mutating func show(_ prepared: Void) {}

    public mutating func onSeal() { results.add(top) }
}

/// Digests the orders of one partition.
public struct OrdersSink: SinkBody {
    @usableFromInline var running = OrderSink()
    @usableFromInline var ended = OrderSink()
    @usableFromInline var shown = OrderSink()
    let partition: Int
    let results: Results

    @inlinable @inline(__always)
    public mutating func onBatch(_ batch: Batch<Order>, _ step: StepInfo) {
        for index in 0..<batch.count { running.take(batch[index]) }
    }

    @inlinable
    public mutating func onAtomEnd(_ step: StepInfo) {
        running.endAtom()
        ended = running
    }

    @inlinable public mutating func prepare(_ waiting: inout OrderSink?) { waiting = ended }
    @inlinable public mutating func show(_ prepared: OrderSink) { shown = prepared }

    public mutating func onSeal() { results.add(shown, partition: partition) }
}

extension Definition {
    /// The paths of the workflows that take the sources' atoms.
    public static let cartPath = "/shopping-cart/workflows/cart"
    public static let inventoryPath = "/shopping-cart/workflows/inventory"

    /// The shopping cart as a Portals application; endless where the counts are `.max`.
    public func application(_ results: Results, atomsPerSecond: Double? = nil) -> Application {
        Application("shopping-cart") { app in
            let inventory = app.portal(
                "inventory", asking: StockRequest.self, replying: StockReply.self,
                keyedBy: { Key($0.item) })

            app.workflow("inventory")
                .source(
                    app.generator(
                        "restocks", restockGenerator, count: restocks == .max ? nil : restocks,
                        atomSize: Int(atomSize), atomsPerSecond: atomsPerSecond)
                )
                .key { Key($0.item) }
                .task(
                    "shelf", ShelfTask(initialStock: initialStock, results: results),
                    replies: inventory)

            let orders = app.workflow("cart")
                .source(
                    app.generator(
                        "operations", operationGenerator,
                        count: operations == .max ? nil : operations, atomSize: Int(atomSize),
                        atomsPerSecond: atomsPerSecond)
                )
                .key { Key($0.user) }
                .task(
                    "cart",
                    CartTask(
                        inventory: inventory, mode: mode, itemsMax: cartItemsMax,
                        results: results), asks: [Asking(inventory)]
                )
                .sink("orders") { OrdersSink(partition: $0, results: results) }
                .stream()

            app.workflow("analytics").source(keyed: orders)
                .flow(emits: ItemCount.self) { batch, out in
                    for index in 0..<batch.count {
                        let order = batch[index]
                        for place in 0..<Int(order.count) {
                            out.emit(ItemCount(item: order.items[place], count: 1))
                        }
                    }
                }
                .key { Key($0.item) }
                .task("item-count", ItemCountTask(results: results))
                .sink("top-items") { _ in TopItemsSink(results: results) }
        }
    }
}
