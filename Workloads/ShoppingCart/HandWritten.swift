// The shopping cart as a competent programmer writes it for one thread: the line to beat.

/// The single-threaded loop without any runtime: an ask is a call that is answered at once.
///
/// It assumes a single thread, no failure, and users and items numbered from 0, which the
/// generators promise; so carts and shelves lie in arrays. It takes one atom of restocks, then one
/// of operations, in turn. The carts, shelves, orders and checks are those of every other system.
@safe
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates nothing after the start.
    public static func run(_ definition: Definition) -> Answer {
        let userCount = Int(definition.users)
        let itemCount = Int(definition.items)
        let carts = UnsafeMutablePointer<Cart>.allocate(capacity: userCount)
        let shelves = UnsafeMutablePointer<Shelf>.allocate(capacity: itemCount)
        let counts = UnsafeMutablePointer<UInt32>.allocate(capacity: itemCount)
        unsafe carts.initialize(repeating: Cart(), count: userCount)
        unsafe shelves.initialize(
            repeating: Shelf(stock: definition.initialStock), count: itemCount)
        unsafe counts.initialize(repeating: 0, count: itemCount)
        defer {
            unsafe carts.deallocate()
            unsafe shelves.deallocate()
            unsafe counts.deallocate()
        }

        // Users and items index the arrays unchecked: the generators scale to these very counts,
        // and carts hold only items that the generators made.
        let operations = definition.operationGenerator
        let restocks = definition.restockGenerator
        var sink = OrderSink()
        var top = TopItems()
        for atom in 0..<max(definition.operationAtoms, definition.restockAtoms) {
            for index in definition.restockIndices(ofAtom: atom) {
                unsafe shelves[Int(restocks.event(at: index).item)].restock()
            }
            for index in definition.operationIndices(ofAtom: atom) {
                let operation = operations.event(at: index)
                let item = operation.item
                let cart = unsafe carts + Int(operation.user)
                switch operation.kind {
                case .add:
                    let reply = unsafe shelves[Int(item)].answer(.take)
                    if unsafe cart.pointee.receive(
                        reply, item: item, itemsMax: definition.cartItemsMax)
                    {
                        let returned = unsafe shelves[Int(item)].answer(.put)
                        _ = unsafe cart.pointee.receive(
                            returned, item: item, itemsMax: definition.cartItemsMax)
                    }
                case .remove:
                    if unsafe cart.pointee.remove(item, mode: definition.mode) {
                        let returned = unsafe shelves[Int(item)].answer(.put)
                        _ = unsafe cart.pointee.receive(
                            returned, item: item, itemsMax: definition.cartItemsMax)
                    }
                case .checkOut:
                    unsafe cart.pointee.checkOut(user: operation.user) { order in
                        sink.take(order)
                        for place in 0..<Int(order.count) {
                            let ordered = order.items[place]
                            let count = unsafe counts[Int(ordered)] + 1
                            unsafe counts[Int(ordered)] = count
                            top.take(ItemCount(item: ordered, count: count))
                        }
                    }
                }
            }
            sink.endAtom()
        }

        var answer = Answer(definition)
        for user in 0..<userCount { answer.add(unsafe carts[user], user: UInt32(user)) }
        for item in 0..<itemCount {
            answer.add(unsafe shelves[item], item: UInt32(item))
            answer.add(ItemCount(item: UInt32(item), count: unsafe counts[item]))
        }
        answer.add(sink)
        answer.topItems = top.ranked
        return answer
    }
}
