// The events of the shopping cart, all of them plain bits, so that batches of them are copied as
// is.

/// One operation of a user on his cart; keyed by `user`.
@frozen
public struct Operation: Sendable, BitwiseCopyable, Hashable {
    /// What the user does.
    @frozen
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// Reserve a unit of `item` and put it into the cart.
        case add
        /// Give a unit of `item` back; what that means is the run's `Mode`.
        case remove
        /// Order all that is in the cart, and empty it.
        case checkOut
    }

    /// The user whose cart it is.
    public var user: UInt32
    /// The item added or removed; 0 at a check-out.
    public var item: UInt32
    /// What the user does.
    public var kind: Kind

    /// Makes an operation.
    @inlinable public init(kind: Kind, user: UInt32, item: UInt32 = 0) {
        self.user = user
        self.item = item
        self.kind = kind
    }
}

/// One unit delivered to the inventory; keyed by `item`.
@frozen
public struct Restock: Sendable, BitwiseCopyable, Hashable {
    /// The item delivered.
    public var item: UInt32

    /// Makes a delivery of one unit.
    @inlinable public init(item: UInt32) { self.item = item }
}

/// What a cart asks of the inventory; the portal's key is `item`.
@frozen
public struct StockRequest: Sendable, BitwiseCopyable, Hashable {
    /// What is asked.
    @frozen
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// Reserve one unit.
        case take
        /// Put one unit back.
        case put
    }

    /// The item asked for.
    public var item: UInt32
    /// What is asked.
    public var kind: Kind

    /// Makes a request.
    @inlinable public init(_ kind: Kind, item: UInt32) {
        self.item = item
        self.kind = kind
    }
}

/// The inventory's reply; each request gets exactly one.
@frozen
public enum StockReply: UInt8, Sendable, BitwiseCopyable {
    /// One unit was taken out of stock for the asker.
    case granted
    /// Nothing was in stock.
    case refused
    /// The unit is back in stock.
    case returned
}

/// An order, or a part of one: at most `Order.itemsMax` of its items; keyed by `user`.
///
/// An order of more items is several events in a row with one number, all but the last of which say
/// `continues`. So the common order is one event of 32 bytes (asks answered without delay, and as
/// many adds as check-outs, give 1 in 32 orders more than 5 items), nothing is allocated, and
/// nothing is lost of the long ones.
@frozen
public struct Order: Sendable, BitwiseCopyable, Equatable {
    /// Items that one event carries: as many as make it 32 bytes.
    public static let itemsMax = 5

    /// The user who ordered.
    public var user: UInt32
    /// How many orders the user had before this one.
    public var number: UInt32
    /// Items in this event, 1 to `itemsMax`.
    public var count: UInt8
    /// Whether another event with the same user and number follows.
    public var continues: Bool
    /// The items; those from `count` on are 0.
    public var items: InlineArray<5, UInt32>

    /// Makes an order event without items.
    @inlinable public init(user: UInt32, number: UInt32) {
        self.user = user
        self.number = number
        self.count = 0
        self.continues = false
        self.items = InlineArray(repeating: 0)
    }

    /// Compares all fields.
    public static func == (left: Order, right: Order) -> Bool {
        guard
            left.user == right.user, left.number == right.number, left.count == right.count,
            left.continues == right.continues
        else { return false }
        for index in left.items.indices where left.items[index] != right.items[index] {
            return false
        }
        return true
    }
}

/// An item and how often it has been ordered so far; what analytics passes on to the top items.
@frozen
public struct ItemCount: Sendable, BitwiseCopyable, Hashable {
    /// The item.
    public var item: UInt32
    /// Units ordered up to and including this one.
    public var count: UInt32

    /// Makes the record of an item's count.
    @inlinable public init(item: UInt32, count: UInt32) {
        self.item = item
        self.count = count
    }
}
