// What a run of the shopping cart must report, and how two answers are compared.

/// The result of a run: final states, totals, and one digest of the order stream a partition.
///
/// Built by giving it each final state once: `add(_:user:)`, `add(_:item:)`, `add(_:)`, `setTop`.
public struct Answer: Sendable, Equatable {
    /// Units in stock at the end, by item.
    public var stock: [UInt32]
    /// Items left in each user's cart, by user, in the cart's order.
    public var carts: [[UInt32]]
    /// Units ordered, by item: the counts of analytics.
    public var itemCounts: [UInt32]
    /// The items ordered most, from the highest rank down.
    public var topItems: [ItemCount] = []
    /// Digest of the order stream, by partition.
    public var orderDigests: [UInt64] = []

    /// Orders emitted.
    public var orders: UInt64 = 0
    /// Events that carried them.
    public var orderParts: UInt64 = 0
    /// Items in them, as the sink counted.
    public var orderedItems: UInt64 = 0
    /// Orders sent, as the carts counted.
    public var ordersOfCarts: UInt64 = 0
    /// Check-outs of empty carts.
    public var emptyCheckouts: UInt64 = 0
    /// Removes of items that were not in the cart.
    public var missingRemoves: UInt64 = 0
    /// Units granted to full carts, and put back.
    public var fullReturns: UInt64 = 0
    /// Replies, as the inventory counted.
    public var given = Replies()
    /// Replies, as the carts counted.
    public var received = Replies()

    /// Replies by kind.
    public struct Replies: Sendable, Hashable {
        /// Units reserved.
        public var granted: UInt64 = 0
        /// Requests refused.
        public var refused: UInt64 = 0
        /// Units put back.
        public var returned: UInt64 = 0

        /// Makes a count of nothing.
        public init() {}
    }

    /// Makes the answer of a run in which nothing happened: full of initial stock, else empty.
    public init(_ definition: Definition) {
        stock = Array(repeating: definition.initialStock, count: Int(definition.items))
        carts = Array(repeating: [], count: Int(definition.users))
        itemCounts = Array(repeating: 0, count: Int(definition.items))
    }

    /// Takes in a user's final cart; a user who never did anything may be left out.
    public mutating func add(_ cart: Cart, user: UInt32) {
        carts[Int(user)] = (0..<Int(cart.count)).map { cart.items[$0] }
        ordersOfCarts += UInt64(cart.orders)
        emptyCheckouts += UInt64(cart.emptyCheckouts)
        missingRemoves += UInt64(cart.missingRemoves)
        fullReturns += UInt64(cart.fullReturns)
        received.granted += UInt64(cart.granted)
        received.refused += UInt64(cart.refused)
        received.returned += UInt64(cart.returned)
    }

    /// Takes in an item's final shelf; an item that nothing happened to may be left out.
    public mutating func add(_ shelf: Shelf, item: UInt32) {
        stock[Int(item)] = shelf.stock
        given.granted += UInt64(shelf.granted)
        given.refused += UInt64(shelf.refused)
        given.returned += UInt64(shelf.returned)
    }

    /// Takes in an item's final count; an item that was never ordered may be left out.
    public mutating func add(_ record: ItemCount) {
        itemCounts[Int(record.item)] = record.count
    }

    /// Takes in the sink of the next partition; call it for partition 0, 1, … in turn.
    public mutating func add(_ sink: OrderSink) {
        orderDigests.append(sink.digest)
        orders += sink.orders
        orderParts += sink.parts
        orderedItems += sink.items
    }

    /// Nil when this answer equals the expected one, else the first difference in words.
    public func difference(from expected: Answer) -> String? {
        if let text = Self.difference(stock, expected.stock, "units in stock of item") {
            return text
        }
        if let text = Self.difference(carts, expected.carts, "items in the cart of user") {
            return text
        }
        if let text = Self.difference(itemCounts, expected.itemCounts, "orders counted of item") {
            return text
        }
        for (name, path) in Self.totals where self[keyPath: path] != expected[keyPath: path] {
            return "\(name): \(self[keyPath: path]), expected \(expected[keyPath: path])"
        }
        if let text = Self.difference(
            topItems, expected.topItems, "entry of the top items at place")
        {
            return text
        }
        return Self.difference(
            orderDigests, expected.orderDigests, "digest of the order stream of partition")
    }

    private static let totals: [(String, KeyPath<Answer, UInt64> & Sendable)] = [
        ("orders emitted", \.orders), ("order events", \.orderParts),
        ("items ordered", \.orderedItems), ("orders counted by the carts", \.ordersOfCarts),
        ("check-outs of empty carts", \.emptyCheckouts),
        ("removes of items not in the cart", \.missingRemoves),
        ("units returned by full carts", \.fullReturns),
        ("grants given", \.given.granted), ("refusals given", \.given.refused),
        ("returns confirmed", \.given.returned), ("grants received", \.received.granted),
        ("refusals received", \.received.refused),
        ("confirmations received", \.received.returned),
    ]

    private static func difference<Value: Equatable>(
        _ values: [Value], _ expected: [Value], _ name: String
    ) -> String? {
        if values.count != expected.count {
            return "\(name): \(values.count) of them, expected \(expected.count)"
        }
        for (index, value) in values.enumerated() where value != expected[index] {
            return "\(name) \(index): \(value), expected \(expected[index])"
        }
        return nil
    }
}
